"""The forms of the desk: everything that is wrong at once, and what was typed stays."""

from __future__ import annotations

from datetime import date

import pytest
from msgspec.structs import replace

from services.alerts.web import forms
from services.alerts.web.forms import EXAMPLE
from shared.domain.case import Attempt
from shared.domain.codes import CaseStatus, ContactResult, DestinationKind, Role
from tests.unit.services.alerts.web.test_offers import AT, CASE, WORLD

TODAY = date(2026, 10, 9)


@pytest.mark.parametrize(
    "text", ["2026-09-21", "21-9-2026", "21/09/2026", "21.9.2026", "21 9 2026", "21-09-2026"]
)
def test_a_date_is_read_as_people_write_it(text: str) -> None:
    assert forms.read_day(text) == date(2026, 9, 21)


@pytest.mark.parametrize("text", ["gisteren", "31-2-2026", "21-9-26", "2026-13-01", "0-0-0000", "²-9-2026"])
def test_what_is_no_date_is_a_fault(text: str) -> None:
    with pytest.raises(ValueError, match=EXAMPLE):
        forms.read_day(text)


def test_every_fault_is_told_at_once_and_the_input_kept() -> None:
    filled = forms.read(forms.snooze(TODAY), {"until": " morgen ", "reason": "<b>"})
    assert filled.faults == {"until": EXAMPLE, "reason": "Kies een reden."}
    assert filled.values == {"until": "morgen", "reason": "<b>"}
    assert forms.read(forms.snooze(TODAY), {}).faults.keys() == {"until", "reason"}


def test_what_is_right_is_understood() -> None:
    filled = forms.read(forms.contact(TODAY), {"result": "REACHED", "date": "8-10-2026"})
    assert filled.read == {"result": ContactResult.REACHED, "date": date(2026, 10, 8)}
    assert forms.spoken(forms.contact(TODAY), filled) == [
        ("Hoe ging het?", "Gesproken"),
        ("Op welke dag?", "8 oktober 2026"),
    ]


def test_what_may_stay_open_may_and_nothing_endless_is_kept() -> None:
    form = forms.aftercare(CASE, TODAY, 3)
    assert forms.read(form, {"destination": "OTHER"}).read == {"destination": DestinationKind.OTHER}
    assert "tot 9 januari 2027" in form.fields[1].hint
    assert len(forms.read(form, {"until": "9" * 5000}).values["until"]) == forms.LONGEST
    assert forms.kept(form, {"until": "x", "other": "y"}).values == {"destination": "", "until": "x"}


def test_a_refusal_stands_at_the_field_that_it_is_about() -> None:
    form = forms.park()
    assert forms.blaming(form, forms.blank(form), "Nee.").faults == {"until": "Nee."}


def test_nobody_is_untraceable_before_three_attempts_in_fifteen_working_days() -> None:
    def closing(*days: date) -> forms.Field:
        attempts = tuple(Attempt(AT, day, ContactResult.NOT_REACHED, Role.RMC_DESK) for day in days)
        return forms.close(replace(CASE, attempts=attempts), TODAY).fields[0]

    assert closing().note.endswith("Nu: nog geen.")
    field = closing(date(2026, 9, 21), date(2026, 9, 28))
    assert field.note.endswith("Nu: 2, sinds 21 september 2026.")
    assert "MOVED_OR_UNTRACEABLE" not in {one.value for one in field.options}
    field = closing(date(2026, 9, 1), date(2026, 9, 8), date(2026, 9, 15))
    assert field.note == ""
    assert "MOVED_OR_UNTRACEABLE" in {one.value for one in field.options}


def test_after_aftercare_its_destination_stands_there_already() -> None:
    case = replace(CASE, status=CaseStatus.AFTERCARE, destination=DestinationKind.LEARN_WORK)
    form = forms.close(case, TODAY)
    assert forms.blank(form).values == {"destination": "LEARN_WORK"}
    assert form.check


def test_a_case_goes_to_every_region_but_its_own() -> None:
    options = forms.transfer(CASE, WORLD.reference).fields[0].options
    assert len(options) == 39
    assert "38" not in {one.value for one in options}
    assert options[0].words == "01 Oost-Groningen"
