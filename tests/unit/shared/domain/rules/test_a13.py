"""A13: four lesson weeks without presence."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from shared.domain.advance import advance
from shared.domain.learner import Learner, stir
from shared.domain.words import explain
from shared.domain.world import PublishedCalendar
from tests.tale import WORLD, Tale, alerts, cases, local, moment, the_alert


def enrolled(seen: str = "2026-08-24", **fields: Any) -> Tale:
    """At 99MA, where lessons began on 24 August 2026; seen in the first week."""
    tale = Tale()
    tale.listed("2025-11-03", **({"expectedDestination": "ABROAD"} | fields))
    tale.left("2026-07-06", "2026-07-31")
    tale.started("2026-07-06")
    if seen:
        tale.present(seen)
    return tale


def raised(learner: Learner) -> list[str | None]:
    return [local(one.raised_at) for one in learner.alerts if one.code == "A13"]


def test_it_is_raised_on_the_monday_after_the_fourth_silent_week() -> None:
    learner = enrolled().walk("2026-09-28 06:00").learner
    assert alerts(learner) == [("A13", "RAISED", "2026-09-28 06:00", None)]
    alert = the_alert(learner, "A13")
    assert alert.figures == {"from": "2026-08-31", "to": "2026-09-27"}
    assert [(one.role, one.kind) for one in alert.recipients] == [("leerplicht_desk", "first")]
    assert (alert.level, alert.severity, alert.ground) == (2, "HIGH", "")
    assert cases(learner) == [("NEW", "2026-09-28 06:00")]
    assert explain(alert, WORLD).why == (
        "31 augustus 2026 t/m 27 september 2026 zonder aanwezigheid bij ROC West."
    )


def test_a_holiday_week_neither_counts_nor_breaks_the_row() -> None:
    tale = enrolled("2026-08-24")
    tale.present("2026-09-14")
    tale.present("2026-09-28")
    assert raised(tale.walk("2026-12-31").learner) == ["2026-11-09 06:00"], "5, 12, 26 October, 2 November"


@pytest.mark.parametrize(
    ("unauthorised", "authorised", "at"),
    [
        (1, 0, "2026-09-28 06:00"),
        (0, 8, "2026-10-05 06:00"),
        (2, 8, "2026-09-28 06:00"),
        (0, 0, "2026-09-28 06:00"),
    ],
    ids=["unauthorised", "authorised only", "both", "no hours"],
)
def test_a_week_with_authorised_hours_only_neither_counts_nor_breaks(
    unauthorised: int, authorised: int, at: str
) -> None:
    tale = enrolled()
    tale.absent("2026-09-09", hours=unauthorised, authorised=authorised)
    assert raised(tale.walk("2026-10-16").learner) == [at]


def test_presence_in_one_week_breaks_the_row() -> None:
    tale = enrolled()
    tale.present("2026-09-21")
    assert raised(tale.walk("2026-10-25 23:00").learner) == [], "28 September, 5 and 12 October, no lessons"
    assert raised(tale.walk("2026-11-02 06:00").learner) == ["2026-11-02 06:00"]


def test_two_weeks_of_presence_running_end_it() -> None:
    tale = enrolled()
    tale.present("2026-10-01")
    assert the_alert(tale.walk("2026-10-04").learner, "A13").open
    last = tale.present("2026-10-06 09:00")
    alert = the_alert(tale.walk("2026-10-07").learner, "A13")
    assert (alert.how, local(alert.resolved_at), alert.resolved_by) == ("AUTO", "2026-10-06 09:00", last)
    assert "absence_4w" not in tale.projection("2026-10-07").flags


def test_one_week_of_presence_and_one_without_do_not() -> None:
    tale = enrolled()
    tale.present("2026-09-28 09:00")
    tale.present("2026-10-12 09:00")
    assert the_alert(tale.walk("2026-10-19").learner, "A13").open
    tale.present("2026-10-26 09:00")
    assert the_alert(tale.walk("2026-10-27").learner, "A13").how == "AUTO", "a holiday lies between"


def test_who_stays_away_again_gets_another() -> None:
    tale = enrolled()
    tale.present("2026-09-28 09:00")
    tale.present("2026-10-05 09:00")
    learner = tale.walk("2026-11-16 06:00").learner
    assert raised(learner) == ["2026-09-28 06:00", "2026-11-16 06:00"]
    assert the_alert(learner, "A13").episode == 2


def test_the_end_of_the_enrolment_ends_it_and_a14_follows() -> None:
    tale = enrolled()
    end = tale.ended("2026-09-29", "2026-09-30")
    learner = tale.walk("2026-10-08 06:00").learner
    assert alerts(learner) == [
        ("A13", "RESOLVED", "2026-09-28 06:00", "AUTO"),
        ("A14", "RAISED", "2026-10-08 06:00", None),
    ]
    alert = the_alert(learner, "A13")
    assert (local(alert.resolved_at), alert.resolved_by) == ("2026-10-01 00:00", end)


@pytest.mark.parametrize(
    ("born", "role"),
    [("2008-09-28", "rmc_desk"), ("2008-09-29", "leerplicht_desk"), ("2008-09-01", "rmc_desk")],
    ids=["18 on that Monday", "18 the day after", "18 in the second week"],
)
def test_the_desk_follows_age_and_the_row_goes_on_over_the_birthday(born: str, role: str) -> None:
    learner = enrolled(birthDate=born).walk("2026-09-28 06:00").learner
    assert raised(learner) == ["2026-09-28 06:00"]
    assert the_alert(learner, "A13").recipients[0].role == role


def test_an_open_one_stays_over_the_birthday() -> None:
    learner = enrolled(birthDate="2008-10-01").walk("2026-10-02").learner
    assert [(code, status) for code, status, *_ in alerts(learner) if code == "A13"] == [("A13", "RAISED")]


def test_a_basic_qualification_leaves_those_of_18_alone() -> None:
    of_age = enrolled(birthDate="2008-09-01", hasStartkwalificatie=True)
    assert raised(of_age.walk("2026-12-31").learner) == []
    assert "absence_4w" in of_age.projection("2026-10-01").flags
    minor = enrolled(birthDate="2008-10-08", hasStartkwalificatie=True)
    alert = the_alert(minor.walk("2026-12-31").learner, "A13")
    assert (alert.how, local(alert.resolved_at)) == ("AUTO", "2026-10-08 00:00")


def test_without_birth_date_the_rmc_desk_hears_of_it() -> None:
    tale = Tale()
    tale.started("2026-07-06")
    tale.present("2026-08-24")
    learner = tale.walk("2026-09-28 06:00").learner
    assert the_alert(learner, "A13").recipients[0].role == "rmc_desk"


def test_never_where_presence_cannot_be_sent() -> None:
    tale = Tale()
    tale.listed("2025-11-03", expectedDestination="ABROAD")
    tale.started("2026-07-06", mbo="99MB")
    tale.absent("2026-09-07", hours=2, mbo="99MB")
    learner = tale.walk("2027-03-01").learner
    assert raised(learner) == []


def test_presence_anywhere_is_presence() -> None:
    """A learner who changed to another enrolment, while nobody posted the end of the first."""
    tale = enrolled()
    tale.started("2026-09-07", start="2026-09-07", no="E2")
    for week in ("2026-09-07", "2026-09-14", "2026-09-21", "2026-09-28"):
        tale.present(f"{week} 15:00", no="E2")
    assert raised(tale.walk("2026-10-12").learner) == []


def test_the_first_week_counts_when_it_is_whole() -> None:
    whole, half = Tale(), Tale()
    whole.started("2026-07-06", start="2026-08-01")
    half.started("2026-07-06", start="2026-08-25")
    assert raised(whole.walk("2026-09-30").learner) == ["2026-09-21 06:00"]
    assert raised(half.walk("2026-09-30").learner) == ["2026-09-28 06:00"]


def test_a_first_lesson_day_in_mid_week_makes_a_whole_week() -> None:
    first = date(2026, 8, 26)
    calendar = PublishedCalendar("99MA00", 2026, first, (), moment("2026-07-01"))
    institution = replace(WORLD.institutions["99MA"], calendars=(calendar,))
    world = replace(WORLD, institutions=dict(WORLD.institutions) | {"99MA": institution})
    tale = Tale()
    tale.started("2026-07-06", start=first.isoformat())
    assert raised(tale.walk("2026-09-30", world=world).learner) == ["2026-09-21 06:00"]


def test_presence_that_is_told_late_ends_it() -> None:
    tale = enrolled()
    late = tale.present("2026-09-29", date="2026-09-10")
    alert = the_alert(tale.walk("2026-09-30").learner, "A13")
    assert (alert.how, alert.resolved_by) == ("AUTO", late)


def test_leave_that_is_told_late_ends_it() -> None:
    """A week with authorised hours only does not count, so three are left."""
    tale = enrolled()
    tale.absent("2026-08-25", hours=2)
    late = tale.absent("2026-09-29", hours=0, authorised=8, date="2026-09-10")
    alert = the_alert(tale.walk("2026-09-30").learner, "A13")
    assert (alert.how, alert.resolved_by) == ("AUTO", late)


def test_a_learner_on_a_combined_route_is_seen_on_either_side() -> None:
    tale = Tale()
    tale.listed("2025-11-03", expectedDestination="ABROAD", combinedRoute=True)
    tale.started("2026-07-06")
    tale.present("2026-09-22", voSite="99VA00")
    tale.present("2026-09-28", voSite="99VA00")
    alert = the_alert(tale.walk("2026-09-29").learner, "A13")
    assert (local(alert.raised_at), local(alert.resolved_at)) == ("2026-09-21 06:00", "2026-09-28 12:00")


def test_presence_that_was_a_mistake_makes_it_known_late() -> None:
    """Known on Tuesday 6 October: due the next working morning."""
    tale = enrolled()
    wrong = tale.present("2026-09-21")
    tale.retract("2026-10-06", wrong)
    assert raised(tale.walk("2026-10-08").learner) == ["2026-10-07 06:00"]


def test_an_institution_that_can_send_presence_no_more_ends_it() -> None:
    learner = enrolled().walk("2026-09-29").learner
    institution = replace(WORLD.institutions["99MA"], presence=False)
    world = replace(WORLD, institutions=dict(WORLD.institutions) | {"99MA": institution})
    at = moment("2026-09-30")
    alert = the_alert(advance(stir(learner, at), world, at).learner, "A13")
    assert (alert.how, alert.resolved_at, alert.resolved_by) == ("AUTO", at, None)


class TestInVo:
    """At a school that can send presence, from its first word about attendance on."""

    world = replace(
        WORLD,
        institutions=dict(WORLD.institutions) | {"99VA": replace(WORLD.institutions["99VA"], presence=True)},
    )

    def told(self) -> Tale:
        tale = Tale()
        tale.listed("2025-11-03", expectedDestination="VO")
        return tale

    def test_a_list_alone_says_nothing(self) -> None:
        assert raised(self.told().walk("2026-05-01", world=self.world).learner) == []

    def test_silence_after_presence_does(self) -> None:
        tale = self.told()
        tale.present("2025-12-01", voSite="99VA00")
        learner = tale.walk("2026-01-20", world=self.world).learner
        assert raised(learner) == ["2026-01-19 06:00"], "8 and 15 December, 5 and 12 January"
        assert the_alert(learner, "A13").parties == {"org": "99VA00"}
        assert raised(tale.walk("2026-01-20").learner) == [], "nor where presence cannot be sent"

    def test_leaving_vo_ends_it(self) -> None:
        tale = self.told()
        tale.absent("2025-12-01", hours=4, voSite="99VA00")
        end = tale.left("2026-01-14", "2026-01-15", "OTHER")
        alert = the_alert(tale.walk("2026-01-20", world=self.world).learner, "A13")
        assert (local(alert.raised_at), local(alert.resolved_at)) == ("2026-01-12 06:00", "2026-01-16 00:00")
        assert alert.resolved_by == end

    def test_so_does_a_start_in_mbo(self) -> None:
        tale = self.told()
        tale.absent("2025-12-01", hours=4, voSite="99VA00")
        start = tale.started("2026-01-14", start="2026-02-02")
        alert = the_alert(tale.walk("2026-02-03", world=self.world).learner, "A13")
        assert (local(alert.resolved_at), alert.resolved_by) == ("2026-02-02 00:00", start)
