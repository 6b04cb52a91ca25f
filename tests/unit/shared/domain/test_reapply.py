"""Until when there is time to apply anew, on both sides of the turn before lessons begin."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from msgspec.structs import replace

from shared.domain.reapply import reapply_by
from shared.domain.world import PublishedCalendar, World
from tests.tale import WORLD, Tale


def rejected(day: str, world: World = WORLD) -> str:
    """The last day to apply anew; without a calendar of its own ROC West begins on Monday 24 August."""
    tale = Tale()
    tale.listed("2025-11-03")
    tale.applied("2026-03-02", "NOT_ENROLLABLE")
    return reapply_by(tale.situation("2026-03-02", world), date.fromisoformat(day)).isoformat()


@pytest.mark.parametrize(
    ("closed", "deadline", "why"),
    [
        ("2026-03-02", "2026-03-16", "ten working days"),
        ("2026-03-27", "2026-04-14", "Good Friday and Easter Monday do not count"),
        ("2026-07-17", "2026-07-31", "ten working days end before the turn's five do"),
        ("2026-07-20", "2026-08-03", "both end on the same day"),
        ("2026-07-21", "2026-08-03", "ten would be 4 August: the turn and five is earlier"),
        ("2026-07-24", "2026-08-03", "the last working day before the turn"),
        ("2026-07-26", "2026-08-03", "the Sunday before the turn"),
        ("2026-07-27", "2026-08-03", "the turn itself, twenty working days before 24 August: five"),
        ("2026-07-28", "2026-08-04", "after it: five"),
        ("2026-08-24", "2026-08-31", "on the first lesson day: five"),
        ("2026-11-02", "2026-11-09", "and so for the rest of the year"),
    ],
)
def test_the_term_shortens_at_the_turn(closed: str, deadline: str, why: str) -> None:
    assert rejected(closed) == deadline, why


def test_the_turn_follows_the_lessons_that_the_institution_published() -> None:
    """Lessons from 31 August: the turn is 3 August, a week later."""
    west = WORLD.institutions["99MA"]
    told = PublishedCalendar("99MA00", 2026, date(2026, 8, 31), (), datetime(2026, 2, 1, tzinfo=UTC))
    world = replace(WORLD, institutions={**WORLD.institutions, "99MA": replace(west, calendars=(told,))})
    assert rejected("2026-07-27", world) == "2026-08-10"
    assert rejected("2026-08-03", world) == "2026-08-10"
    assert rejected("2026-08-04", world) == "2026-08-11"
