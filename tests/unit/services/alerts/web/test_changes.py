"""What changed between looking and acting, and who did it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from services.alerts.web import changes, notices
from services.alerts.web.changes import Deed, Difference, Seen
from services.alerts.web.records import ActionRow
from services.alerts.web.work import key_of
from shared.domain.action import Action
from shared.domain.codes import CaseFlag, CaseStatus, ContactResult, Role
from tests.unit.services.alerts.web.test_offers import ALERT, CASE

AT = datetime(2026, 10, 9, 7, tzinfo=UTC)
NAMES = {"issuer rmc": "Samira Voorbeeld"}


def test_what_was_seen_comes_back_as_it_was() -> None:
    looks = changes.of_case(CASE, [], NAMES)
    assert changes.read("7", changes.write(Seen(7, looks, AT))) == Seen(7, looks, AT)


@pytest.mark.parametrize(
    ("revision", "seen"),
    [
        ("", "at=2026-10-09T07:00:00%2B00:00"),
        ("x", "at=2026-10-09T07:00:00Z"),
        ("7", ""),
        ("7", "at=2026-10-09"),
    ],
)
def test_what_is_not_of_ours_is_not_read(revision: str, seen: str) -> None:
    assert changes.read(revision, seen) is None


def test_only_what_differs_is_told() -> None:
    before = changes.of_case(replace(CASE, flags=()), [], NAMES)
    after = replace(
        CASE,
        status=CaseStatus.PARKED,
        until=AT.date(),
        assigned_to="issuer rmc",
        flags=(CaseFlag.CLOSURE_PROPOSED,),
    )
    assert changes.differences(before, changes.of_case(after, [], NAMES)) == [
        Difference("Status", before["Status"], "geparkeerd tot 9 oktober 2026"),
        Difference("Toegewezen aan", "niemand", "Samira Voorbeeld"),
        Difference("Let op", "niets", "sluiten voorgesteld"),
    ]
    assert changes.of_alert(ALERT, "vsv-makelaar", {}) == {"Stand": "nieuw", "Bij": "vsv-makelaar"}


def did(name: str, revision: int | None = None, at: datetime = AT, **more: Any) -> ActionRow:
    """Something that was done to the case."""
    action = Action(at, Role.RMC_DESK, CASE.student_ref, 2026, name, **more)
    result = {"status": 201, "caseId": CASE.case_id} | ({"revision": revision} if revision else {})
    return ActionRow("a", action, CASE.student_ref, "issuer rmc", result)


def test_who_did_what_since_it_was_seen() -> None:
    own: dict[str, Any] = {"case_id": CASE.case_id}
    rows = [
        did("assign", 3, **own),
        did("assign", 4, **own),
        did("move", 5, to=CaseStatus.INTAKE, **own),
        did("move", 6, to=CaseStatus.PARKED, **own),
        did("contact-attempt", 2, result=ContactResult.REACHED, alert=ALERT.alert_id),
        did("contact-attempt", 2, AT - timedelta(hours=1), result=ContactResult.REACHED, alert="other"),
    ]
    told = changes.deeds(rows, CASE.case_id, Seen(3, {}, AT), NAMES)
    assert [one.what for one in told] == ["Toegewezen", "Naar intake", "Parkeren", "Gesproken"]
    assert told[0] == Deed(AT, "Samira Voorbeeld", "Toegewezen")
    assert changes.deeds(rows, "another", Seen(3, {}, AT), NAMES) == []


def test_what_was_refused_changed_nothing() -> None:
    row = did("assign", 4, case_id=CASE.case_id)
    refused = replace(row, result={"status": 409, "code": "illegal-move"})
    assert changes.deeds([refused, replace(row, result=None)], CASE.case_id, Seen(3, {}, AT), NAMES) == []


def test_the_same_form_sent_twice_is_one_action() -> None:
    given = {"csrf": "a", "revision": "1", "seen": "x", "key": "k", "until": "9-11-2026", "to": "PARKED"}
    key = key_of("cases", "c", "transitions", given)
    assert key == key_of("cases", "c", "transitions", given | {"csrf": "b", "step": "sure"})
    assert key != key_of("cases", "c", "transitions", given | {"until": "10-11-2026"})
    assert key != key_of("cases", "c", "transitions", given | {"key": "l"})
    assert len(key) == 64


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"done": "saved"}, "Opgeslagen."),
        ({"done": "several", "n": "3", "m": "1"}, "3 opgepakt, 1 overgeslagen (al gedaan)."),
        ({"done": "several", "n": "<b>", "m": "12345"}, "0 opgepakt, 0 overgeslagen (al gedaan)."),
        ({"done": "<script>"}, ""),
        ({}, ""),
    ],
)
def test_a_page_says_no_more_than_what_stands_ready(asked: dict[str, str], said: str) -> None:
    assert notices.read(asked) == said


def test_the_address_leads_to_what_is_said() -> None:
    assert notices.address("/desk/cases", "saved") == "/desk/cases?done=saved#bericht"
