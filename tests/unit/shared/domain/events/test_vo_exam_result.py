"""The final exam."""

from __future__ import annotations

from datetime import date

from shared.domain.codes import ExamOutcome
from shared.domain.effect import Exam
from shared.domain.events.vo_exam_result import KIND, subject_key


def test_the_exam_at_a_site_is_one_fact() -> None:
    assert subject_key(KIND.example) == "exam:99VA01"


def test_it_says_the_outcome_and_the_diploma_is_not_needed() -> None:
    told = {**KIND.example, "diplomaType": "VMBO_KB"}
    assert (
        KIND.effect(told)
        == KIND.effect(KIND.example)
        == Exam("99VA01", ExamOutcome.PASSED, date(2026, 6, 11))
    )
