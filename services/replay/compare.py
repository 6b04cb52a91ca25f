"""One file of events under two policies: which alerts would come, go or move.

The way to try a rule on last year before it is switched on. An alert is the same one under both when it has
the same id: that of a learner, year, code, ground and episode.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from services.replay.lines import Rejected
from shared.domain import report
from shared.domain.alert import Alert
from shared.domain.ids import STUDENT_REF, handle
from shared.domain.learner import Learner
from shared.domain.watch import Watch
from shared.domain.world import World

COME, GO, MOVE = "come", "go", "move"
KINDS = (COME, GO, MOVE)

Alerts = Mapping[tuple[str, str], Alert]
"""Alerts by whom they speak of (a pseudonym, a BRIN or a site) and their id."""

SHOWN = ("raisedAt", "severity", "level", "recipients")
"""What is told of an alert on either side."""


class Difference(msgspec.Struct, frozen=True):
    """One alert that would come, go or move; of one that moves `was` is how it stands now.

    `subject` is the learner or the institution that it speaks of.
    """

    subject: str
    kind: str
    alert: Alert
    was: Alert | None = None


class Comparison(msgspec.Struct, frozen=True):
    """All differences under another policy; `refused` are actions that people could not have done then."""

    version: str
    differences: tuple[Difference, ...]
    refused: tuple[Rejected, ...] = ()


def alerts_of(learners: Iterable[Learner], watched: Iterable[Watch]) -> Alerts:
    """Every alert of learners and of institutions, by whom it speaks of and its id."""
    found = {(learner.student_ref, one.alert_id): one for learner in learners for one in learner.alerts}
    return found | {(watch.org, one.alert_id): one for watch in watched for one in watch.alerts}


def differences(before: Alerts, after: Alerts) -> tuple[Difference, ...]:
    """What differs between the alerts under one policy and under another, by time."""
    found = [Difference(ref, GO, before[ref, one]) for ref, one in before.keys() - after.keys()]
    found += [Difference(ref, COME, after[ref, one]) for ref, one in after.keys() - before.keys()]
    found += [
        Difference(ref, MOVE, after[ref, one], before[ref, one])
        for ref, one in before.keys() & after.keys()
        if _differ(before[ref, one], after[ref, one])
    ]
    return tuple(sorted(found, key=lambda one: (one.alert.raised_at, one.alert.code, one.alert.alert_id)))


def _differ(one: Alert, other: Alert) -> bool:
    """By moment, severity, level or recipients; when it ends is not what a policy is tried for."""
    return (one.raised_at, one.severity, one.level, one.recipients) != (
        other.raised_at,
        other.severity,
        other.level,
        other.recipients,
    )


def totals(found: Sequence[Difference]) -> dict[str, dict[str, int]]:
    """How many of each code come, go and move."""
    codes = sorted({one.alert.code for one in found})
    return {
        code: {kind: sum(one.alert.code == code and one.kind == kind for one in found) for kind in KINDS}
        for code in codes
    }


def document(compared: Comparison, world: World) -> dict[str, Any]:
    """The key `compare` of what `--json` prints."""
    by_kind: dict[str, list[dict[str, Any]]] = {kind: [] for kind in KINDS}
    for one in compared.differences:
        by_kind[one.kind].append(_told(one, world))
    return {
        "policyVersion": compared.version,
        **by_kind,
        "totals": totals(compared.differences),
        "refused": len(compared.refused),
    }


def _told(one: Difference, world: World) -> dict[str, Any]:
    alert = one.alert
    named = _subject(one.subject) | {
        "transitionYear": alert.year,
        "alertId": alert.alert_id,
        "code": alert.code,
    }
    if one.was is not None:
        return named | {"from": _shown(one.was, world), "to": _shown(alert, world)}
    return named | _shown(alert, world)


def _subject(subject: str) -> dict[str, Any]:
    if STUDENT_REF.fullmatch(subject):
        return {"studentRef": subject, "handle": handle(subject)}
    return {"org": subject}


def _shown(alert: Alert, world: World) -> dict[str, Any]:
    said = report.of_alert(alert, world)
    return {name: said[name] for name in SHOWN}
