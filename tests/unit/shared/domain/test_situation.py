"""What the facts say, before a state is given to it."""

from __future__ import annotations

from datetime import date
from typing import Any

from msgspec.structs import replace

from shared.domain.application import first_status_date
from shared.domain.codes import State
from shared.domain.person import birthday
from shared.domain.state import state_of
from shared.domain.world import PublishedCalendar, World
from tests.tale import WORLD, Tale, moment


def test_an_enrolment_takes_up_the_application_it_names() -> None:
    tale = Tale()
    tale.applied("2026-03-02", "OFFERED")
    tale.applied("2026-03-02", "RECEIVED", no=2)
    tale.started("2026-07-06", applicationRef="99MA:00000002")
    now = tale.situation("2026-09-01")
    assert {one.application.ref: one.grade for one in now.applied} == {"99MA:00000001": 2, "99MA:00000002": 3}


def test_an_enrolment_that_names_none_takes_up_the_best_one_there() -> None:
    tale = Tale()
    tale.applied("2026-03-02", "RECEIVED")
    tale.applied("2026-03-02", "OFFERED", no=2)
    tale.applied("2026-03-02", "OFFERED", mbo="99MB", no=3)
    tale.started("2026-07-06")
    now = tale.situation("2026-09-01")
    grades = {one.application.ref: one.grade for one in now.applied}
    assert grades == {"99MA:00000001": 1, "99MA:00000002": 3, "99MB:00000003": 2}


def test_an_application_first_heard_of_after_the_start_is_another_one() -> None:
    tale = Tale()
    tale.started("2026-08-24")
    tale.applied("2026-09-14")
    assert tale.situation("2026-09-15").best_class == 1


def test_an_application_ends_with_the_enrolment_that_took_it_up() -> None:
    tale = Tale()
    tale.applied("2026-03-02", "OFFERED")
    tale.started("2026-07-06")
    tale.ended("2026-09-10", "2026-09-10")
    assert tale.situation("2026-09-11").best_class == 0
    assert tale.state("2026-09-11") == "DROPPED_OUT"


def test_an_application_and_its_enrolment_are_one() -> None:
    tale = Tale()
    tale.applied("2026-07-06", "ENROLLED")
    tale.started("2026-07-07")
    assert len(tale.situation("2026-07-08").active) == 1


def test_the_best_application_is_the_newest_of_the_best_class() -> None:
    tale = Tale()
    tale.applied("2026-03-02", "OFFERED")
    tale.applied("2026-03-05", "RECEIVED", no=2)
    tale.applied("2026-03-03", "OFFERED", no=3)
    best = tale.situation("2026-03-10").best
    assert best is not None
    assert best.application.ref == "99MA:00000003"


def test_an_application_is_as_old_as_its_first_step() -> None:
    tale = Tale()
    tale.applied("2026-03-02", seq=1)
    tale.applied("2026-05-11", "OFFERED", seq=2)
    (known,) = tale.situation("2026-05-12").picture.applications
    assert first_status_date(known) == date(2026, 3, 2)


def test_the_listing_that_still_goes_on_counts() -> None:
    tale = Tale()
    tale.listed("2025-11-03")
    tale.listed("2025-12-01", site="99VB00")
    tale.left("2026-01-12", "2026-01-12", "OTHER_VO", site="99VB00")
    now = tale.situation("2026-01-14")
    assert now.vo_site == "99VA00"
    assert now.in_vo


def test_a_register_outweighs_a_desk_and_a_desk_a_school() -> None:
    tale = Tale()
    for sender, by, kind in (("99VA", "school", "ABROAD"), ("RMC38", "desk", "OTHER")):
        tale.tell(
            "destination.confirmed", "2026-09-01", sender, kind=kind, validFrom="2026-09-01", confirmedBy=by
        )
    chosen = tale.situation("2026-09-02").destination
    assert chosen is not None
    assert chosen.effect.kind == "OTHER"


def test_a_sign_of_life_is_the_newest_date_that_has_come() -> None:
    tale = Tale()
    tale.exam("2026-06-15")
    tale.left("2026-06-20", "2026-07-31")
    sign = tale.situation("2026-07-01").sign
    assert sign is not None
    assert sign.day == date(2026, 6, 15)
    later = tale.situation("2026-08-01").sign
    assert later is not None
    assert later.day == date(2026, 7, 31)


def test_no_result_is_no_sign_of_life() -> None:
    tale = Tale()
    tale.exam("2026-06-15", "NONE")
    assert tale.situation("2026-06-16").sign is None


