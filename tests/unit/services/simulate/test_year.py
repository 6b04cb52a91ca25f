"""A simulated year: the same for the same seed, acceptable at the door, and as untidy as real senders."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime

import pytest

from services.simulate.learner import Posting, told_at
from shared.domain.calendar import is_working_day
from shared.domain.envelope import Checked, check, check_received
from tests.unit.services.simulate.conftest import LAST, Made, make

EVENTS = "nl.school-transitions."


def of_kind(postings: Iterable[Posting], kind: str) -> list[Posting]:
    return [one for one in postings if one.event["type"] == f"{EVENTS}{kind}.v1"]


def once(postings: Iterable[Posting]) -> list[Posting]:
    """Each event once: the first posting of it."""
    found: dict[str, Posting] = {}
    for one in postings:
        found.setdefault(one.event["id"], one)
    return list(found.values())


def test_the_same_seed_gives_the_same_year_and_another_seed_another() -> None:
    assert make(20, 5).postings == make(20, 5).postings
    refs = [{one.event["data"]["studentRef"] for one in make(20, seed).postings} for seed in (5, 6)]
    assert not refs[0] & refs[1]


def test_more_learners_leave_those_who_were_there_as_they_were() -> None:
    few = {one.event["id"]: one for one in make(10, 5).postings}
    many = {one.event["id"]: one for one in make(20, 5).postings}
    assert few.keys() <= many.keys()
    assert all(many[name] == few[name] for name in few)


def test_the_door_takes_every_event_on_the_day_on_which_it_is_posted(made: Made) -> None:
    for posting in made.postings:
        checked = check(posting.event)
        assert isinstance(checked, Checked)
        check_received(checked, told_at(posting.day))


def test_nothing_is_posted_before_it_happened_nor_recorded_before_that(made: Made) -> None:
    for posting in made.postings:
        happened = datetime.fromisoformat(posting.event["data"]["occurredAt"])
        recorded = datetime.fromisoformat(posting.event["time"])
        assert happened <= recorded <= told_at(posting.day)


def test_people_post_on_working_days_of_the_school_year(made: Made) -> None:
    days = {one.day for one in made.postings}
    assert all(is_working_day(day) for day in days)
    assert date(2025, 10, 1) <= min(days)
    assert max(days) == LAST
    assert [one.day for one in made.postings] == sorted(one.day for one in made.postings)


def test_a_learner_is_a_pseudonym_that_nobody_else_has(made: Made) -> None:
    refs = {one.event["data"]["studentRef"] for one in made.postings}
    assert len(refs) == 800
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", ref) for ref in refs)


def test_every_kind_of_event_that_there_is_occurs(made: Made) -> None:
    told = {one.event["type"].removeprefix(EVENTS).removesuffix(".v1") for one in made.postings}
    assert told == {
        "vo.learner.listed",
        "vo.learner.deregistered",
        "vo.exam.result",
        "mbo.application.status",
        "mbo.enrolment.started",
        "mbo.enrolment.ended",
        "attendance.present",
        "destination.confirmed",
        "event.retracted",
    }


def test_one_event_in_a_hundred_is_sent_twice(made: Made) -> None:
    times = Counter(one.event["id"] for one in made.postings)
    again = sum(count - 1 for count in times.values()) / len(times)
    assert again == pytest.approx(0.01, abs=0.004)


def test_a_repeat_has_the_same_content(made: Made) -> None:
    first: dict[str, Posting] = {}
    for one in made.postings:
        assert first.setdefault(one.event["id"], one).event == one.event


def test_two_in_a_hundred_come_more_than_a_day_late(made: Made) -> None:
    found = once(made.postings)
    late = sum((one.day - date.fromisoformat(one.event["time"][:10])).days > 1 for one in found)
    assert late / len(found) == pytest.approx(0.02, abs=0.006)


def test_three_in_a_hundred_correct_an_earlier_version(made: Made) -> None:
    found = once(made.postings)
    newest: dict[tuple[str, ...], str] = {}
    corrections = 0
    for one in sorted(found, key=lambda one: one.event["data"]["sourceSeq"]):
        data = one.event["data"]
        key: tuple[str, ...]
        if "applicationRef" in data and "status" in data:
            key = (data["studentRef"], data["applicationRef"], data["status"], data["statusDate"])
        elif "voType" in data:
            key = (data["studentRef"], data["voSite"], data["expectedDestination"])
        else:
            continue
        corrections += key in newest
        newest[key] = one.event["id"]
    assert corrections / len(found) == pytest.approx(0.03, abs=0.008)


def test_a_retraction_takes_back_what_the_same_sender_posted(made: Made) -> None:
    posted = {(one.event["source"], one.event["id"]): one for one in made.postings}
    taken_back = of_kind(made.postings, "event.retracted")
    assert taken_back
    for one in taken_back:
        target = posted[one.event["source"], one.event["data"]["targetEventId"]]
        assert target.event["data"]["studentRef"] == one.event["data"]["studentRef"]
        assert target.event["time"] < one.event["time"]


def test_versions_of_a_fact_are_numbered_without_gaps(made: Made) -> None:
    numbers: dict[tuple[str, str], list[int]] = {}
    for one in once(made.postings):
        checked = check(one.event)
        key = (checked.student_ref, checked.kind.subject_key(checked.data))
        numbers.setdefault(key, []).append(checked.data["sourceSeq"])
    whole = [sorted(found) for key, found in numbers.items() if key[1].startswith("vo:")]
    assert all(found == list(range(1, len(found) + 1)) for found in whole)
