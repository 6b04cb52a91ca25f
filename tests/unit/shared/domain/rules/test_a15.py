"""A15: removed from school."""

from __future__ import annotations

from typing import Any

import pytest

from tests.tale import Tale, alerts, local, the_alert, the_case


def removed(end: str = "2026-03-06", told: str = "2026-03-09 10:30", **fields: Any) -> Tale:
    tale = Tale()
    tale.listed("2025-11-03", expectedDestination="ABROAD", **fields)
    tale.left(told, end, "REMOVED")
    return tale


def removed_from_mbo() -> Tale:
    tale = Tale()
    tale.listed("2025-11-03", expectedDestination="ABROAD")
    tale.left("2026-07-06", "2026-07-31")
    tale.started("2026-07-06")
    tale.present("2026-08-24")
    tale.ended("2026-09-12 14:00", "2026-09-11", "REMOVED")
    return tale


def test_it_fires_at_once_and_opens_a_case_at_the_desk_of_the_age() -> None:
    learner = removed().walk("2026-03-09 10:30").learner
    alert = the_alert(learner, "A15")
    assert local(alert.raised_at) == "2026-03-09 10:30"
    assert (alert.severity, alert.level, alert.figures) == ("HIGH", 2, {"end": "2026-03-06"})
    assert [(one.role, one.kind, one.region) for one in alert.recipients] == [
        ("leerplicht_desk", "first", "38")
    ]
    assert (the_case(learner).opened_by, the_case(learner).status) == ("A15", "NEW")


def test_who_is_of_age_belongs_to_the_rmc_desk() -> None:
    learner = removed(birthDate="2008-01-01").walk("2026-03-10").learner
    assert the_alert(learner, "A15").recipients[0].role == "rmc_desk"


def test_the_school_tells_before_the_last_day() -> None:
    learner = removed(end="2026-03-31").walk("2026-03-09 10:30").learner
    assert alerts(learner) == [("A15", "RAISED", "2026-03-09 10:30", None)]


def test_an_institution_removes_too_also_on_a_saturday() -> None:
    alert = the_alert(removed_from_mbo().walk("2026-09-12 14:00").learner, "A15")
    assert (local(alert.raised_at), alert.parties) == ("2026-09-12 14:00", {"org": "99MA"})


def test_another_reason_is_no_removal() -> None:
    tale = removed()
    tale.arrivals.pop()
    tale.left("2026-03-09", "2026-03-06", "OTHER_VO")
    assert not [one for one in alerts(tale.walk("2026-03-30").learner) if one[0] == "A15"]


def test_a_new_enrolment_that_is_told_ends_it() -> None:
    tale = removed()
    tale.started("2026-05-11", start="2026-08-24")
    alert = the_alert(tale.walk("2026-05-12").learner, "A15")
    assert (alert.how, alert.resolved_kind) == ("AUTO", "mbo.enrolment.started")


def test_a_list_of_another_school_ends_it() -> None:
    tale = removed()
    tale.listed("2026-03-16", site="99VB00", expectedDestination="ABROAD")
    assert the_alert(tale.walk("2026-03-17").learner, "A15").how == "AUTO"


def test_a_list_of_another_school_from_before_does_not_prevent_it() -> None:
    tale = removed()
    tale.listed("2025-10-06", site="99VB00", expectedDestination="ABROAD")
    assert the_alert(tale.walk("2026-03-10").learner, "A15").open


def test_an_enrolment_that_was_known_ends_it_when_it_begins() -> None:
    tale = removed()
    tale.started("2026-03-02", start="2026-08-24")
    assert the_alert(tale.walk("2026-08-23 23:00").learner, "A15").open
    alert = the_alert(tale.walk("2026-08-24 00:00").learner, "A15")
    assert (alert.how, local(alert.resolved_at)) == ("AUTO", "2026-08-24 00:00")


def test_who_is_enrolled_elsewhere_by_then_needs_no_desk() -> None:
    tale = Tale()
    tale.listed("2025-11-03", expectedDestination="ABROAD")
    tale.started("2026-07-06")
    tale.present("2026-08-24")
    tale.left("2026-09-07", "2026-08-31", "REMOVED")
    assert alerts(tale.walk("2026-09-08").learner) == []


def test_an_enrolment_that_ended_before_is_no_place() -> None:
    tale = removed_from_mbo()
    tale.started("2026-07-06", mbo="99MB", no="E2")
    tale.ended("2026-09-01", "2026-08-31", mbo="99MB", no="E2")
    assert the_alert(tale.walk("2026-09-12 14:00").learner, "A15").open


def test_a_second_number_at_the_same_institution_is_the_same_place() -> None:
    tale = removed_from_mbo()
    tale.started("2026-07-06", no="E2")
    assert the_alert(tale.walk("2026-09-12 14:00").learner, "A15").open


def test_a_retraction_and_another_reason_take_it_back() -> None:
    retracted = removed()
    wrong = retracted.arrivals[-1].version.event_id
    retracted.retract("2026-03-10", wrong, sender="99VA")
    changed = removed()
    changed.left("2026-03-10", "2026-03-06", "OTHER_VO")
    for tale in (retracted, changed):
        assert the_alert(tale.walk("2026-03-11").learner, "A15").how == "CORRECTED"
        assert the_case(tale.walk("2026-03-11").learner).closed_reason == "CORRECTED"


def test_another_last_day_is_the_same_removal() -> None:
    tale = removed()
    tale.left("2026-03-10", "2026-03-13", "REMOVED")
    assert [one[:2] for one in alerts(tale.walk("2026-03-11").learner)] == [("A15", "RAISED")]


def test_a_second_removal_is_a_new_episode() -> None:
    tale = removed()
    tale.started("2026-05-11", start="2026-08-24")
    tale.present("2026-08-24")
    tale.ended("2026-10-05", "2026-10-02", "REMOVED")
    found = [one for one in tale.walk("2026-10-05").learner.alerts if one.code == "A15"]
    assert [(one.episode, one.status) for one in found] == [(1, "RESOLVED"), (2, "RAISED")]


@pytest.mark.parametrize("reason", ["7", "DIPLOMA"])
def test_an_old_removal_does_not_come_back_when_the_new_place_ends(reason: str) -> None:
    tale = removed()
    tale.started("2026-05-11", start="2026-08-24")
    tale.present("2026-08-24")
    tale.ended("2026-10-05", "2026-10-02", reason)
    found = [one for one in tale.walk("2026-10-06").learner.alerts if one.code == "A15"]
    assert [(one.episode, one.how) for one in found] == [(1, "AUTO")]


def test_a_place_that_never_began_is_none() -> None:
    tale = removed()
    tale.started("2026-05-11", start="2026-08-24")
    tale.ended("2026-06-08", "2026-06-05")
    found = [one for one in tale.walk("2026-06-08").learner.alerts if one.code == "A15"]
    assert [(one.episode, one.status) for one in found] == [(1, "RESOLVED"), (2, "RAISED")]


def test_nothing_is_raised_once_the_transition_is_closed() -> None:
    assert removed(told="2027-08-02", end="2027-07-30").walk("2027-08-03").learner.alerts == ()