def test_duty_follows_age_kind_of_school_and_qualification() -> None:
    def duty(at: str = "2026-09-01", **fields: Any) -> bool | None:
        tale = Tale()
        tale.listed("2025-11-03", **fields)
        return tale.situation(at).duty

    assert duty() is True
    assert duty("2027-11-19 23:59") is True
    assert duty("2027-11-20 00:00") is False
    assert duty(voType="PRO") is False
    assert duty(voType="VSO_DAG") is False
    assert duty(hasStartkwalificatie=True) is False
    side_entrant = Tale()
    side_entrant.applied("2026-08-17")
    assert side_entrant.situation("2026-08-18").duty is None


def test_who_is_born_on_29_february_is_18_on_1_march() -> None:
    assert birthday(date(2008, 2, 29), 18) == date(2026, 3, 1)
    assert birthday(date(2008, 2, 29), 20) == date(2028, 2, 29)


def test_a_record_without_any_fact_is_void() -> None:
    tale = Tale()
    wrong = tale.applied("2026-03-02")
    tale.retract("2026-03-03", wrong)
    assert not tale.situation("2026-03-02 13:00").is_void
    assert tale.situation("2026-03-04").is_void


def test_a_published_calendar_overrules_the_holidays() -> None:
    school = WORLD.institutions["99MA"]
    calendar = PublishedCalendar("99MA00", 2026, date(2026, 9, 7), (), moment("2026-08-10"))
    published = replace(school, calendars=(calendar,))
    world = World(dict(WORLD.institutions) | {"99MA": published}, WORLD.reference, WORLD.policies)
    tale = Tale()
    tale.started("2026-07-06")
    assert tale.state("2026-09-11 23:59", world) == "ENROLLED"
    assert tale.state("2026-09-14 00:00", world) == "NO_SHOW"
    assert tale.projection("2026-08-09", world).next_change == moment("2026-08-24 00:00")


def test_a_diploma_counts_whichever_end_is_told_first() -> None:
    one, other = Tale(), Tale()
    for tale in (one, other):
        tale.started("2026-05-01", start="2026-05-04", no="E1", level=1)
        tale.started("2026-05-01", start="2026-05-04", no="E2", level=2)
    one.ended("2026-09-01", "2026-09-01", "DIPLOMA", no="E1")
    one.ended("2026-09-02", "2026-09-01", "DIPLOMA", no="E2", diplomaLevel=2)
    other.ended("2026-09-01", "2026-09-01", "DIPLOMA", no="E2", diplomaLevel=2)
    other.ended("2026-09-02", "2026-09-01", "DIPLOMA", no="E1")
    assert one.situation("2026-09-03").qualified
    assert other.situation("2026-09-03").qualified


def test_an_entree_diploma_does_not_hide_a_vwo_diploma() -> None:
    tale = Tale()
    tale.listed("2025-11-03", voType="VWO")
    tale.exam("2026-06-11")
    tale.started("2026-08-01", start="2026-08-24", level=1)
    tale.ended("2026-09-01", "2026-09-01", "DIPLOMA")
    assert tale.situation("2026-09-02").qualified


def test_who_cancels_before_the_first_day_has_not_left_school() -> None:
    tale = Tale()
    tale.listed("2025-11-03", expectedDestination="VO")
    tale.started("2026-06-10")
    tale.ended("2026-07-03", "2026-07-03")
    assert tale.situation("2026-07-04").in_vo
    assert tale.situation("2026-08-25").in_vo
    assert state_of(tale.situation("2026-10-01 00:00")) is State.CLOSED


def test_an_offer_ends_with_the_enrolment_that_was_cancelled_before_it_began() -> None:
    tale = Tale()
    tale.listed("2025-11-03")
    tale.applied("2026-03-02", "OFFERED")
    tale.started("2026-06-10", applicationRef="99MA:00000001")
    tale.ended("2026-07-03", "2026-07-03")
    assert state_of(tale.situation("2026-07-03")) is State.ENROLLED
    assert state_of(tale.situation("2026-07-04 00:00")) is State.UNPLACED, "never began, still in vo"
    tale.left("2026-07-03", "2026-07-10")
    assert state_of(tale.situation("2026-07-10 12:00")) is State.UNPLACED
    assert state_of(tale.situation("2026-07-11 00:00")) is State.DROPPED_OUT, "now there is nothing left"


def test_interest_is_no_application_and_does_not_make_one_older() -> None:
    tale = Tale()
    tale.applied("2026-03-10", "INTEREST", seq=1)
    tale.applied("2026-04-20", "RECEIVED", seq=2)
    (only,) = tale.situation("2026-05-01").applied
    assert only.first_date == date(2026, 4, 20)


def test_who_holds_the_diploma_of_practical_education_has_no_duty() -> None:
    tale = Tale()
    tale.listed("2025-11-03", voType="NONE")
    assert tale.situation("2026-06-09").duty is True
    tale.exam("2026-06-10", "PRO_DIPLOMA")
    assert tale.situation("2026-07-20").duty is False
