"""What becomes of alerts: order, episodes, corrections and steps."""

from __future__ import annotations

from typing import Any

import pytest

from shared.domain.decide import LADDER, is_silenced, morning_after
from shared.domain.rules import RULES
from tests.tale import Tale, act, alerts, alerts_of, local, moment, the_alert


def expected(**fields: Any) -> Tale:
    tale = Tale()
    tale.listed("2025-11-03", **fields)
    return tale


def no_show() -> Tale:
    tale = Tale()
    tale.started("2026-07-06")
    tale.moved("2026-07-06", "0957", since="2026-07-06")
    return tale


def steps(tale: Tale, until: str, code: str, *actions: object) -> list[tuple[int, str | None]]:
    learner = tale.walk(until, *actions).learner  # type: ignore[arg-type]
    return [(one.level, local(one.at)) for one in the_alert(learner, code).escalations]


def test_a_working_morning_is_always_later_than_the_moment() -> None:
    assert local(morning_after(moment("2026-04-10 05:59"))) == "2026-04-10 06:00"
    assert local(morning_after(moment("2026-04-10 06:00"))) == "2026-04-13 06:00"


def test_every_rule_in_force_has_its_place() -> None:
    """What stands apart silences nothing and is silenced by nothing (ruling 7)."""
    apart = {"A06", "A11", "A12", "A13", "A15", "A16", "A18", "A20"}
    assert set(RULES) <= set(LADDER) | apart
    assert not apart & set(LADDER)


def test_nobody_acts_so_it_steps_up_after_five_working_days_each() -> None:
    """King's Day is no working day, so the second term ends on 29 April."""
    assert steps(expected(), "2026-05-31", "A02") == [(2, "2026-04-21 06:00"), (3, "2026-04-30 06:00")]


def test_high_severity_steps_up_after_two() -> None:
    tale = expected(expectedDestination="ABROAD")
    tale.exam("2026-06-15")
    assert steps(tale, "2026-08-01", "A07") == [(2, "2026-07-15 06:00"), (3, "2026-07-20 06:00")]


def test_picking_up_in_time_stops_the_steps() -> None:
    assert steps(expected(), "2026-05-31", "A02", act("2026-04-20", "acknowledge", "A02")) == []


def test_putting_off_picks_up_too() -> None:
    asked = act("2026-04-20", "snooze", "A02", until="2026-05-04")
    learner = expected().walk("2026-05-31", asked).learner
    alert = the_alert(learner, "A02")
    assert (alert.status, local(alert.snoozed_until), alert.escalations) == (
        "ACKNOWLEDGED",
        "2026-05-04 00:00",
        (),
    )


def test_of_two_that_fall_due_together_only_the_stronger_is_raised() -> None:
    """On 9 October at six both the count date and twenty days of silence are over."""
    tale = Tale()
    tale.listed("2025-11-03", expectedDestination="ABROAD")
    tale.left("2026-07-06", "2026-07-31")
    tale.started("2026-07-06")
    tale.present("2026-08-24")
    tale.ended("2026-09-10", "2026-09-10")
    codes = [(code, raised) for code, _, raised, _ in alerts(tale.walk("2026-10-30").learner)]
    assert codes == [("A14", "2026-09-18 06:00"), ("A10", "2026-10-09 06:00")]


def test_a_retraction_that_takes_the_ground_away_makes_void() -> None:
    tale = no_show()
    wrong = tale.arrivals[0].version.event_id
    tale.retract("2026-09-02", wrong)
    assert the_alert(tale.walk("2026-09-03").learner, "A08").how == "CORRECTED"


def test_a_corrected_start_makes_void_and_the_alert_comes_again_in_its_time() -> None:
    tale = Tale()
    tale.started("2026-07-06", seq=1)
    tale.moved("2026-07-06", "0957", since="2026-07-06")
    tale.started("2026-09-02", start="2026-09-14", seq=2)
    learner = tale.walk("2026-09-21 07:00").learner
    assert alerts(learner) == [
        ("A08", "RESOLVED", "2026-08-31 06:00", "CORRECTED"),
        ("A08", "RAISED", "2026-09-21 06:00", None),
    ]
    assert [one.episode for one in learner.alerts] == [1, 2]


def test_a_message_in_the_place_of_another_makes_void() -> None:
    tale = Tale()
    tale.listed("2025-11-03", expectedDestination="ABROAD")
    tale.left("2026-07-06", "2026-07-31")
    tale.started("2026-07-06")
    tale.present("2026-08-24")
    wrong = tale.ended("2026-09-10", "2026-09-10")
    tale.ended("2026-09-21", "2026-12-10", supersedes=wrong)
    assert alerts(tale.walk("2026-09-22").learner) == [("A14", "RESOLVED", "2026-09-18 06:00", "CORRECTED")]


