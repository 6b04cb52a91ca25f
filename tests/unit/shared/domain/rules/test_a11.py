"""A11: sixteen hours in four lesson weeks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from shared.domain.learner import Learner
from shared.domain.words import explain
from tests.tale import WORLD, Tale, act, cases, local, moment, the_alert


def minor(**fields: Any) -> Tale:
    """Seventeen in September 2026, enrolled at 99MA, where lessons began on 24 August."""
    tale = Tale()
    tale.listed("2025-11-03", expectedDestination="ABROAD", **({"birthDate": "2009-11-20"} | fields))
    tale.left("2026-07-06", "2026-07-31")
    tale.started("2026-07-06")
    tale.present("2026-08-24 09:00")
    return tale


def missed(hours: dict[str, float], **fields: Any) -> Tale:
    """So many unauthorised hours on each day, and seen in every week."""
    tale = minor(**fields)
    for week in range(12):
        tale.present(local(moment("2026-08-31 09:00") + timedelta(weeks=week)) or "")
    for day, count in hours.items():
        tale.absent(f"{day} 16:00", hours=count)
    return tale


def raised(learner: Learner) -> list[str | None]:
    return [local(one.raised_at) for one in learner.alerts if one.code == "A11"]


@pytest.mark.parametrize(
    ("hours", "at"),
    [
        ({"2026-09-07": 4, "2026-09-14": 4, "2026-09-21": 4, "2026-09-28": 4}, "2026-09-28 16:00"),
        ({"2026-10-05": 4, "2026-10-12": 4, "2026-10-26": 4, "2026-11-02": 4}, "2026-11-02 16:00"),
        ({"2026-09-07": 8, "2026-10-05": 8}, None),
        ({"2026-09-07": 8, "2026-09-28": 8}, "2026-09-28 16:00"),
        ({"2026-09-07": 15.5}, None),
        ({"2026-09-07": 16}, "2026-09-07 16:00"),
    ],
    ids=["4,4,4,4", "4,4,holiday,4,4", "8,0,0,0,8", "8,0,0,8", "less than 16", "16 at once"],
)
def test_hours_per_lesson_week(hours: dict[str, float], at: str | None) -> None:
    assert raised(missed(hours).walk("2026-11-16").learner) == ([at] if at else [])


def test_it_fires_at_once_for_the_desk_with_copies_and_without_a_case() -> None:
    learner = missed({"2026-09-07": 8, "2026-09-12": 0, "2026-09-15": 8.5}).walk("2026-09-15 16:00").learner
    alert = the_alert(learner, "A11")
    assert local(alert.raised_at) == "2026-09-15 16:00"
    assert alert.figures == {"beginDate": "2026-09-07", "endDate": "2026-09-15", "hours": 16.5}
    assert (alert.ground, alert.level, alert.severity, alert.duty) == ("99MA:E1", 2, "MED", True)
    assert [(one.role, one.kind, one.org or one.region) for one in alert.recipients] == [
        ("leerplicht_desk", "first", "38"),
        ("vsv_broker", "cc", "38"),
        ("mbo_institution", "cc", "99MA"),
    ]
    assert len(alert.because) == 2, "the day without hours is no evidence"
    assert cases(learner) == []
    assert explain(alert, WORLD).why == (
        "ROC West meldde 16,5 uur ongeoorloofd verzuim van 7 september 2026 t/m 15 september 2026; "
        "de grens is 16."
    )
    assert "reported 16.5 unauthorised hours" in explain(alert, WORLD, "en").why


def test_its_default_step_brings_a_case() -> None:
    """Five working days from Tuesday 15 September end on the 22nd."""
    learner = missed({"2026-09-15": 16}).walk("2026-09-23 06:00").learner
    assert [(one.level, local(one.at)) for one in the_alert(learner, "A11").escalations] == [
        (3, "2026-09-23 06:00")
    ]
    assert cases(learner) == [("NEW", "2026-09-23 06:00")]


def test_who_picks_it_up_keeps_it_from_becoming_a_case() -> None:
    step = missed({"2026-09-15": 16}).walk(
        "2026-09-30", act("2026-09-16", "acknowledge", "A11", role="leerplicht_desk")
    )
    assert cases(step.learner) == []


@pytest.mark.parametrize("status", ["G", "K", "I"])
def test_a_report_that_is_done_ends_it(status: str) -> None:
    tale = missed({"2026-09-15": 16})
    tale.report("2026-09-17", "R", "2026-09-15", endDate="2026-09-15", seq=1)
    tale.report("2026-09-21", "B", "2026-09-15", endDate="2026-09-15", seq=2)
    assert the_alert(tale.walk("2026-09-22").learner, "A11").open
    done = tale.report("2026-09-24", status, "2026-09-15", endDate="2026-09-15", seq=3)
    alert = the_alert(tale.walk("2026-11-02").learner, "A11")
    assert (alert.how, local(alert.resolved_at), alert.resolved_by) == ("AUTO", "2026-09-24 12:00", done)


@pytest.mark.parametrize("other", [{"type": "O"}, {"no": "E2"}])
def test_a_report_on_something_else_does_not(other: dict[str, Any]) -> None:
    tale = missed({"2026-09-15": 16})
    tale.report("2026-09-24", "G", "2026-09-15", **other)
    assert the_alert(tale.walk("2026-09-25").learner, "A11").open


def test_four_lesson_weeks_without_new_hours_end_it() -> None:
    """The weeks of 21 and 28 September, 5 and 12 October; new hours in the third count anew."""
    alert = the_alert(missed({"2026-09-15": 16}).walk("2026-10-19 00:00").learner, "A11")
    assert (alert.how, local(alert.resolved_at)) == ("AUTO", "2026-10-19 00:00")
    again = missed({"2026-09-15": 16, "2026-10-08": 1})
    alert = the_alert(again.walk("2026-12-31").learner, "A11")
    assert local(alert.resolved_at) == "2026-11-16 00:00", "the week of 19 October has no lessons"


def test_old_hours_are_no_ground_again_when_a_new_one_comes() -> None:
    tale = missed({"2026-09-15": 16, "2026-11-02": 2})
    assert raised(tale.walk("2026-12-31").learner) == ["2026-09-15 16:00"]


def test_counting_restarts_the_day_after() -> None:
    """Twelve hours are left of the second day's when the first report is done; four more make sixteen."""
    tale = missed({"2026-09-14": 8, "2026-09-15": 8, "2026-09-28": 12})
    tale.report("2026-09-29", "G", "2026-09-14", endDate="2026-09-15")
    assert raised(tale.walk("2026-10-01").learner) == ["2026-09-15 16:00"]
    tale.absent("2026-10-05 16:00", hours=4)
    learner = tale.walk("2026-10-06").learner
    assert raised(learner) == ["2026-09-15 16:00", "2026-10-05 16:00"]
    alert = the_alert(learner, "A11")
    assert (alert.episode, alert.figures["beginDate"], alert.figures["hours"]) == (2, "2026-09-28", 16)


