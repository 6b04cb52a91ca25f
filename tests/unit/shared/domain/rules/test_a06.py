"""A06: an open application of which the institution says nothing."""

from __future__ import annotations

from typing import Any

import pytest

from shared.domain.words import explain
from tests.tale import WORLD, Tale, act, alerts, alerts_of, local, the_alert, the_case

WEST, FAR = "app:99MA:00000001", "app:99MB:00000002"


def applied(first: str = "2026-03-02", status: str = "RECEIVED", **fields: Any) -> Tale:
    """Listed in autumn by a school in Roermond, one application at ROC West in the same region."""
    tale = Tale()
    tale.listed("2025-11-03", **({"expectedDestination": "ABROAD"} | fields))
    tale.applied(first, status, seq=1)
    return tale


def raised(tale: Tale, until: str) -> list[str | None]:
    return [at for _, _, at, _ in alerts_of(tale.walk(until).learner, "A06")]


@pytest.mark.parametrize(
    ("news", "moment", "why"),
    [
        ("2025-11-03", "2025-11-25 06:00", "fifteen, also in the autumn before"),
        ("2026-03-02", "2026-03-24 06:00", "fifteen"),
        ("2026-05-29", "2026-06-22 06:00", "fifteen, the term of the day of the news; 19 June is a Friday"),
        ("2026-06-01", "2026-06-16 06:00", "ten from 1 June"),
        ("2026-08-31", "2026-09-15 06:00", "ten"),
        ("2026-09-01", "2026-09-09 06:00", "five from 1 September"),
    ],
)
def test_the_term_runs_from_the_last_step(news: str, moment: str, why: str) -> None:
    tale = applied(news)
    assert raised(tale, moment.replace("06:00", "05:59")) == [], why
    assert raised(tale, moment) == [moment], why


def test_it_says_what_it_says() -> None:
    learner = applied().walk("2026-03-24 06:00").learner
    alert = the_alert(learner, "A06")
    assert (alert.severity, alert.level, alert.ground) == ("LOW", 0, WEST)
    assert alert.figures == {"date": "2026-03-02", "days": 15}
    assert [(one.role, one.kind, one.org) for one in alert.recipients] == [
        ("mbo_institution", "first", "99MA")
    ]
    assert explain(alert, WORLD).why == "Sinds 2 maart 2026 kwam er 15 werkdagen geen nieuws van ROC West."
    assert learner.standings[2026].flags == ("feedback_overdue",)


def test_each_application_has_its_own() -> None:
    tale = applied()
    tale.applied("2026-03-09", mbo="99MB", no=2)
    learner = tale.walk("2026-04-01").learner
    assert {(one.ground, local(one.raised_at)) for one in learner.alerts} == {
        (WEST, "2026-03-24 06:00"),
        (FAR, "2026-03-31 06:00"),
    }


def test_out_of_the_region_it_is_more_pressing_and_the_broker_at_home_hears_of_it() -> None:
    """Roermond lies in region 38, ROC Ver in Eindhoven, region 37; the alert belongs to 38."""
    tale = applied()
    tale.applied("2026-03-02", mbo="99MB", no=2)
    near, far = sorted(tale.walk("2026-03-24 06:00").learner.alerts, key=lambda one: one.ground)
    assert (near.severity, len(near.recipients)) == ("LOW", 1)
    assert (far.severity, far.region) == ("MED", "38")
    assert [(one.role, one.kind, one.org or one.region) for one in far.recipients] == [
        ("mbo_institution", "first", "99MB"),
        ("vsv_broker", "cc", "38"),
    ]


def test_who_has_no_home_is_never_out_of_the_region() -> None:
    tale = Tale()
    tale.applied("2026-03-02", mbo="99MB")
    alert = the_alert(tale.walk("2026-03-24 06:00").learner, "A06")
    assert (alert.severity, alert.region, len(alert.recipients)) == ("LOW", "37", 1)


@pytest.mark.parametrize("status", ["PLACED_PROVISIONAL", "OFFERED", "WITHDRAWN", "INTEREST"])
def test_only_an_open_application_without_an_offer_awaits_news(status: str) -> None:
    assert raised(applied(status=status), "2026-06-30") == []


@pytest.mark.parametrize("status", ["INTAKE_PLANNED", "OFFERED", "NOT_ENROLLABLE", "ENROLLED"])
def test_any_newer_status_ends_it(status: str) -> None:
    tale = applied()
    tale.applied("2026-03-30", status, seq=2)
    assert alerts_of(tale.walk("2026-03-30").learner, "A06") == [
        ("A06", "RESOLVED", "2026-03-24 06:00", "AUTO")
    ]


def test_a_second_step_of_the_same_day_is_news_too() -> None:
    tale = applied()
    tale.applied("2026-03-30", "INTAKE_PLANNED", seq=2, statusDate="2026-03-02")
    learner = tale.walk("2026-03-31 06:00").learner
    assert alerts_of(learner, "A06") == [
        ("A06", "RESOLVED", "2026-03-24 06:00", "AUTO"),
        ("A06", "RAISED", "2026-03-31 06:00", None),
    ], "and again too old when it comes"
    assert the_alert(learner, "A06").because == ("e3",)


