"""Another home, from a day on."""

from __future__ import annotations

from datetime import date

from shared.domain.effect import Home
from shared.domain.events.learner_moved import KIND, subject_key


def test_each_move_is_a_fact_of_its_own() -> None:
    assert subject_key(KIND.example) == "home:2026-10-01"


def test_it_says_where_and_since_when() -> None:
    assert KIND.effect(KIND.example) == Home("0772", date(2026, 10, 1))