def test_a_step_that_merely_arrives_late_is_no_correction() -> None:
    tale = expected()
    tale.applied("2026-04-20", statusDate="2026-03-20", occurred="2026-03-20 10:00")
    assert the_alert(tale.walk("2026-04-21").learner, "A02").how == "AUTO"


def test_a_correction_of_something_else_leaves_the_alert_alone() -> None:
    tale = expected(seq=1)
    tale.applied("2026-03-02", seq=1)
    tale.applied("2026-06-15", "WITHDRAWN", seq=2)
    tale.listed("2026-06-16", seq=2, vulnerable=True)
    assert alerts_of(tale.walk("2026-06-17").learner, "A03") == [("A03", "RAISED", "2026-06-09 06:00", None)]


def test_back_and_forth_within_a_day_is_the_same_episode() -> None:
    tale = no_show()
    wrong = tale.present("2026-09-01 09:00")
    tale.retract("2026-09-02 08:59", wrong)
    step = tale.walk("2026-09-02 09:00")
    assert alerts(step.learner) == [("A08", "RAISED", "2026-08-31 06:00", None)]
    assert [one.kind for one in step.happenings] == ["alert.raised", "alert.resolved", "alert.raised"]


def test_back_and_forth_after_a_day_is_a_new_episode() -> None:
    tale = no_show()
    wrong = tale.present("2026-09-01 09:00")
    tale.retract("2026-09-02 09:01", wrong)
    assert alerts(tale.walk("2026-09-03 07:00").learner) == [
        ("A08", "RESOLVED", "2026-08-31 06:00", "AUTO"),
        ("A08", "RAISED", "2026-09-03 06:00", None),
    ]


def test_what_was_picked_up_is_still_picked_up_when_it_goes_on() -> None:
    tale = no_show()
    wrong = tale.present("2026-09-01 13:00")
    tale.retract("2026-09-01 15:00", wrong)
    learner = tale.walk("2026-09-01 16:00", act("2026-09-01 10:00", "acknowledge", "A08")).learner
    assert the_alert(learner, "A08").status == "ACKNOWLEDGED"


def test_news_that_is_older_than_what_ended_it_brings_no_second_episode() -> None:
    """Out of sight, back by an application; that this one had ended long before is told later."""
    tale = Tale()
    tale.applied("2026-03-02", "WITHDRAWN")
    tale.applied("2026-04-20", no=2, seq=1)
    tale.applied(
        "2026-05-11",
        "NOT_ENROLLABLE",
        no=2,
        seq=2,
        statusDate="2026-03-10",
        occurred="2026-03-10 10:00",
    )
    learner = tale.walk("2026-05-12 07:00").learner
    assert [one.episode for one in learner.alerts if one.code == "A10"] == [1]
    assert the_alert(learner, "A10").open


def test_when_the_year_closes_what_is_open_expires() -> None:
    learner = expected().walk("2026-10-02", act("2026-04-14", "acknowledge", "A02")).learner
    alert = the_alert(learner, "A02")
    assert (alert.how, local(alert.resolved_at)) == ("EXPIRED", "2026-10-01 00:00")


def test_a_record_left_without_facts_takes_its_alerts_along() -> None:
    tale = Tale()
    wrong = tale.listed("2025-11-03")
    tale.retract("2026-05-11", wrong, sender="99VA")
    learner = tale.walk("2026-12-31").learner
    assert alerts(learner) == [("A02", "RESOLVED", "2026-04-13 06:00", "CORRECTED")]
    assert learner.standings[2026].state is None
    assert learner.next_due is None


def test_an_alert_keeps_the_policy_it_was_raised_under() -> None:
    assert the_alert(expected().walk("2026-04-14").learner, "A02").policy_version == "2026-1"


@pytest.mark.parametrize("hour", ["2026-04-13 05:59", "2026-04-13 06:00"])
def test_what_was_received_by_then_decides(hour: str) -> None:
    tale = expected()
    tale.applied(hour)
    assert tale.walk("2026-04-14").learner.alerts == ()


def test_what_stands_apart_is_never_silenced() -> None:
    alert = the_alert(expected().walk("2026-04-14").learner, "A02")
    assert is_silenced("A17", [alert])
    assert not is_silenced("A10", [alert])
    assert not is_silenced("A06", [alert])