def test_a_step_from_before_is_no_news() -> None:
    tale = applied()
    tale.applied("2026-03-30", "WAITLISTED", seq=2, statusDate="2026-02-23")
    assert alerts_of(tale.walk("2026-04-30").learner, "A06") == [("A06", "RAISED", "2026-03-24 06:00", None)]


def test_news_elsewhere_is_no_news_here() -> None:
    tale = applied()
    tale.applied("2026-03-30", "OFFERED", mbo="99MB", no=2)
    assert the_alert(tale.walk("2026-04-30").learner, "A06").open


def test_silence_after_the_news_is_a_new_episode() -> None:
    """30 March and fifteen working days, the two days of Easter out: 22 April."""
    tale = applied()
    tale.applied("2026-03-30", "INTAKE_PLANNED", seq=2)
    learner = tale.walk("2026-04-23 06:00").learner
    assert alerts_of(learner, "A06") == [
        ("A06", "RESOLVED", "2026-03-24 06:00", "AUTO"),
        ("A06", "RAISED", "2026-04-23 06:00", None),
    ]
    alert = the_alert(learner, "A06")
    assert (alert.episode, alert.ground, alert.figures["date"]) == (2, WEST, "2026-03-30")


def test_an_enrolment_that_takes_it_up_is_an_answer_and_it_waits_no_longer() -> None:
    tale = applied("2026-05-18")
    tale.started("2026-06-15", applicationRef="99MA:00000001")
    assert alerts_of(tale.walk("2026-07-31").learner, "A06") == [
        ("A06", "RESOLVED", "2026-06-10 06:00", "AUTO")
    ]
    assert tale.projection("2026-07-31").flags == ()
    before = applied("2026-05-18")
    before.started("2026-06-01")
    assert raised(before, "2026-07-31") == []


def test_that_the_news_was_a_mistake_brings_it_back() -> None:
    soon, late = applied(), applied()
    for tale, day in ((soon, "2026-03-31"), (late, "2026-04-07")):
        wrong = tale.applied("2026-03-30 13:00", "INTAKE_PLANNED", seq=2)
        tale.retract(f"{day} 09:00", wrong)
    assert alerts_of(soon.walk("2026-03-31").learner, "A06") == [
        ("A06", "RAISED", "2026-03-24 06:00", None)
    ], "within a day the same goes on"
    assert alerts_of(late.walk("2026-04-08").learner, "A06") == [
        ("A06", "RESOLVED", "2026-03-24 06:00", "AUTO"),
        ("A06", "RAISED", "2026-04-08 06:00", None),
    ]


def test_news_that_contradicts_itself_is_none_and_the_silence_goes_on() -> None:
    """Two messages with one number: neither counts, so the alert of before is open again."""
    tale = applied()
    tale.applied("2026-03-30", "INTAKE_PLANNED", seq=2)
    tale.applied("2026-04-01", "INTAKE_DONE", seq=2, occurred="2026-03-30 10:00", statusDate="2026-03-30")
    learner = tale.walk("2026-04-02 06:00").learner
    assert alerts_of(learner, "A06") == [("A06", "RAISED", "2026-03-24 06:00", None)]
    assert the_alert(learner, "A06").episode == 1


def test_that_there_never_was_an_application_makes_it_void() -> None:
    tale = applied()
    tale.retract("2026-03-30", tale.arrivals[-1].version.event_id)
    assert alerts_of(tale.walk("2026-04-30").learner, "A06") == [
        ("A06", "RESOLVED", "2026-03-24 06:00", "CORRECTED")
    ]


def test_an_application_whose_word_is_in_doubt_leaves_it_open() -> None:
    tale = applied()
    tale.applied("2026-03-30", "INTAKE_DONE", seq=1)
    assert alerts_of(tale.walk("2026-04-30").learner, "A06") == [("A06", "RAISED", "2026-03-24 06:00", None)]


def test_it_stands_apart_from_stronger_alerts() -> None:
    tale = applied()
    tale.exam("2026-06-15")
    assert [(code, how) for code, _, _, how in alerts(tale.walk("2026-07-10 06:00").learner)] == [
        ("A06", None),
        ("A03", "SUPERSEDED"),
        ("A07", None),
    ]


def test_nobody_answers_so_it_goes_to_the_broker_then_to_the_desk_as_a_case() -> None:
    learner = applied().walk("2026-04-30").learner
    steps = [(one.level, one.role, local(one.at)) for one in the_alert(learner, "A06").escalations]
    assert steps == [
        (1, "vsv_broker", "2026-04-01 06:00"),
        (2, "leerplicht_desk", "2026-04-13 06:00"),
        (3, "region_coordinator", "2026-04-21 06:00"),
    ]
    assert local(the_case(learner).opened_at) == "2026-04-13 06:00"


def test_picked_up_by_the_broker_it_stays_there() -> None:
    picked = act("2026-04-02", "acknowledge", "A06", role="vsv_broker")
    learner = applied().walk("2026-04-30", picked).learner
    assert (the_alert(learner, "A06").level, learner.cases) == (1, ())
