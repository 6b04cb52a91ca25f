"""What is true of a person, whatever year it was told in: home, age, death, qualification."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from shared.domain.person import birthday, home, moves_ahead
from shared.domain.picture import picture
from shared.domain.routing import region_of
from shared.domain.situation import Situation, situation
from tests.tale import WORLD, Tale, moment

TODAY = date(2026, 10, 12)


def lives(tale: Tale, day: str) -> str | None:
    """The municipality on a day, by what was known in October."""
    found = home(tale.picture("2026-10-12"), date.fromisoformat(day))
    return found.municipality if found else None


def of_both(year: Tale, other: Tale, at: str = "2026-10-12") -> Situation:
    """What the facts of two transition years say of the first."""
    years = {year.year: year.record().years[year.year], other.year: other.record().years[other.year]}
    return situation(picture(years, year.year, moment(at)), year.year, WORLD, moment(at))


def test_a_move_counts_from_its_date() -> None:
    tale = Tale()
    tale.listed("2025-11-03")
    tale.moved("2026-06-01", "0772", since="2026-07-01")
    assert lives(tale, "2025-11-02") is None
    assert lives(tale, "2026-06-30") == "0957"
    assert lives(tale, "2026-07-01") == "0772"
    assert list(moves_ahead(tale.picture("2026-10-12"), date(2026, 6, 30))) == [date(2026, 7, 1)]


def test_sending_the_list_again_does_not_undo_a_move() -> None:
    tale = Tale()
    tale.listed("2025-11-03", seq=1)
    tale.moved("2026-06-01", "0772", since="2026-06-01")
    tale.changed("2026-06-15", expectedDestination="VO", seq=2)
    assert lives(tale, "2026-10-12") == "0772"


def test_a_school_that_names_another_home_tells_of_a_move() -> None:
    tale = Tale()
    tale.listed("2025-11-03", seq=1)
    tale.moved("2026-06-01", "0772", since="2026-06-01")
    tale.changed("2026-09-14", municipality="0363", seq=2)
    assert lives(tale, "2026-10-12") == "0363"


def test_a_home_that_a_school_does_not_know_is_no_home() -> None:
    tale = Tale()
    tale.listed("2025-11-03", municipality="9999")
    assert lives(tale, "2026-10-12") is None
    tale.moved("2026-06-01", "9999", since="2026-06-01")
    assert lives(tale, "2026-10-12") is None


def test_who_turns_eighteen_on_29_february_does_so_on_1_march() -> None:
    assert birthday(date(2008, 2, 29), 18) == date(2026, 3, 1)
    assert birthday(date(2008, 2, 29), 20) == date(2028, 2, 29)


def test_the_home_told_in_one_year_counts_in_the_other() -> None:
    before, now = Tale(year=2025, source="urn:before"), Tale()
    before.listed("2024-11-04")
    now.applied("2026-03-02", mbo="99MB")
    now.moved("2026-06-01", "0363", since="2026-06-01")
    assert region_of(of_both(before, now)) == "21"
    assert region_of(of_both(now, before)) == "21"
    assert of_both(now, before).birth_date == date(2009, 11, 20)


E1 = {"mboBrin": "99MA", "enrolmentNo": "E1"}


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("vo.learner.deregistered", {"voSite": "99VA00", "endDate": "2025-07-11", "reason": "DECEASED"}),
        (
            "mbo.enrolment.ended",
            {**E1, "endDate": "2025-09-01", "reasonCode": "DECEASED"},
        ),
        ("destination.confirmed", {"kind": "DECEASED", "validFrom": "2025-09-01", "confirmedBy": "desk"}),
        ("register.delta", {"deltaNo": 1, "kind": "DECEASED", "validFrom": "2025-09-01"}),
        (
            "attendance.report",
            {
                **E1,
                "reportNo": "R1",
                "type": "LRV",
                "beginDate": "2025-09-01",
                "status": "G",
                "closingReason": "DECEASED",
            },
        ),
    ],
)
def test_a_death_closes_every_year(name: str, told: dict[str, Any]) -> None:
    before, now = Tale(year=2025, source="urn:before"), Tale()
    now.listed("2025-11-03")
    before.listed("2024-11-04")
    assert not of_both(now, before).deceased
    before.tell(name, "2025-09-02", "99MA", **told)
    assert of_both(now, before).deceased


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("register.delta", {"deltaNo": 1, "kind": "STARTKWALIFICATIE", "validFrom": "2025-09-01"}),
        (
            "mbo.enrolment.ended",
            {**E1, "endDate": "2025-09-01", "reasonCode": "DIPLOMA"},
        ),
        (
            "mbo.enrolment.ended",
            {
                **E1,
                "endDate": "2025-09-01",
                "reasonCode": "7",
                "diplomaLevel": 2,
            },
        ),
    ],
)
def test_a_basic_qualification_counts_in_every_year(name: str, told: dict[str, Any]) -> None:
    before, now = Tale(year=2025, source="urn:before"), Tale()
    now.listed("2025-11-03")
    before.listed("2024-11-04")
    assert not of_both(now, before).qualified
    before.tell(name, "2025-09-02", "99MA", **told)
    assert of_both(now, before).qualified


def test_an_entree_diploma_is_no_basic_qualification() -> None:
    tale = Tale()
    tale.started("2026-07-01", level=1)
    tale.ended("2026-09-14", "2026-09-11", "DIPLOMA")
    assert not tale.situation("2026-10-12").qualified


def test_a_qualification_counts_from_the_day_it_names() -> None:
    tale = Tale()
    tale.listed("2025-11-03", birthDate="2007-01-10")
    tale.register("2026-03-02", "STARTKWALIFICATIE", since="2026-06-30", mbo=None)
    assert not tale.situation("2026-06-29").qualified
    assert tale.projection("2026-06-29").next_change == moment("2026-06-30 00:00")
    assert tale.situation("2026-06-30").qualified


def test_nor_does_a_diploma_before_the_last_day() -> None:
    tale = Tale()
    tale.started("2026-07-01")
    tale.ended("2026-10-05", "2027-06-30", "DIPLOMA")
    assert not tale.situation("2026-10-12").qualified
    assert tale.situation("2027-06-30").qualified
