"""Which absence a statutory report answers, and when the matter is over.

A school reports to the national register; what we see is a mirror of it. Source: docs/domain.md 4, 7.4 and 8.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from shared.domain import effect
from shared.domain.calendar import local_date
from shared.domain.codes import ReportStatus, ReportType
from shared.domain.missed_hours import Reach
from shared.domain.picture import Known

ABOUT_HOURS = frozenset({ReportType.V3, ReportType.V4, ReportType.LRV, ReportType.RMC})
"""Reports that can answer sixteen hours; `L` and `O` speak of something else."""

ABOUT_WEEKS = frozenset({ReportType.LRV, ReportType.RMC})
"""Reports that can answer four weeks."""

DONE = frozenset({ReportStatus.G, ReportStatus.K, ReportStatus.I})
"""Closed, noted or withdrawn: nobody is working on the report any more."""

Report = Known[effect.AbsenceReport]


def period(report: Report) -> tuple[date, date]:
    """The first and last day that a report speaks of.

    Without a last day a long absence goes on until the report is done, and hours are those of its begin.
    """
    told = report.effect
    if told.end_date is not None:
        return told.begin_date, told.end_date
    if told.type not in ABOUT_WEEKS:
        return told.begin_date, told.begin_date
    return told.begin_date, local_date(report.version.occurred_at) if told.status in DONE else date.max


def ends(report: Report, reach: Reach) -> bool:
    """Whether with this report the matter is over: done after the hours were told, or about their days."""
    told = report.effect
    if told.enrolment != reach.enrolment or told.type not in ABOUT_HOURS or told.status not in DONE:
        return False
    return report.version.occurred_at >= reach.missed[-1].occurred_at or reach.meets(*period(report))


def standing(reached: Sequence[Reach], reports: Sequence[Report], today: date) -> Iterator[Reach]:
    """Of each enrolment the last reach, while no report has ended it and new hours are not long ago."""
    latest = {reach.enrolment: reach for reach in reached}
    for reach in latest.values():
        if today < reach.lapses and not any(ends(report, reach) for report in reports):
            yield reach