def test_of_absence_that_goes_on_one_report_in_seven_days() -> None:
    """Away from Monday 14 September on: reached on the 15th, and not again before the 22nd."""
    tale = minor()
    for day in ("14", "15", "16", "17", "18", "21"):
        tale.absent(f"2026-09-{day} 16:00")
    tale.report("2026-09-15 18:00", "G", "2026-09-14", endDate="2026-09-15")
    assert raised(tale.walk("2026-09-21 23:00").learner) == ["2026-09-15 16:00"]
    tale.absent("2026-09-22 16:00")
    learner = tale.walk("2026-09-23").learner
    assert raised(learner) == ["2026-09-15 16:00", "2026-09-22 16:00"]
    assert the_alert(learner, "A11").figures == {
        "beginDate": "2026-09-16",
        "endDate": "2026-09-22",
        "hours": 40,
    }


@pytest.mark.parametrize("between", ["seen", "a day without a word"])
def test_absence_that_was_broken_off_counts_at_once(between: str) -> None:
    tale = minor()
    for day in ("14", "15", "17", "18"):
        tale.absent(f"2026-09-{day} 16:00")
    if between == "seen":
        tale.absent("2026-09-16 16:00", hours=0, authorised=4)
        tale.present("2026-09-16")
    tale.report("2026-09-15 18:00", "G", "2026-09-14", endDate="2026-09-15")
    assert raised(tale.walk("2026-09-18 23:00").learner) == ["2026-09-15 16:00", "2026-09-18 16:00"]


