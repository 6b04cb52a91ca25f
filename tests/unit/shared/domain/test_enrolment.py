"""What the register proves when an institution is silent: enrolments, and that they ended."""

from __future__ import annotations

from datetime import date

from msgspec.structs import replace

from shared.domain.world import Reference
from tests.tale import WORLD, Tale


def test_the_register_proves_an_enrolment() -> None:
    tale = Tale()
    tale.listed("2025-11-03")
    tale.left("2026-07-01", end="2026-07-10")
    tale.register("2026-09-14", "ENROLMENT_ADDED", since="2026-09-01", mbo="99MB")
    (one,) = tale.situation("2026-09-21").active
    assert (one.brin, one.start, one.end) == ("99MB", date(2026, 9, 1), None)
    assert tale.state("2026-09-21") == "ENROLLED"


def test_the_level_is_that_of_the_programme() -> None:
    tale = Tale()
    tale.register("2026-09-14", "ENROLMENT_ADDED", since="2026-09-01", crebo="25655")
    known = replace(WORLD, reference=Reference(levels={"25655": 3}))
    assert tale.situation("2026-09-21", known).active[0].level == 3


def test_an_enrolment_and_the_word_of_the_register_are_one() -> None:
    tale = Tale()
    tale.applied("2026-03-02", "ENROLLED")
    tale.started("2026-07-01")
    tale.register("2026-09-14", "ENROLMENT_ADDED", since="2026-08-01")
    tale.register("2026-09-14", "ENROLMENT_CHANGED", since="2026-08-24", no=2)
    assert [one.key for one in tale.situation("2026-09-21").active] == ["99MA:E1"]


def test_an_application_that_says_enrolled_and_the_register_are_one() -> None:
    tale = Tale()
    tale.applied("2026-03-02", "ENROLLED")
    tale.register("2026-09-14", "ENROLMENT_ADDED", since="2026-09-01")
    assert [one.key for one in tale.situation("2026-09-21").active] == ["reg:99MA:1"]


def test_the_register_tells_that_an_enrolment_ended_of_which_the_institution_is_silent() -> None:
    tale = Tale()
    tale.started("2026-07-01")
    tale.register("2026-09-14", "ENROLMENT_ADDED", since="2026-08-24")
    end = tale.register("2026-10-05", "ENROLMENT_ENDED", since="2026-10-01", no=2)
    now = tale.situation("2026-10-12")
    assert now.active == ()
    assert [(one.end, one.end_version.event_id) for one in now.ended if one.end_version] == [
        (date(2026, 9, 30), end)
    ]


def test_what_the_institution_says_of_the_end_counts_more() -> None:
    tale = Tale()
    tale.started("2026-07-01")
    tale.ended("2026-09-14", "2026-09-11")
    tale.register("2026-10-05", "ENROLMENT_ENDED", since="2026-10-01")
    assert [one.end for one in tale.situation("2026-10-12").ended] == [date(2026, 9, 11)]


def test_an_end_of_which_the_start_never_came_is_an_enrolment_that_ended() -> None:
    tale = Tale()
    tale.register("2026-10-05", "ENROLMENT_ENDED", since="2026-10-01")
    now = tale.situation("2026-10-12")
    assert [(one.start, one.end) for one in now.ended] == [(date(2026, 9, 30), date(2026, 9, 30))]
    assert tale.state("2026-10-12") == "DROPPED_OUT"


def test_who_comes_back_to_an_institution_is_enrolled_again() -> None:
    tale = Tale()
    tale.register("2026-09-07", "ENROLMENT_ADDED", since="2026-08-24")
    tale.register("2026-09-14", "ENROLMENT_ENDED", since="2026-09-10", no=2)
    tale.register("2026-10-05", "ENROLMENT_ADDED", since="2026-10-01", no=3)
    now = tale.situation("2026-10-12")
    assert [one.start for one in now.active] == [date(2026, 10, 1)]
    assert [one.end for one in now.ended] == [date(2026, 9, 9)]


def test_an_enrolment_without_an_institution_is_still_one() -> None:
    tale = Tale()
    tale.register("2026-09-07", "ENROLMENT_ADDED", since="2026-08-24", mbo=None)
    assert tale.state("2026-10-12") in ("ENROLLED", "ATTENDING")


def test_other_changes_in_the_register_are_no_enrolment_and_begin_no_transition() -> None:
    tale = Tale()
    tale.register("2026-09-07", "MOVED", since="2026-08-24", mbo=None)
    now = tale.situation("2026-10-12")
    assert now.is_void
    assert (now.active, now.ended) == ((), ())


def test_an_end_without_a_start_is_an_enrolment_that_ended() -> None:
    tale = Tale()
    tale.ended("2026-10-05", end="2026-10-02")
    now = tale.situation("2026-10-06")
    (one,) = now.ended
    assert (one.key, one.start, one.end, one.site) == ("99MA:E1", date(2026, 10, 2), date(2026, 10, 2), None)
    assert now.active == ()
    assert tale.state("2026-10-06") == "DROPPED_OUT"
