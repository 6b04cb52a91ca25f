"""The weekly word of the register: independent proof where an institution is silent."""

from __future__ import annotations

from typing import Any

from tests.tale import Tale, alerts, local, the_alert, the_case


def left_vo(**fields: Any) -> Tale:
    tale = Tale()
    tale.listed("2025-11-03", expectedDestination="ABROAD", **fields)
    tale.left("2026-07-06", "2026-07-31")
    return tale


def codes(tale: Tale, until: str) -> list[str]:
    return [one[0] for one in alerts(tale.walk(until).learner)]


def test_it_proves_an_enrolment_of_which_the_institution_is_silent() -> None:
    silent, proven = left_vo(), left_vo()
    proven.register("2026-09-14", "ENROLMENT_ADDED", since="2026-09-07", mbo="99MB")
    assert silent.state("2026-09-15") == "OUT_OF_SIGHT"
    assert proven.state("2026-09-15") == "ENROLLED"
    assert "A09" not in codes(proven, "2026-10-12")


def test_its_enrolment_ends_what_was_open() -> None:
    tale = left_vo()
    tale.register("2026-09-14", "ENROLMENT_ADDED", since="2026-09-07", mbo="99MB")
    alert = the_alert(tale.walk("2026-09-14").learner, "A10")
    assert (alert.how, alert.resolved_kind) == ("AUTO", "register.delta")


def test_who_was_not_seen_there_does_not_show_up_there_either() -> None:
    tale = left_vo()
    tale.register("2026-08-31", "ENROLMENT_ADDED", since="2026-08-24")
    assert tale.state("2026-08-31") == "NO_SHOW"
    tale.present("2026-09-01")
    assert tale.state("2026-09-01") == "ATTENDING"


def test_it_tells_that_an_enrolment_ended() -> None:
    tale = left_vo()
    tale.started("2026-07-06")
    tale.present("2026-08-24")
    tale.register("2026-09-28", "ENROLMENT_ENDED", since="2026-09-21")
    assert tale.state("2026-09-28") == "DROPPED_OUT"
    alert = the_alert(tale.walk("2026-09-29 06:00").learner, "A14")
    assert alert.figures == {"end": "2026-09-20", "deadline": "2026-09-25"}
    assert local(alert.raised_at) == "2026-09-29 06:00"


def test_a_basic_qualification_ends_what_a_leaver_had() -> None:
    tale = left_vo(birthDate="2008-01-01")
    tale.started("2026-07-06")
    tale.present("2026-08-24")
    tale.ended("2026-09-10", "2026-09-10")
    told = tale.register("2026-09-21", "STARTKWALIFICATIE", since="2026-07-15", mbo=None)
    learner = tale.walk("2026-09-21").learner
    alert = the_alert(learner, "A14")
    assert (alert.how, alert.resolved_by) == ("AUTO", told)
    assert the_case(learner).closed_reason == "RESOLVED_BEFORE_CONTACT"
    assert "qualified" in learner.standings[2026].flags
    assert codes(tale, "2026-12-01") == ["A14"]


def test_a_death_closes_and_lets_everything_expire() -> None:
    tale = left_vo()
    tale.register("2026-09-14", "DECEASED", since="2026-09-10", mbo=None)
    learner = tale.walk("2026-09-14").learner
    assert learner.standings[2026].state == "CLOSED"
    assert {one.how for one in learner.alerts} == {"SUPERSEDED", "EXPIRED"}


def test_a_move_is_a_sign_of_life_and_names_no_home() -> None:
    tale = left_vo()
    tale.register("2026-09-14", "MOVED", since="2026-09-01", mbo=None)
    now = tale.situation("2026-09-14")
    assert now.sign is not None
    assert (now.sign.version.kind, now.home and now.home.municipality) == ("register.delta", "0957")
    assert tale.state("2026-09-14") == "UNPLACED"
