"""Lesson hours that were missed on one day."""

from __future__ import annotations

from datetime import date

import pytest
from pydantic import ValidationError

from shared.domain.effect import Absence
from shared.domain.events.attendance_absent import KIND, subject_key


def test_each_day_is_a_fact_so_that_sending_again_corrects() -> None:
    assert subject_key(KIND.example) == "abs:99MA:E0004711:2026-09-21"


def test_a_learner_in_vo_is_named_by_the_site() -> None:
    told = {name: value for name, value in KIND.example.items() if name not in ("mboBrin", "enrolmentNo")}
    assert subject_key({**told, "voSite": "99VA01"}) == "abs:99VA01:2026-09-21"


@pytest.mark.parametrize("hours", [-1, 25, "4"])
def test_a_day_has_at_most_24_hours_and_they_are_a_number(hours: object) -> None:
    with pytest.raises(ValidationError):
        KIND.payload.model_validate({**KIND.example, "unauthorisedHours": hours})


def test_both_kinds_of_hours_are_told() -> None:
    told = KIND.effect(KIND.example)
    assert told == Absence(date(2026, 9, 21), 4.0, 0.0, "99MA", "E0004711")
    assert told.enrolment == "99MA:E0004711"
    assert Absence(date(2026, 9, 21), 4.0, 0.0, vo_site="99VA01").enrolment == "99VA01"
