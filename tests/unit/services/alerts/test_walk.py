"""What people asked for, in its turn: answered with the revision of what it changed, or refused by name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace

from services.alerts import walk as walking
from services.alerts.walk import Asked, StuckError, Walked, walk
from shared.domain.action import Action
from shared.domain.advance import advance
from shared.domain.catalogue import KINDS
from shared.domain.codes import AlertStatus, Role
from shared.domain.envelope import arrival_of
from shared.domain.facts import Record, merge
from shared.domain.learner import Learner, newcomer, take
from shared.domain.world import Institution, Site, World
from shared.runtime.reference import policies, reference

SCHOOL = Institution("99VA", Role.VO_SCHOOL, "School", False, (Site("99VA01", "0957", "zuid"),))
WORLD = World({"99VA": SCHOOL}, reference(), policies())
LISTED = datetime(2026, 1, 12, 9, tzinfo=UTC)
DUE = datetime(2026, 4, 13, 4, tzinfo=UTC)
LATER = DUE + timedelta(hours=2)
HOUR = timedelta(hours=1)


def not_applied() -> Walked:
    """A pupil who did not apply in time, walked to just after the alert that says so."""
    kind = KINDS["vo.learner.listed"]
    data = dict(kind.example) | {"occurredAt": LISTED.isoformat()}
    arrival = arrival_of(kind.wire_type, "e-1", "urn:s", LISTED, LISTED, data)
    record = replace(merge(Record(arrival.student_ref), arrival).record, version=1)
    return walk(take(newcomer(arrival.student_ref), record), {}, WORLD, LATER, ())


def asked(learner: Learner, number: int, at: datetime, if_match: int | None) -> Asked:
    (alert,) = learner.alerts
    action = Action(
        at=at,
        role=Role.VSV_BROKER,
        student_ref=learner.student_ref,
        transition_year=2026,
        action="acknowledge",
        region="38",
        alert=alert.alert_id,
        action_id=str(UUID(int=number)),
    )
    return Asked(UUID(int=number), action, if_match)


def test_an_alert_begins_with_revision_one() -> None:
    walked = not_applied()
    (alert,) = walked.learner.alerts
    assert (alert.code, alert.raised_at, walked.revisions) == ("A02", DUE, {alert.alert_id: 1})
    assert walked.moved == {alert.alert_id}


def test_the_second_of_two_who_saw_the_same_is_told_that_it_changed() -> None:
    before = not_applied()
    both = [asked(before.learner, number, LATER + number * HOUR, 1) for number in (1, 2)]
    walked = walk(before.learner, before.revisions, WORLD, LATER, both)
    assert [one.result["status"] for one in walked.answers] == [201, 412]
    (alert,) = walked.learner.alerts
    assert (alert.status, walked.revisions[alert.alert_id]) == (AlertStatus.ACKNOWLEDGED, 2)


def test_an_action_that_was_asked_late_counts_from_where_the_walk_stands() -> None:
    before = not_applied()
    late = asked(before.learner, 1, DUE - HOUR, None)
    walked = walk(before.learner, before.revisions, WORLD, LATER, [late])
    (answer,) = walked.answers
    assert answer.at == LATER
    assert walked.learner.actions[0].at == LATER


def test_an_action_that_names_an_alert_by_its_code_is_answered_with_its_id() -> None:
    before = not_applied()
    one = asked(before.learner, 1, LATER + HOUR, None)
    walked = walk(
        before.learner,
        before.revisions,
        WORLD,
        LATER,
        [replace(one, action=replace(one.action, alert="A02"))],
    )
    (alert,) = walked.learner.alerts
    assert walked.answers[0].result == {"status": 201, "alertId": alert.alert_id, "revision": 2}


def test_an_action_on_the_open_case_is_answered_with_the_case() -> None:
    before = not_applied()
    one = asked(before.learner, 1, LATER + HOUR, None)
    two = asked(before.learner, 2, LATER + 2 * HOUR, None)
    opened = replace(one, action=replace(one.action, action="open", alert=None))
    desk = replace(two.action, action="assign", alert=None, by="officer", role=Role.RMC_DESK)
    assigned = replace(two, action=desk)
    walked = walk(before.learner, before.revisions, WORLD, LATER, [opened, assigned])
    (case,) = walked.learner.cases
    assert [answer.result for answer in walked.answers] == [
        {"status": 201, "caseId": case.case_id, "revision": revision} for revision in (1, 2)
    ]


def test_what_is_walked_already_is_not_told_again() -> None:
    before = not_applied()
    walked = walk(before.learner, before.revisions, WORLD, LATER + HOUR, ())
    assert (walked.happenings, walked.moved, walked.revisions) == ([], set(), before.revisions)


def test_a_walk_that_does_not_get_on_is_a_defect(monkeypatch: pytest.MonkeyPatch) -> None:
    def stuck(learner: Learner, *rest: Any) -> Any:
        step = advance(learner, *rest)
        return replace(step, learner=replace(step.learner, next_due=LISTED))

    monkeypatch.setattr(walking, "advance", stuck)
    with pytest.raises(StuckError):
        not_applied()