def test_from_the_18th_birthday_on_no_hours_count() -> None:
    """Eight hours on the day before and eight on the birthday are no sixteen."""
    tale = missed({"2026-09-14": 8, "2026-09-15": 8}, birthDate="2008-09-15")
    assert raised(tale.walk("2026-10-01").learner) == []
    before = missed({"2026-09-11": 8, "2026-09-14": 8}, birthDate="2008-09-15")
    learner = before.walk("2026-10-01").learner
    assert raised(learner) == ["2026-09-14 16:00"]
    assert the_alert(learner, "A11").open, "what was reached under 18 still has to be reported"


def test_who_has_no_duty_or_no_age_gets_none() -> None:
    qualified = missed({"2026-09-15": 16}, hasStartkwalificatie=True)
    assert raised(qualified.walk("2026-10-01").learner) == []
    unknown = Tale()
    unknown.started("2026-07-06")
    unknown.absent("2026-09-15", hours=16)
    assert raised(unknown.walk("2026-10-01").learner) == []


def test_a_special_school_leaver_keeps_it_without_duty() -> None:
    alert = the_alert(missed({"2026-09-15": 16}, voType="PRO").walk("2026-09-16").learner, "A11")
    assert alert.duty is False


def test_hours_in_vo_are_those_of_the_school() -> None:
    tale = Tale()
    tale.listed("2025-11-03", expectedDestination="VO")
    tale.absent("2026-01-12", hours=16, voSite="99VA00")
    alert = the_alert(tale.walk("2026-01-13").learner, "A11")
    assert alert.ground == "99VA00"
    last = alert.recipients[-1]
    assert (last.role, last.kind, last.org, last.site) == ("vo_school", "cc", "99VA", "99VA00")
    assert explain(alert, WORLD).why.startswith("Vmbo Oost meldde 16 uur")


def test_hours_that_were_a_mistake_take_it_back() -> None:
    tale = minor()
    tale.absent("2026-09-15", hours=16, seq=1)
    tale.absent("2026-09-16", hours=2, authorised=14, date="2026-09-15", seq=2)
    assert the_alert(tale.walk("2026-09-17").learner, "A11").how == "CORRECTED"


def test_a_report_that_is_withdrawn_as_a_mistake_within_a_day_opens_it_again() -> None:
    tale = missed({"2026-09-15": 16})
    done = tale.report("2026-09-17", "G", "2026-09-15")
    tale.retract("2026-09-17 18:00", done)
    alert = the_alert(tale.walk("2026-09-18").learner, "A11")
    assert (alert.open, alert.episode) == (True, 1)


def test_later_news_that_leaves_nothing_of_it_ends_it() -> None:
    tale = missed({"2026-09-15": 16})
    tale.register("2026-09-21", "STARTKWALIFICATIE", "2026-07-01")
    alert = the_alert(tale.walk("2026-09-22").learner, "A11")
    assert (alert.how, local(alert.resolved_at)) == ("AUTO", "2026-09-21 12:00")


def test_the_flag_follows_the_facts() -> None:
    tale = missed({"2026-09-15": 16})
    assert "absence_16h" not in tale.projection("2026-09-15 15:00").flags
    assert "absence_16h" in tale.projection("2026-09-16").flags
    assert "absence_16h" in tale.projection("2026-10-18 23:00").flags
    assert "absence_16h" not in tale.projection("2026-10-19 00:00").flags
    tale.report("2026-09-17", "K", "2026-09-15")
    assert "absence_16h" not in tale.projection("2026-09-18").flags


def test_hours_of_two_enrolments_do_not_add_up() -> None:
    tale = missed({"2026-09-07": 8, "2026-09-14": 7})
    tale.started("2026-07-06", no="E2")
    tale.present("2026-08-31", no="E2")
    tale.absent("2026-09-15 16:00", hours=8, no="E2")
    assert raised(tale.walk("2026-11-20").learner) == []
    tale.absent("2026-09-22 16:00", hours=8, no="E2")
    assert raised(tale.walk("2026-11-20").learner) == ["2026-09-22 16:00"]
