"""An enrolment in mbo begins."""

from __future__ import annotations

from datetime import date

from shared.domain.effect import EnrolmentStart
from shared.domain.events.mbo_enrolment_started import KIND, subject_key


def test_each_enrolment_is_one_fact() -> None:
    assert subject_key(KIND.example) == "enr:99MA:E0004711"


def test_it_says_where_and_from_when() -> None:
    meaning = KIND.effect(KIND.example)
    assert isinstance(meaning, EnrolmentStart)
    assert (meaning.enrolment, meaning.site) == ("99MA:E0004711", "99MA01")
    assert (meaning.start_date, meaning.planned_end_date) == (date(2026, 8, 31), None)
    assert meaning.application_ref == "99MA:00012345"
