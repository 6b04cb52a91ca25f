"""A statutory absence report and its treatment."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from pydantic import ValidationError

from shared.domain.codes import ReportStatus, ReportType
from shared.domain.effect import AbsenceReport
from shared.domain.events.attendance_report import KIND, subject_key


def test_each_report_is_a_fact() -> None:
    assert subject_key(KIND.example) == "rep:R0000815"


@pytest.mark.parametrize(("field", "value"), [("type", "V1"), ("type", "V2"), ("status", "D")])
def test_what_the_law_abolished_is_refused(field: str, value: str) -> None:
    with pytest.raises(ValidationError):
        KIND.payload.model_validate({**KIND.example, field: value})


def test_a_report_number_cannot_be_taken_for_a_number_of_a_person() -> None:
    with pytest.raises(ValidationError):
        KIND.payload.model_validate({**KIND.example, "reportNo": "111222333"})


def test_it_names_the_enrolment_that_it_is_about() -> None:
    told = KIND.effect(KIND.example)
    assert isinstance(told, AbsenceReport)
    assert (told.type, told.status, told.enrolment) == (ReportType.V3, ReportStatus.R, "99MA:E0004711")
    assert replace(told, brin=None, enrolment_no=None, vo_site="99VA01").enrolment == "99VA01"
