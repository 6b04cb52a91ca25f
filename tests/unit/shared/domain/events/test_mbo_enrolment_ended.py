"""An enrolment in mbo ends."""

from __future__ import annotations

from datetime import date

from shared.domain.codes import LeavingReason
from shared.domain.effect import EnrolmentEnd
from shared.domain.events.mbo_enrolment_ended import KIND, subject_key


def test_the_end_is_a_fact_beside_the_start() -> None:
    assert subject_key(KIND.example) == "enr_end:99MA:E0004711"


def test_it_says_the_last_day_why_and_with_what_diploma() -> None:
    meaning = KIND.effect({**KIND.example, "diplomaLevel": 1})
    assert isinstance(meaning, EnrolmentEnd)
    assert (meaning.enrolment, meaning.end_date) == ("99MA:E0004711", date(2026, 9, 25))
    assert (meaning.reason, meaning.diploma_level) == (LeavingReason.WRONG_CHOICE, 1)
