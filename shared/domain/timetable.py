"""The lesson calendars of an institution: every version that it sent, and which one counts when.

They are merged by the same rules as the facts of a learner (`facts.py`): the highest number of a source
wins, else what happened last. What a judgement needs is only which calendar counted from when.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import msgspec
from msgspec.structs import replace

from shared.domain.effect import LessonCalendar
from shared.domain.event import Arrival, Version
from shared.domain.facts import Merged, Record, Year, merge, winner
from shared.domain.world import PublishedCalendar


def add(record: Record, arrival: Arrival) -> Merged:
    """One calendar more among those of an institution.

    It stands with its study year, whichever transition year its sender had in mind.
    """
    return merge(record, replace(arrival, year=arrival.version.fields["studyYear"]))


def timetable(record: Record) -> tuple[PublishedCalendar, ...]:
    """What counted from when: one entry for each moment at which another calendar came to count."""
    return tuple(entry for year in record.years.values() for entry in _entries(year))


def _entries(year: Year) -> Iterator[PublishedCalendar]:
    for chain in year.chains.values():
        moments = {version.received_at for version in chain}
        moments |= {stone.received_at for stone in year.tombstones}
        before: Version | None = None
        for at in sorted(moments):
            now = winner(chain, year.tombstones, at)
            if now is not before:
                yield _entry(now or chain[0], at, counts=now is not None)
            before = now


def _entry(version: Version, at: datetime, *, counts: bool) -> PublishedCalendar:
    told = msgspec.convert(version.fields, LessonCalendar)
    return PublishedCalendar(told.site, told.study_year, told.first_lesson_day, told.free_days, at, counts)
