"""What people do: done, or refused by name."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from shared.domain.action import PLATFORM, Action
from shared.domain.codes import Role
from shared.domain.deeds import ACTIONS, WHO
from shared.domain.policy import read_policy
from tests.tale import REF, WORLD, Tale, act, local, the_alert, the_case


def waiting() -> Tale:
    """A02 since 13 April 2026, at the desk with a case since 21 April."""
    tale = Tale()
    tale.listed("2025-11-03")
    return tale


def refused(*asked: Action, tale: Tale | None = None) -> list[str]:
    return [one.code for one in (tale or waiting()).walk("2026-05-31", *asked).refused]


def test_picking_up_says_who() -> None:
    step = waiting().walk("2026-04-14", act("2026-04-13 10:00", "acknowledge", "A02", by="officer"))
    alert = the_alert(step.learner, "A02")
    assert (alert.status, alert.acknowledged_by, local(alert.acknowledged_at)) == (
        "ACKNOWLEDGED",
        "officer",
        "2026-04-13 10:00",
    )
    assert [one.kind for one in step.happenings] == ["alert.raised", "alert.acknowledged"]
    assert step.learner.actions[0].action == "acknowledge"


def test_an_alert_is_named_by_code_or_by_id() -> None:
    alert_id = the_alert(waiting().walk("2026-04-14").learner, "A02").alert_id
    assert refused(act("2026-04-14", "acknowledge", alert_id)) == []


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (act("2026-04-10", "acknowledge", "A02"), "not-found"),
        (act("2026-04-14", "acknowledge", "A10"), "not-found"),
        (act("2026-04-14", "acknowledge", "A02", region="37"), "not-found"),
        (act("2026-04-14", "acknowledge", "A02", region=None, org="99VB"), "not-found"),
        (act("2026-04-14", "acknowledge", "A02", transitionYear=2027), "not-found"),
        (act("2026-04-14", "assign"), "not-found"),
        (act("2026-04-14", "contact-attempt", result="REACHED"), "not-found"),
        (act("2026-04-14", "move", caseId="nobody", to="INTAKE"), "not-found"),
        (act("2026-04-14", "dance"), "illegal-move"),
        (act("2026-04-14", "snooze", "A02"), "illegal-move"),
        (act("2026-04-14", "snooze", "A02", until="2026-04-14"), "illegal-move"),
        (act("2026-04-14", "snooze", "A02", until="2026-06-01"), "illegal-move"),
        (act("2026-04-22", "open"), "illegal-move"),
        (act("2026-04-22", "move", to="GUIDANCE"), "illegal-move"),
        (act("2026-04-14", "open", "A02", role="vo_school", region=None, org="99VA"), "illegal-move"),
        (
            act(
                "2026-04-14",
                "contact-attempt",
                "A02",
                role="vo_school",
                region=None,
                org="99VA",
                result="REACHED",
            ),
            "illegal-move",
        ),
    ],
)
def test_what_cannot_be_done_is_refused(asked: Action, code: str) -> None:
    assert refused(asked) == [code]


def test_nobody_picks_up_twice_or_what_is_closed() -> None:
    twice = [act("2026-04-14", "acknowledge", "A02"), act("2026-04-15", "acknowledge", "A02")]
    assert refused(*twice) == ["illegal-move"]
    tale = waiting()
    tale.applied("2026-04-14")
    alert_id = the_alert(tale.walk("2026-04-15").learner, "A02").alert_id
    assert refused(act("2026-04-15", "acknowledge", alert_id), tale=tale) == ["illegal-move"]


def test_a_school_picks_up_what_was_sent_to_it() -> None:
    school = act("2026-04-14", "acknowledge", "A02", role="vo_school", region=None, org="99VA")
    assert refused(school) == []


def test_a_person_opens_a_case() -> None:
    step = waiting().walk("2026-04-15", act("2026-04-14", "open", "A02", role="vsv_broker"))
    case = the_case(step.learner)
    assert (case.status, case.opened_by, case.region, len(case.alerts)) == ("NEW", None, "38", 1)
    bare = the_case(waiting().walk("2026-04-15", act("2026-04-14", "open")).learner)
    assert bare.alerts == ()


def test_a_contact_becomes_a_fact_at_once() -> None:
    asked = act("2026-04-22", "contact-attempt", date="2026-04-21", result="REACHED")
    step = waiting().walk("2026-04-22 13:00", asked)
    (contact,) = step.contacts
    assert contact.version.source == PLATFORM
    assert contact.version.sender == "RMC38"
    assert contact.version.fields == {
        "date": "2026-04-21",
        "result": "REACHED",
        "by": "rmc_desk",
        "caseId": the_case(step.learner).case_id,
    }
    assert "contact:RMC38" in step.learner.record.years[2026].chains
    assert the_case(step.learner).status == "CONTACTING"
    assert [one.kind for one in step.happenings][-1] == "case.status-changed"


def test_two_contacts_of_one_moment_are_two() -> None:
    asked = [act("2026-04-22", "contact-attempt", result=result) for result in ("NOT_REACHED", "REACHED")]
    step = waiting().walk("2026-04-22 13:00", *asked)
    assert len({one.version.event_id for one in step.contacts}) == 2
    assert len(the_case(step.learner).attempts) == 2


def test_a_contact_on_an_alert_without_a_case_touches_none() -> None:
    asked = act("2026-04-14", "contact-attempt", "A02", role="vsv_broker", result="REACHED")
    step = waiting().walk("2026-04-15", asked)
    assert step.learner.cases == ()
    assert "caseId" not in step.contacts[0].version.fields


def test_transferring_leaves_a_stub_and_takes_the_alerts_along() -> None:
    step = waiting().walk("2026-04-23", act("2026-04-22", "transfer", region="37"))
    assert [(case.status, case.region) for case in step.learner.cases] == [
        ("NEW", "37"),
        ("TRANSFERRED", "38"),
    ]
    assert the_alert(step.learner, "A02").region == "37"


@pytest.mark.parametrize("alert", [None, "A02"])
def test_only_the_desk_that_has_a_case_hands_it_on(alert: str | None) -> None:
    step = waiting().walk("2026-04-23", act("2026-04-22", "transfer", alert, region="21", org="RMC37"))
    assert [one.code for one in step.refused] == ["not-found"]
    step = waiting().walk("2026-04-23", act("2026-04-22", "transfer", alert, region="37", org="RMC38"))
    assert step.refused == ()
    assert [case.region for case in step.learner.cases] == ["37", "38"]


def test_the_new_desk_goes_on_with_a_case_and_the_old_one_does_not() -> None:
    gone = act("2026-04-22", "transfer", region="37", org="RMC38")
    step = waiting().walk(
        "2026-04-23",
        gone,
        act("2026-04-22 13:00", "assign", region="38"),
        act("2026-04-22 14:00", "assign", region="37"),
    )
    assert [(one.code, one.action.region) for one in step.refused] == [("not-found", "38")]
    assert the_case(step.learner).status == "ASSIGNED"


def test_who_is_unknown_has_no_alerts() -> None:
    step = Tale().walk("2026-05-31", act("2026-04-14", "acknowledge", "A02"))
    assert [(one.code, one.action.student_ref) for one in step.refused] == [("not-found", REF)]


def test_putting_off_what_was_picked_up_keeps_who_did() -> None:
    asked = [
        act("2026-04-13 10:00", "acknowledge", "A02", by="first"),
        act("2026-04-14", "snooze", "A02", by="second", until="2026-04-20"),
    ]
    alert = the_alert(waiting().walk("2026-04-15", *asked).learner, "A02")
    assert (alert.acknowledged_by, local(alert.snoozed_until)) == ("first", "2026-04-20 00:00")


def test_no_case_opens_from_an_alert_that_is_unknown_or_closed() -> None:
    assert refused(act("2026-04-14", "open", "A10")) == ["not-found"]
    tale = waiting()
    tale.applied("2026-04-14")
    alert_id = the_alert(tale.walk("2026-04-15").learner, "A02").alert_id
    assert refused(act("2026-04-15", "open", alert_id), tale=tale) == ["illegal-move"]


def test_a_contact_on_what_another_desk_has_is_not_found() -> None:
    asked = act("2026-04-22 13:00", "contact-attempt", region="37", result="REACHED")
    step = waiting().walk("2026-04-23", asked)
    assert [one.code for one in step.refused] == ["not-found"]
    assert the_case(step.learner).attempts == ()


@pytest.mark.parametrize(("agreed", "until"), [({}, "2026-10-22"), ({"until": "2026-05-29"}, "2026-05-29")])
def test_aftercare_lasts_as_long_as_the_region_has_it_unless_something_else_was_agreed(
    agreed: dict[str, str], until: str
) -> None:
    text = 'version = "own"\nvalid_from = 2026-01-01\n[regions.38]\naftercare_months = 6'
    world = replace(WORLD, policies=(read_policy(text, WORLD.policies),))
    asked = [
        act("2026-04-21", "contact-attempt", result="REACHED"),
        act("2026-04-21 13:00", "move", to="INTAKE"),
        act("2026-04-21 14:00", "move", to="GUIDANCE"),
        act("2026-04-22", "move", to="AFTERCARE", destination="LEARN_WORK", **agreed),
    ]
    assert str(the_case(waiting().walk("2026-04-23", *asked, world=world).learner).until) == until


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("action", ACTIONS)
def test_what_is_not_for_a_role_is_refused_whatever_it_is_about(role: Role, action: str) -> None:
    tale = Tale()
    tale.listed("2025-11-03")
    asked = act("2026-04-22", action, None if action in ("assign", "move", "close") else "A02", role=role)
    refused = tale.walk("2026-04-23", asked).refused
    told = [one.detail for one in refused]
    assert ("Dit doet uw rol niet." in told) == (role not in WHO[action])


@pytest.mark.parametrize("region", ["zz", "00", "41", "99", ""])
def test_a_case_goes_to_no_region_that_there_is_not(region: str) -> None:
    tale = Tale()
    tale.listed("2025-11-03")
    (refused,) = tale.walk("2026-04-23", act("2026-04-22", "transfer", org="RMC38", region=region)).refused
    assert (refused.code, refused.detail) == ("illegal-move", "Kies een andere regio.")


def test_a_contact_is_logged_for_a_region() -> None:
    tale = Tale()
    tale.listed("2025-11-03")
    asked = act("2026-04-22", "contact-attempt", "A02", result="REACHED", region=None)
    (refused,) = tale.walk("2026-04-23", asked).refused
    assert (refused.code, refused.detail) == (
        "illegal-move",
        "Alleen een makelaar of loket legt contact vast.",
    )
