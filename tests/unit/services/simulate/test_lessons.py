"""Who is in the lessons and who is not: on lesson days only, with the reports that have to follow."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta

from services.simulate.posting import Posting, told_at
from services.simulate.region import seat
from shared.domain.calendar import add_working_days, iso_week
from shared.domain.world import is_lesson_day
from tests.unit.services.simulate.conftest import LAST, Made, make

LESSONS = ("attendance.present", "attendance.absent")


def enrolment(one: Posting) -> tuple[str, str]:
    data = one.event["data"]
    return str(one.ref), data.get("enrolmentNo") or data["voSite"]


def test_nobody_is_seen_or_missed_on_a_day_without_lessons(made: Made) -> None:
    sites = {one.org: seat(one) for one in made.region.receivers}
    days = set()
    for kind in LESSONS:
        for one in made.of_kind(kind):
            data = one.event["data"]
            site = sites[data["mboBrin"]] if "mboBrin" in data else made.world.site(data["voSite"])
            days.add((site, date.fromisoformat(data["date"])))
    assert all(is_lesson_day(made.world, site, day, told_at(LAST)) for site, day in days)


def test_presence_is_told_once_a_week(made: Made) -> None:
    weeks = set()
    for one in made.once:
        if one.kind == "attendance.present":
            week = (*enrolment(one), iso_week(date.fromisoformat(one.event["data"]["date"])))
            assert week not in weeks
            weeks.add(week)


def test_nobody_is_seen_on_a_day_on_which_every_lesson_was_missed(made: Made) -> None:
    missed = {
        (*enrolment(one), one.event["data"]["date"])
        for one in made.of_kind("attendance.absent")
        if one.event["data"].get("allLessonsMissed")
    }
    seen = {(*enrolment(one), one.event["data"]["date"]) for one in made.of_kind("attendance.present")}
    assert missed
    assert not missed & seen


def test_an_institution_that_cannot_send_presence_sends_none(made: Made) -> None:
    silent = {one.org for one in made.region.unseen}
    started = {one.event["data"]["mboBrin"] for one in made.of_kind("mbo.enrolment.started")}
    seen = {one.event["data"].get("mboBrin") for one in made.of_kind("attendance.present")}
    assert silent & started
    assert not silent & seen


def test_a_learner_misses_about_one_day_a_week_or_as_many_as_are_asked_for(made: Made) -> None:
    weeks, missed = len(made.of_kind("attendance.present")), len(made.of_kind("attendance.absent"))
    assert 0.8 < missed / weeks < 1.2
    fewer = make(200, 1, absences=0.2)
    assert len(fewer.of_kind("attendance.absent")) < 0.35 * len(fewer.of_kind("attendance.present"))


def reports(made: Made) -> dict[str, list[Posting]]:
    found = defaultdict(list)
    for one in made.once:
        if one.kind == "attendance.report":
            found[f"{one.ref}/{one.event['data']['reportNo']}"].append(one)
    return found


def test_sixteen_hours_are_reported_within_five_days_and_some_are_forgotten(made: Made) -> None:
    hours: defaultdict[tuple[str, str], dict[date, float]] = defaultdict(dict)
    for one in made.of_kind("attendance.absent"):
        data = one.event["data"]
        if not one.correction:
            hours[enrolment(one)][date.fromisoformat(data["date"])] = data["unauthorisedHours"]
    often = {
        who
        for who, days in hours.items()
        if any(sum(days.get(first + timedelta(days=n), 0) for n in range(28)) >= 16 for first in days)
    }
    reported = {enrolment(one) for one in made.of_kind("attendance.report")}
    assert len(often & reported) > 0.5 * len(often)
    assert often - reported
    for versions in reports(made).values():
        first = min(versions, key=lambda one: one.event["data"]["sourceSeq"])
        if "endDate" in first.event["data"]:
            end = date.fromisoformat(first.event["data"]["endDate"])
            told = date.fromisoformat(first.event["time"][:10])
            assert told <= add_working_days(end, 5)


def test_a_report_is_registered_treated_and_mostly_closed(made: Made) -> None:
    flows = set()
    for some in reports(made).values():
        told = sorted((one.event["data"] for one in some), key=lambda data: data["sourceSeq"])
        flows.add("".join(data["status"] for data in told))
    assert {"RBG", "RBK"} <= flows
    assert {"V3", "LRV", "O"} <= {one.event["data"]["type"] for one in made.of_kind("attendance.report")}


def test_some_stay_away_for_four_weeks_after_they_were_seen(made: Made) -> None:
    whole = defaultdict(set)
    for one in made.of_kind("attendance.absent"):
        if one.event["data"].get("allLessonsMissed") and one.event["data"]["unauthorisedHours"] >= 6:
            whole[enrolment(one)].add(iso_week(date.fromisoformat(one.event["data"]["date"])))
    away = {who for who, weeks in whole.items() if len(weeks) > 4}
    assert away
    assert away <= {enrolment(one) for one in made.of_kind("attendance.present")}


def test_hours_are_missed_in_vo_too(made: Made) -> None:
    assert any("voSite" in one.event["data"] for one in made.of_kind("attendance.absent"))
