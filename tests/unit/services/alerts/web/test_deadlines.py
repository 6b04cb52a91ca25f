"""How much time is left, in the words of the desk."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from services.alerts.web.deadlines import left, next_term, terms
from shared.domain.action import Action
from shared.domain.case import Case, move
from shared.domain.codes import CaseStatus, ContactResult, Role

MONDAY = date(2026, 9, 21)


@pytest.mark.parametrize(
    ("day", "words", "urgency"),
    [
        (date(2026, 9, 21), "vandaag", "soon"),
        (date(2026, 9, 22), "nog 1 werkdag", "soon"),
        (date(2026, 9, 23), "nog 2 werkdagen", "soon"),
        (date(2026, 9, 28), "nog 5 werkdagen", "calm"),
        (date(2026, 9, 18), "1 werkdag te laat", "late"),
        (date(2026, 9, 17), "2 werkdagen te laat", "late"),
        (date(2026, 9, 20), "1 werkdag te laat", "late"),
    ],
)
def test_time_left_counts_working_days(day: date, words: str, urgency: str) -> None:
    found = left(MONDAY, day)
    assert (found.words, found.urgency) == (words, urgency)


def test_a_weekend_ahead_is_never_nought() -> None:
    friday = date(2026, 9, 25)
    assert left(friday, date(2026, 9, 27)).words == "nog 1 werkdag"


def opened(**more: object) -> Case:
    """A case that opened on Monday 21 September 2026 at 06:00."""
    at = datetime(2026, 9, 21, 4, tzinfo=UTC)
    fixed = Case("case", "ref", 2026, CaseStatus.NEW, at, "38")
    return fixed if not more else Case("case", "ref", 2026, CaseStatus.NEW, at, "38", **more)  # type: ignore[arg-type]


def asked(name: str, **more: object) -> Action:
    """Something the desk does on Tuesday."""
    at = datetime(2026, 9, 22, 8, tzinfo=UTC)
    return Action(at, Role.RMC_DESK, "ref", 2026, name, region="38", by="who", **more)  # type: ignore[arg-type]


def test_the_terms_of_a_case_count_from_its_signal() -> None:
    assert [(term.name, term.day) for term in terms(opened())] == [
        ("toewijzen", date(2026, 9, 23)),
        ("contact", date(2026, 9, 28)),
        ("intake", date(2026, 10, 5)),
    ]


def test_what_is_done_is_asked_no_more() -> None:
    case = opened()
    names = []
    for action in (
        asked("assign"),
        asked("contact-attempt", result=ContactResult.REACHED),
    ):
        names.append(getattr(next_term(case), "name", None))
        moved = move(case, action, 3)
        assert isinstance(moved, Case)
        case = moved
    assert names == ["toewijzen", "contact"]


def test_parking_and_aftercare_end_on_their_own_day() -> None:
    parked = move(opened(), asked("move", to=CaseStatus.PARKED, until=date(2026, 10, 1)), 3)
    assert isinstance(parked, Case)
    term = next_term(parked)
    assert term is not None
    assert (term.name, term.day) == ("geparkeerd tot", date(2026, 10, 1))
