"""The lesson calendar of a site."""

from __future__ import annotations

from datetime import date

import pytest
from pydantic import ValidationError

from shared.domain.effect import LessonCalendar
from shared.domain.events.calendar_published import KIND, subject_key


def test_each_site_and_study_year_is_a_fact() -> None:
    assert subject_key(KIND.example) == "cal:99MA00:2026"


def test_it_speaks_of_no_learner() -> None:
    assert not KIND.of_learner
    with pytest.raises(ValidationError):
        KIND.payload.model_validate({**KIND.example, "studentRef": "x" * 43})


def test_it_says_when_lessons_begin_and_which_days_are_free() -> None:
    free = (date(2026, 10, 19), date(2026, 10, 20))
    assert KIND.effect(KIND.example) == LessonCalendar("99MA00", 2026, date(2026, 8, 31), free)


def test_only_a_site_of_the_sender_can_be_told_of() -> None:
    with pytest.raises(ValidationError) as refused:
        KIND.payload.model_validate({**KIND.example, "site": "99MB00", "studyYear": 1999})
    assert [error["loc"] for error in refused.value.errors()] == [("site",), ("studyYear",)]
