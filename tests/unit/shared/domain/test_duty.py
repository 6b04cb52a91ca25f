"""How long somebody has to be in education."""

from __future__ import annotations

from datetime import date

from shared.domain.duty import bound_until, compulsory_until, minor_until
from shared.domain.person import birthday

BORN = date(2010, 3, 15)


def test_the_duties_of_who_was_born_on_15_march_2010() -> None:
    assert compulsory_until(BORN) == date(2026, 7, 31)
    assert minor_until(BORN) == date(2028, 3, 14)
    assert birthday(BORN, 27) == date(2037, 3, 15), "the Doorstroompunt until the day before"


def test_who_turns_16_in_august_is_compulsory_for_a_year_more() -> None:
    assert compulsory_until(date(2010, 7, 31)) == date(2026, 7, 31)
    assert compulsory_until(date(2010, 8, 1)) == date(2027, 7, 31)


def test_a_basic_qualification_ends_the_duty_to_qualify_but_not_compulsory_education() -> None:
    assert bound_until(BORN, qualified=False) == date(2028, 3, 14)
    assert bound_until(BORN, qualified=True) == date(2026, 7, 31)
    assert bound_until(None, qualified=False) is None


def test_born_on_29_february_is_of_age_on_1_march() -> None:
    assert minor_until(date(2008, 2, 29)) == date(2026, 2, 28)
