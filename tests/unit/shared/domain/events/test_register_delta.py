"""A line of the weekly delivery of the register."""

from __future__ import annotations

from datetime import date

from shared.domain.codes import RegisterKind
from shared.domain.effect import RegisterChange
from shared.domain.events.register_delta import KIND, subject_key


def test_each_line_of_a_desk_is_a_fact() -> None:
    assert subject_key(KIND.example) == "reg:RMC38:4711"


def test_it_says_what_changed_where_and_since_when() -> None:
    expected = RegisterChange(4711, RegisterKind.ENROLMENT_ADDED, date(2026, 9, 1), "99MA", "25655")
    assert KIND.effect(KIND.example) == expected
