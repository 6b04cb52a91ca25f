"""A step of an application."""

from __future__ import annotations

from datetime import date

import pytest
from pydantic import ValidationError

from shared.domain.codes import ApplicationStatus, CloseReason
from shared.domain.effect import Application
from shared.domain.events.mbo_application_status import KIND, MboApplicationStatus, subject_key


def test_each_application_is_one_fact() -> None:
    assert subject_key(KIND.example) == "app:99MA:00012345"


def test_it_says_the_newest_step() -> None:
    told = {**KIND.example, "status": "NOT_ENROLLABLE", "closeReason": "CAPACITY", "startDate": "2026-08-31"}
    meaning = KIND.effect(told)
    assert isinstance(meaning, Application)
    assert (meaning.ref, meaning.brin, meaning.level) == ("99MA:00012345", "99MA", 2)
    assert (meaning.status, meaning.close_reason) == (ApplicationStatus.NOT_ENROLLABLE, CloseReason.CAPACITY)
    assert (meaning.status_date, meaning.start_date) == (date(2026, 3, 12), date(2026, 8, 31))


def test_a_relay_knows_no_level_and_a_central_system_names_a_site_or_a_uuid() -> None:
    told = {name: value for name, value in KIND.example.items() if name != "level"}
    meaning = KIND.effect(told)
    assert isinstance(meaning, Application)
    assert meaning.level is None
    for ref in ("99MA01:00012345", "0f5b9a52-6d5c-4c2b-9d0e-1a2b3c4d5e6f"):
        MboApplicationStatus.model_validate({**told, "applicationRef": ref, "provider": "101A620"})


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("NOT_ENROLLABLE", "LATE"),
        ("NOT_ENROLLABLE", "OTHER"),
        ("WITHDRAWN", "UNKNOWN"),
        ("WITHDRAWN", "STAYS_IN_VO"),
    ],
)
def test_a_reason_belongs_to_its_status(status: str, reason: str) -> None:
    told = {**KIND.example, "status": status, "closeReason": reason}
    assert MboApplicationStatus.model_validate(told).close_reason == reason


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("NOT_ENROLLABLE", "UNKNOWN"),
        ("NOT_ENROLLABLE", "WORK"),
        ("WITHDRAWN", "CAPACITY"),
        ("WITHDRAWN", "OTHER"),
        ("RECEIVED", "OTHER"),
        ("ENROLLED", "WORK"),
    ],
)
def test_a_reason_of_another_status_is_refused(status: str, reason: str) -> None:
    told = {**KIND.example, "status": status, "closeReason": reason}
    with pytest.raises(ValidationError) as refused:
        MboApplicationStatus.model_validate(told)
    (fault,) = refused.value.errors()
    assert (fault["type"], fault["loc"]) == ("close-reason", ("closeReason",))
