"""Seen in a lesson: one fact for each enrolment and week."""

from __future__ import annotations

from datetime import date

import pytest
from pydantic import ValidationError

from shared.domain.effect import Presence
from shared.domain.events.attendance_present import KIND, AttendancePresent, subject_key

IN_VO = {name: value for name, value in KIND.example.items() if name not in ("mboBrin", "enrolmentNo")} | {
    "voSite": "99VA01"
}


@pytest.mark.parametrize(
    ("day", "week"), [("2026-08-31", "2026-W36"), ("2027-01-01", "2026-W53"), ("2027-01-04", "2027-W01")]
)
def test_weeks_are_iso_weeks_of_the_iso_year(day: str, week: str) -> None:
    assert subject_key({**KIND.example, "date": day}) == f"pres:99MA:E0004711:{week}"


def test_a_learner_still_in_vo_is_seen_at_a_site() -> None:
    assert subject_key(IN_VO) == "pres:99VA01:2026-W36"
    meaning = KIND.effect(IN_VO)
    assert isinstance(meaning, Presence)
    assert meaning.enrolment == "99VA01"
    AttendancePresent.model_validate(IN_VO)


def test_in_mbo_the_enrolment_is_named() -> None:
    meaning = KIND.effect(KIND.example)
    assert isinstance(meaning, Presence)
    assert meaning.enrolment == "99MA:E0004711"
    assert meaning.day == date(2026, 8, 31)


@pytest.mark.parametrize(
    "named",
    [
        {},
        {"mboBrin": "99MA"},
        {"enrolmentNo": "E1"},
        {"mboBrin": "99MA", "enrolmentNo": "E1", "voSite": "99VA01"},
        {"mboBrin": "99MA", "voSite": "99VA01"},
    ],
)
def test_exactly_one_enrolment_is_named(named: dict[str, str]) -> None:
    nameless = {name: value for name, value in IN_VO.items() if name != "voSite"}
    with pytest.raises(ValidationError):
        AttendancePresent.model_validate({**nameless, **named})
