"""One learner's walk in one batch: what people did, then what time and facts bring. Pure.

Each action is walked to and applied in its turn, so that its answer can name the revision of the row
it changed, and a second one that expected the older row is told so.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from shared.domain.action import Action
from shared.domain.advance import Happening, Step, advance
from shared.domain.event import Arrival
from shared.domain.learner import Learner, awaited
from shared.domain.world import World

STATUS = {"not-found": 404, "illegal-move": 409, "precondition-failed": 412, "unavailable": 503}
"""Why an action is refused, as the API answers it."""

STALE = "Intussen veranderd. Laad de pagina opnieuw."
UNREADABLE = "Deze handeling kan niet worden gelezen."
BLOCKED = "Deze leerling kan nu niet worden beoordeeld. De beheerder weet ervan."
LED_ON = "Deze leerling gaat verder onder een ander nummer. Probeer het zo opnieuw."


class StuckError(Exception):
    """The walk stands before a moment that has passed: a defect of a rule."""


class Asked(msgspec.Struct, frozen=True):
    """What a person asked for, and the revision of the row that the person saw."""

    id: UUID
    action: Action
    if_match: int | None


class Answer(msgspec.Struct, frozen=True):
    """What became of an action: `result` as the API gives it, `at` the moment from which it counts."""

    id: UUID
    at: datetime
    result: dict[str, Any]


class Walked(msgspec.Struct):
    """Where a learner stands after a walk, and everything that happened on the way."""

    learner: Learner
    revisions: dict[str, int]
    moved: set[str] = msgspec.field(default_factory=set)
    happenings: list[Happening] = msgspec.field(default_factory=list)
    contacts: list[Arrival] = msgspec.field(default_factory=list)
    answers: list[Answer] = msgspec.field(default_factory=list)


def walk(
    learner: Learner, revisions: Mapping[str, int], world: World, until: datetime, asked: Iterable[Asked]
) -> Walked:
    """Walk a learner up to `until` (UTC), actions in the order of their moments.

    An action before which a later due moment lies stays unanswered; it waits for the watermark.
    """
    walked = Walked(learner, dict(revisions))
    for one in asked:
        _act(walked, world, until, one)
    _go_on(walked, advance(walked.learner, world, until))
    due = walked.learner.next_due
    if due is not None and due <= until and not awaited(walked.learner):
        raise StuckError
    return walked


def refusal(one: Asked, code: str, detail: str) -> Answer:
    """The answer to an action that changes nothing."""
    return Answer(one.id, one.action.at, {"status": STATUS[code], "code": code, "detail": detail})


def invalid(action: UUID, at: datetime) -> Answer:
    """The answer to an action that cannot be read."""
    return Answer(action, at, {"status": 400, "code": "invalid-input", "detail": UNREADABLE})


def _act(walked: Walked, world: World, until: datetime, one: Asked) -> None:
    target = one.action.case_id or one.action.alert or ""
    held = walked.revisions.get(target)
    if one.if_match is not None and held is not None and held != one.if_match:
        walked.answers.append(refusal(one, "precondition-failed", STALE))
        return
    step = advance(walked.learner, world, min(until, one.action.at), (one.action,))
    moved = _go_on(walked, step)
    for refused in step.refused:
        walked.answers.append(refusal(one, refused.code, refused.detail))
    done = _done(step.learner.actions, one)
    if done is not None:
        walked.answers.append(Answer(one.id, done.at, _result(walked, one.action, moved)))


def _done(actions: Sequence[Action], one: Asked) -> Action | None:
    return next((done for done in reversed(actions) if done.action_id == one.action.action_id), None)


def _result(walked: Walked, action: Action, moved: Collection[str]) -> dict[str, Any]:
    """What was done, and the revision of what the person acted on."""
    cases = [case.case_id for case in walked.learner.cases if case.case_id in moved]
    alerts = [alert.alert_id for alert in walked.learner.alerts if alert.alert_id in moved]
    case = action.case_id or next(iter(cases), None)
    alert = action.alert if action.alert in walked.revisions else next(iter(alerts), None)
    acted_on = alert if action.alert and not action.case_id else case
    found = {"alertId": alert, "caseId": case, "revision": walked.revisions.get(acted_on or "")}
    return {"status": 201} | {name: value for name, value in found.items() if value is not None}


def _go_on(walked: Walked, step: Step) -> Collection[str]:
    """Take over where the step ended; returns the alerts and cases that it changed."""
    before = {alert.alert_id: alert for alert in walked.learner.alerts}
    earlier = {case.case_id: case for case in walked.learner.cases}
    moved = {alert.alert_id for alert in step.learner.alerts if before.get(alert.alert_id) != alert}
    moved |= {case.case_id for case in step.learner.cases if earlier.get(case.case_id) != case}
    for changed in moved:
        walked.revisions[changed] = walked.revisions.get(changed, 0) + 1
    walked.moved |= moved
    walked.learner = step.learner
    walked.happenings += step.happenings
    walked.contacts += step.contacts
    return moved
