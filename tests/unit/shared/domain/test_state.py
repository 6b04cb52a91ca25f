"""The twelve states: what makes each, which one wins, and from which moment."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from shared.domain.codes import State
from shared.domain.picture import Picture
from shared.domain.state import STATES, project
from tests.tale import OTHER_SOURCE, WORLD, Tale, local, moment


def listed(**fields: Any) -> Tale:
    tale = Tale()
    tale.listed("2025-11-03", **fields)
    return tale


def enrolled(mbo: str = "99MA") -> Tale:
    tale = listed()
    tale.left("2026-07-06", "2026-07-31")
    tale.started("2026-07-06", mbo=mbo)
    return tale


def test_the_list_names_every_state_once_in_order() -> None:
    assert [state for state, _ in STATES] == list(State)


def test_who_is_listed_is_expected() -> None:
    assert listed().state("2025-11-04") == "EXPECTED"


def test_who_is_to_stay_stays_in_vo() -> None:
    assert listed(expectedDestination="VO").state("2026-03-01") == "STAYS_IN_VO"


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("INTEREST", "EXPECTED"),
        ("RECEIVED", "APPLIED"),
        ("INTAKE_PLANNED", "APPLIED"),
        ("INTAKE_DONE", "APPLIED"),
        ("WAITLISTED", "APPLIED"),
        ("PLACED_PROVISIONAL", "OFFERED"),
        ("OFFERED", "OFFERED"),
        ("NOT_ENROLLABLE", "UNPLACED"),
        ("WITHDRAWN", "UNPLACED"),
        ("ENROLLED", "ENROLLED"),
    ],
)
def test_each_step_of_an_application(status: str, state: str) -> None:
    tale = listed()
    tale.applied("2026-03-02", status)
    assert tale.state("2026-03-03") == state


def test_one_open_application_is_enough() -> None:
    tale = listed()
    tale.applied("2026-03-02", "NOT_ENROLLABLE")
    tale.applied("2026-03-03", "OFFERED", mbo="99MB", no=2)
    assert tale.state("2026-03-04") == "OFFERED"


def test_an_application_that_says_enrolled_begins_on_the_first_lesson_day() -> None:
    tale = listed()
    tale.left("2026-07-06", "2026-07-31")
    tale.applied("2026-07-06", "ENROLLED")
    assert tale.state("2026-08-28") == "ENROLLED"
    assert tale.state("2026-08-31 00:00") == "NO_SHOW"


def test_seen_after_the_start_is_attending() -> None:
    tale = enrolled()
    tale.present("2026-08-20")
    assert tale.state("2026-08-24") == "ENROLLED"
    tale.present("2026-08-25")
    assert tale.state("2026-08-25 13:00") == "ATTENDING"


def test_presence_in_another_enrolment_is_not_presence_in_this_one() -> None:
    tale = enrolled()
    tale.present("2026-08-25", no="E10")
    assert tale.state("2026-08-31") == "NO_SHOW"


def test_no_show_begins_on_the_lesson_day_after_the_fifth() -> None:
    """The start is lesson day 1 (ruling 5): 24 to 28 August, so Monday 31 August 00:00."""
    tale = enrolled()
    assert tale.state("2026-08-30 23:59") == "ENROLLED"
    assert tale.state("2026-08-31 00:00") == "NO_SHOW"


def test_days_before_the_first_lesson_day_are_no_lesson_days() -> None:
    tale = listed()
    tale.left("2026-07-06", "2026-07-31")
    tale.started("2026-07-06", start="2026-08-10")
    assert tale.state("2026-08-28") == "ENROLLED"
    assert tale.state("2026-08-31") == "NO_SHOW"


def test_where_presence_cannot_be_sent_it_is_assumed_after_twenty_lesson_days() -> None:
    """24 August is lesson day 1, 18 September the twentieth; it holds from Monday 21 (ruling 47)."""
    tale = enrolled("99MB")
    assert tale.state("2026-09-20 23:59") == "ENROLLED"
    there = tale.projection("2026-09-21 00:00")
    assert (there.state, there.flags) == ("ATTENDING", ("out_of_region", "assumed"))


@pytest.mark.parametrize(
    ("begin", "more", "state"),
    [
        ("2026-09-07", {}, "ENROLLED"),
        ("2026-09-07", {"status": "I"}, "ATTENDING"),
        ("2026-09-07", {"status": "G", "closingReason": "BACK_IN_SCHOOL"}, "ATTENDING"),
        ("2026-09-21", {}, "ATTENDING"),
        ("2026-09-07", {"mbo": "99MA"}, "ATTENDING"),
    ],
    ids=["reported", "withdrawn", "back", "later", "elsewhere"],
)
def test_nothing_is_assumed_of_who_was_reported_absent(begin: str, more: dict[str, Any], state: str) -> None:
    tale = listed()
    tale.started("2026-07-06", mbo="99MB")
    tale.report("2026-09-22", begin=begin, **({"mbo": "99MB", "type": "O"} | more))
    assert tale.state("2026-10-01") == state


def test_the_last_day_of_an_enrolment_is_still_enrolled() -> None:
    tale = enrolled()
    tale.present("2026-08-25")
    tale.ended("2026-09-10", "2026-09-14")
    assert tale.state("2026-09-14 23:59") == "ATTENDING"
    assert tale.state("2026-09-15 00:00") == "DROPPED_OUT"


def test_dropped_out_lasts_twenty_working_days_from_the_end() -> None:
    tale = enrolled()
    tale.present("2026-08-25")
    tale.ended("2026-09-10", "2026-09-10")
    assert tale.state("2026-10-08 23:59") == "DROPPED_OUT"
    assert tale.state("2026-10-09 00:00") == "OUT_OF_SIGHT"


def test_a_reached_contact_gives_twenty_working_days_more_even_after_a_failed_one() -> None:
    tale = enrolled()
    tale.ended("2026-09-10", "2026-09-10")
    tale.contact("2026-09-28")
    tale.contact("2026-10-05", "NOT_REACHED")
    assert tale.state("2026-10-26 23:59") == "DROPPED_OUT"
    assert tale.state("2026-10-27 00:00") == "OUT_OF_SIGHT"


def test_a_diploma_of_level_2_is_no_dropping_out() -> None:
    tale = enrolled()
    tale.ended("2026-09-10", "2026-09-10", reason="DIPLOMA", diplomaLevel=2)
    there = tale.projection("2026-09-11")
    assert (there.state, there.flags) == ("UNPLACED", ("qualified",))


def test_an_entree_diploma_is_no_basic_qualification() -> None:
    tale = enrolled()
    tale.ended("2026-09-10", "2026-09-10", reason="DIPLOMA", diplomaLevel=1)
    assert tale.state("2026-09-11") == "DROPPED_OUT"


def test_who_started_in_mbo_has_left_vo_whatever_the_school_forgot_to_post() -> None:
    tale = listed()
    tale.started("2026-07-06")
    tale.present("2026-08-25")
    tale.ended("2026-09-10", "2026-09-10")
    assert tale.state("2026-10-02") == "DROPPED_OUT"
    assert tale.state("2026-10-09") == "OUT_OF_SIGHT"


def test_out_of_sight_begins_the_day_after_the_term_also_on_a_saturday() -> None:
    """31 July + 20 working days = Friday 28 August (ruling 20)."""
    tale = listed()
    tale.left("2026-07-06", "2026-07-31")
    assert tale.state("2026-07-31") == "EXPECTED"
    assert tale.state("2026-08-01 00:00") == "UNPLACED"
    assert tale.state("2026-08-28 23:59") == "UNPLACED"
    assert tale.state("2026-08-29 00:00") == "OUT_OF_SIGHT"


def test_a_sign_of_life_brings_a_learner_back_for_a_while() -> None:
    tale = listed()
    tale.left("2026-07-06", "2026-07-31")
    tale.contact("2026-09-01")
    assert tale.state("2026-09-01 13:00") == "UNPLACED"
    assert tale.state("2026-09-30") == "OUT_OF_SIGHT"


def test_a_destination_counts_up_to_its_review() -> None:
    tale = listed()
    tale.left("2026-07-06", "2026-07-31")
    tale.placed("2026-09-01", reviewDate="2026-10-15")
    assert tale.state("2026-10-15 23:59") == "OTHER_DESTINATION"
    assert tale.state("2026-10-16 00:00") == "OUT_OF_SIGHT"


def test_a_destination_without_review_is_looked_at_after_six_months() -> None:
    tale = listed()
    tale.left("2026-07-06", "2026-07-31")
    tale.placed("2026-08-31")
    assert tale.state("2027-02-28 23:59") == "OTHER_DESTINATION"
    assert tale.state("2027-03-01 00:00") == "OUT_OF_SIGHT"


def test_an_enrolment_goes_before_a_destination() -> None:
    tale = enrolled()
    tale.placed("2026-08-03")
    assert tale.state("2026-08-04") == "ENROLLED"


def test_still_in_vo_on_the_count_date_closes() -> None:
    tale = listed()
    assert tale.state("2026-09-30 23:59") == "EXPECTED"
    assert tale.state("2026-10-01 00:00") == "CLOSED"


def test_who_leaves_vo_after_the_count_date_stays_closed() -> None:
    tale = listed()
    tale.left("2026-10-05", "2026-10-09")
    assert tale.state("2026-10-20") == "CLOSED"


def test_a_transition_closes_on_31_july_of_the_next_year() -> None:
    tale = enrolled()
    tale.present("2026-08-25")
    assert tale.state("2027-07-30 23:59") == "ATTENDING"
    assert tale.state("2027-07-31 00:00") == "CLOSED"


def test_the_age_limit_closes_and_follows_the_policy_in_force() -> None:
    tale = listed(birthDate="2002-12-01")
    assert tale.state("2025-12-01") == "CLOSED"
    assert tale.state("2026-01-01 00:00") == "EXPECTED"


@pytest.mark.parametrize("how", ["vo", "mbo", "destination"])
def test_who_has_died_is_closed(how: str) -> None:
    tale = enrolled()
    if how == "vo":
        tale.left("2026-07-07", "2026-07-05", "DECEASED", seq=9)
    elif how == "mbo":
        tale.ended("2026-08-01", "2026-07-30", "DECEASED")
    else:
        tale.placed("2026-08-01", "DECEASED")
    assert tale.state("2026-08-02") == "CLOSED"


def test_a_side_entrant_is_placed_by_applications_alone() -> None:
    tale = Tale()
    tale.applied("2026-08-17")
    assert tale.state("2026-08-18") == "APPLIED"
    tale.applied("2026-08-31", "NOT_ENROLLABLE")
    assert tale.state("2026-08-31 13:00") == "UNPLACED"
    assert tale.state("2026-09-29 00:00") == "OUT_OF_SIGHT"


def test_a_combined_route_attends_from_either_side() -> None:
    tale = listed(combinedRoute=True)
    tale.tell("attendance.present", "2025-11-10", "99VA", voSite="99VA00", date="2025-11-10")
    assert tale.state("2025-11-11") == "ATTENDING"


def test_every_flag_of_these_facts() -> None:
    tale = listed(vulnerable=True, hasStartkwalificatie=True)
    tale.applied("2026-02-02", mbo="99MB", seq=1)
    tale.applied("2026-02-03", mbo="99MB", no=2, seq=1)
    tale.applied("2026-02-03", "INTAKE_DONE", mbo="99MB", no=2, seq=1)
    flags = tale.projection("2026-02-24").flags
    assert flags == ("qualified", "vulnerable", "out_of_region", "feedback_overdue", "conflict")


def test_feedback_is_overdue_after_fifteen_working_days() -> None:
    tale = listed()
    tale.applied("2026-03-02")
    assert tale.projection("2026-03-23 23:59").flags == ()
    assert tale.projection("2026-03-24 00:00").flags == ("feedback_overdue",)


def test_a_home_abroad_is_never_out_of_region() -> None:
    tale = listed(municipality="0000")
    tale.applied("2026-02-02", mbo="99MB")
    assert tale.projection("2026-02-03").flags == ()


def test_the_next_change_is_the_next_date_that_matters() -> None:
    tale = enrolled()
    assert local(tale.projection("2026-07-20").next_change) == "2026-08-01 00:00"
    assert local(tale.projection("2026-08-03").next_change) == "2026-08-24 00:00"
    assert local(tale.projection("2026-08-24").next_change) == "2026-08-31 00:00"
    assert local(tale.projection("2026-08-31").next_change) == "2026-09-21 00:00", "four weeks gone"
    assert local(tale.projection("2026-09-21").next_change) == "2027-07-31 00:00"


def test_two_sources_may_speak_of_one_application() -> None:
    tale = listed()
    tale.applied("2026-03-02", seq=9)
    tale.applied("2026-03-03", "OFFERED", seq=1, source=OTHER_SOURCE)
    assert tale.state("2026-03-04") == "OFFERED"


def test_nothing_known_is_out_of_sight() -> None:
    assert project(Picture(), 2026, WORLD, moment("2026-03-01")).state == "OUT_OF_SIGHT"


def test_a_municipality_that_ends_is_a_date_that_matters() -> None:
    home = replace(WORLD.reference.municipalities["0957"], valid_to=date(2025, 12, 31))
    homes = dict(WORLD.reference.municipalities) | {"0957": home}
    world = replace(WORLD, reference=replace(WORLD.reference, municipalities=homes))
    assert local(listed().projection("2025-12-01", world).next_change) == "2026-01-01 00:00"


def test_who_is_out_of_sight_is_looked_at_again_on_the_day_of_a_sign_that_lies_ahead() -> None:
    tale = Tale()
    tale.listed("2025-11-03")
    tale.left("2026-03-02", "2026-03-06", reason="OTHER")
    tale.register("2026-05-04", "STARTKWALIFICATIE", since="2026-06-15")
    shown = tale.projection("2026-05-05")
    assert (shown.state, local(shown.next_change)) == ("OUT_OF_SIGHT", "2026-06-15 00:00")
    assert tale.state("2026-06-15") == "UNPLACED"
