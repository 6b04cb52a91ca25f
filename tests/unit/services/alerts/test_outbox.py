"""What leaves the platform: enough to know that something happened, nothing about to whom."""

from __future__ import annotations

import json
from datetime import date

import pytest
from msgspec.structs import replace

from services.alerts import outbox
from shared.domain.action import PLATFORM
from shared.domain.advance import Happening
from shared.domain.case import Case
from shared.domain.catalogue import KINDS
from shared.domain.codes import AlertStatus, CaseStatus, DestinationKind, How
from shared.domain.envelope import arrival_of, check
from shared.runtime.codec import Outgoing
from tests.unit.services.alerts.test_audience import ALERT, MOMENT

ADDRESS = "https://transfers.example"
CASE = Case("5f1e5f64-8a2e-5d8a-b2c2-2d0c2c1c1e22", "ref", 2026, CaseStatus.NEW, MOMENT, "38")


def sent(happening: Happening) -> Outgoing:
    return outbox.outbound(happening, ADDRESS, 3)


def told(message: Outgoing) -> dict[str, object]:
    found: dict[str, object] = json.loads(message.value or b"")
    return found


def headers(message: Outgoing) -> dict[str, str]:
    return {name: value.decode() for name, value in message.headers}


def test_an_event_is_a_cloudevent_that_points_to_where_the_details_are() -> None:
    message = sent(Happening("alert.raised", MOMENT, alert=ALERT))
    assert (message.topic, message.key, message.part) == ("alert-events", b"a", 3)
    found = headers(message)
    assert found.pop("ce_id").startswith("alert.raised-")
    assert found == {
        "ce_specversion": "1.0",
        "ce_source": PLATFORM,
        "ce_type": "nl.school-transitions.alert.raised.v1",
        "ce_time": "2026-10-09T04:00:00Z",
        "ce_dataref": "https://transfers.example/alerts/v1/alerts/a",
        "content-type": "application/json",
    }


def test_the_id_of_an_event_does_not_depend_on_who_sends_it_or_when() -> None:
    once, again = (headers(sent(Happening("alert.raised", MOMENT, alert=ALERT))) for _ in range(2))
    assert once["ce_id"] == again["ce_id"]


def test_two_steps_of_one_alert_are_two_events() -> None:
    second, third = (
        sent(Happening("alert.escalated", MOMENT, alert=replace(ALERT, level=level))) for level in (2, 3)
    )
    assert headers(second)["ce_id"] != headers(third)["ce_id"]
    assert told(third)["reason"] == "LEVEL_3"


def test_a_resolved_alert_says_how() -> None:
    alert = replace(ALERT, status=AlertStatus.RESOLVED, how=How.SUPERSEDED, resolved_at=MOMENT)
    assert told(sent(Happening("alert.resolved", MOMENT, alert=alert)))["reason"] == "SUPERSEDED"


def test_the_destination_of_a_learner_stays_inside() -> None:
    case = replace(
        CASE, status=CaseStatus.CLOSED, closed_at=MOMENT, destination=DestinationKind.CARE_OR_CUSTODY
    )
    message = sent(Happening("case.closed", MOMENT, case=case))
    assert b"CARE" not in (message.value or b"")
    assert told(message)["reason"] == "BY_PERSON"


def test_a_case_that_closed_by_itself_says_why() -> None:
    case = replace(CASE, status=CaseStatus.CLOSED, closed_at=MOMENT, closed_reason="RESOLVED_BEFORE_CONTACT")
    assert told(sent(Happening("case.closed", MOMENT, case=case))) == {
        "transitionYear": 2026,
        "caseId": CASE.case_id,
        "region": "38",
        "openedAt": "2026-10-09T04:00:00Z",
        "reason": "RESOLVED_BEFORE_CONTACT",
    }


def test_a_happening_without_anything_it_happened_to_is_a_defect() -> None:
    with pytest.raises(ValueError, match=r"alert\.raised"):
        sent(Happening("alert.raised", MOMENT))


def test_a_contact_goes_out_as_an_event_that_the_door_would_take() -> None:
    kind = KINDS["contact.recorded"]
    ref = kind.example["studentRef"]
    day = date(2026, 10, 9).isoformat()
    data = dict(kind.example) | {"occurredAt": "2026-10-09T04:00:00Z", "date": day, "senderOrg": "RMC38"}
    data.pop("sourceSeq", None)
    arrival = arrival_of(kind.wire_type, "c-1", PLATFORM, MOMENT, MOMENT, data)
    message = outbox.contact(arrival, 3)
    found = headers(message)
    event = {name.removeprefix("ce_"): value for name, value in found.items() if name.startswith("ce_")}
    checked = check(event | {"data": told(message)})
    assert (message.topic, message.key) == ("transfer-events", ref.encode())
    assert (checked.event_id, checked.source, checked.data) == ("c-1", PLATFORM, data)
    assert found["ce_receivedtime"] == "2026-10-09T04:00:00Z"
