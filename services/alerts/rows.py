"""What is written of one learner after a batch. Pure.

Alerts and cases are written when they changed, and also when what decides who may see them, or how
long they are kept, changed: a school that became known, a case that closed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime

import msgspec

from services.alerts import audience, terms
from services.alerts.audience import NOWHERE, Places, places
from shared.domain.alert import Alert
from shared.domain.case import Case
from shared.domain.learner import Learner
from shared.domain.picture import Picture, picture

LAST = datetime(9999, 1, 1, tzinfo=UTC)
"""After everything: the picture at this moment holds all that is known."""


class LearnerRow(msgspec.Struct, frozen=True):
    """A learner as it is written, without its alerts and cases."""

    learner: Learner
    part: int
    audience: Sequence[str]
    delete_after: date


class AlertRow(msgspec.Struct, frozen=True):
    """An alert as it is written: about a learner, or about the institution `org`."""

    student_ref: str | None
    alert: Alert
    revision: int
    audience: Sequence[str]
    delete_after: date
    org: str | None = None


class CaseRow(msgspec.Struct, frozen=True):
    """A case as it is written."""

    case: Case
    revision: int
    audience: Sequence[str]
    delete_after: date


class Rows(msgspec.Struct, frozen=True):
    """All rows of one learner that have to be written."""

    learner: LearnerRow
    alerts: Sequence[AlertRow]
    cases: Sequence[CaseRow]

    @property
    def audiences(self) -> Iterator[Sequence[str]]:
        """Who may see any of it."""
        yield self.learner.audience
        yield from (row.audience for row in self.alerts)
        yield from (row.audience for row in self.cases)


class Changed(msgspec.Struct, frozen=True):
    """A learner as its rows have it, as it is now, and which alerts and cases differ.

    `revisions` are those of the alert and case rows as they will be.
    """

    before: Learner
    learner: Learner
    part: int
    moved: Collection[str]
    revisions: Mapping[str, int]


def rows_of(changed: Changed) -> Rows:
    """What has to be written of a learner that changed."""
    learner = changed.learner
    pictures = _pictures(learner)
    where = {year: places(known) for year, known in pictures.items()}
    born = _birth_date(pictures)
    kept = {case.case_id: terms.case_term(case, born) for case in learner.cases}
    moved = _moved(changed, where)
    return Rows(
        LearnerRow(
            learner,
            changed.part,
            audience.of_learner(_region(learner), where.values(), _at_work(learner)),
            terms.learner_term(where, {alert.year for alert in learner.alerts}, kept.values()),
        ),
        list(_alert_rows(changed, moved, where, kept)),
        list(_case_rows(changed, moved, where, kept)),
    )


def standing_still(learner: Learner, part: int, audience: Sequence[str], delete_after: date) -> Rows:
    """What has to be written of a learner who cannot be judged: the record, seen by whom it was."""
    term = max(delete_after, terms.learner_term(learner.record.years, (), ()))
    return Rows(LearnerRow(learner, part, audience, term), [], [])


def _alert_rows(
    changed: Changed, moved: Collection[str], where: Mapping[int, Places], kept: Mapping[str, date]
) -> Iterator[AlertRow]:
    behind = {alert: kept[case.case_id] for case in changed.learner.cases for alert in case.alerts}
    for alert in changed.learner.alerts:
        if alert.alert_id in moved:
            yield AlertRow(
                changed.learner.student_ref,
                alert,
                changed.revisions[alert.alert_id],
                audience.of_alert(alert, where.get(alert.year, NOWHERE)),
                max(terms.alert_term(alert.year), behind.get(alert.alert_id, date.min)),
            )


def _case_rows(
    changed: Changed, moved: Collection[str], where: Mapping[int, Places], kept: Mapping[str, date]
) -> Iterator[CaseRow]:
    for case in changed.learner.cases:
        if case.case_id in moved:
            yield CaseRow(
                case,
                changed.revisions[case.case_id],
                audience.of_case(case, where.get(case.year, NOWHERE)),
                kept[case.case_id],
            )


def _moved(changed: Changed, where: Mapping[int, Places]) -> Collection[str]:
    """The alerts and cases to write: what changed, and what hangs on it."""
    before = {year: places(known) for year, known in _pictures(changed.before).items()}
    if before != where:
        return changed.revisions.keys()
    cases = [case for case in changed.learner.cases if case.case_id in changed.moved]
    return {*changed.moved, *(alert for case in cases for alert in case.alerts)}


def _pictures(learner: Learner) -> dict[int, Picture]:
    return {year: picture(learner.record.years, year, LAST) for year in sorted(learner.record.years)}


def _birth_date(pictures: Mapping[int, Picture]) -> date | None:
    """As the newest year has it that says anything about it."""
    known = [listing.effect.birth_date for one in pictures.values() for listing in one.listings]
    return known[-1] if known else None


def _at_work(learner: Learner) -> set[str]:
    """The regions with an open case or alert of this learner."""
    cases = {case.region for case in learner.cases if case.open}
    alerts = {alert.region for alert in learner.alerts if alert.open}
    return {region for region in cases | alerts if region is not None}


def _region(learner: Learner) -> str | None:
    """Whose the learner is now, by the newest year that knows it."""
    known = [standing.region for _, standing in sorted(learner.standings.items()) if standing.region]
    return known[-1] if known else None
