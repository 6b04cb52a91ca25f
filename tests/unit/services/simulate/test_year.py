"""A simulated year: the same for the same seed, acceptable at the door, and with every kind of event."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, datetime

from services.simulate.posting import received_at
from services.simulate.region import WEAK
from shared.domain.calendar import add_working_days, is_school_holiday, is_working_day
from shared.domain.catalogue import KINDS
from shared.domain.envelope import Checked, check, check_received
from tests.unit.services.simulate.conftest import LAST, LEARNERS, Made, make

EVERY_LIFE = 6
"""The learners of last year's list, who are in no life of this year."""


def test_the_same_seed_gives_the_same_year_and_another_seed_another() -> None:
    assert make(20, 5).postings == make(20, 5).postings
    refs = [{one.ref for one in make(20, seed).postings if one.ref} for seed in (5, 6)]
    assert not refs[0] & refs[1]
    names = [{one.event["id"] for one in make(20, seed).postings} for seed in (5, 6)]
    assert not names[0] & names[1]


def test_more_learners_leave_those_who_were_there_as_they_were() -> None:
    few = {one.event["id"]: one for one in make(10, 5).postings}
    many = {one.event["id"]: one for one in make(20, 5).postings}
    assert few.keys() <= many.keys()
    assert all(many[name] == few[name] for name in few)


def test_the_door_takes_every_event_on_the_day_on_which_it_is_posted(made: Made) -> None:
    for posting in made.postings:
        checked = check(posting.event)
        assert isinstance(checked, Checked)
        check_received(checked, received_at(posting.day))


def test_nothing_is_posted_before_it_happened_nor_recorded_before_that(made: Made) -> None:
    for posting in made.postings:
        happened = datetime.fromisoformat(posting.event["data"]["occurredAt"])
        recorded = datetime.fromisoformat(posting.event["time"])
        assert happened <= recorded <= received_at(posting.day)


def test_people_post_on_working_days_in_order_from_last_years_list_to_the_last_day(made: Made) -> None:
    days = [one.day for one in made.postings]
    assert days == sorted(days)
    assert all(map(is_working_day, set(days)))
    assert days[-1] == LAST
    this_year = [one.day for one in made.postings if one.event["data"]["transitionYear"] == 2026]
    assert this_year[0] >= date(2025, 10, 1)
    assert all(day <= date(2025, 2, 10) for day in days[: -len(this_year)])


def test_no_school_lists_anybody_in_a_holiday(made: Made) -> None:
    told = {date.fromisoformat(one.event["time"][:10]) for one in made.of_kind("vo.learner.listed")}
    assert not [day for day in told if is_school_holiday("zuid", day)]


def test_every_kind_of_event_that_there_is_occurs(made: Made) -> None:
    assert {one.kind for one in made.postings} == KINDS.keys()


def test_kinds_come_in_believable_numbers(made: Made) -> None:
    per_learner = {
        kind: count / LEARNERS for kind, count in Counter(one.kind for one in made.postings).items()
    }
    assert 4 < per_learner["mbo.application.status"] < 8
    assert 0.9 < per_learner["vo.learner.listed"] < 1.1
    assert 0.9 < per_learner["register.delta"] < 1.1
    assert 0.5 < per_learner["dossier.progress"] < 2
    assert 0.02 < per_learner["attendance.report"] < 0.1
    assert 0.005 < per_learner["learner.moved"] < 0.03
    assert 0.001 < per_learner["learner.linked"] < 0.01


def test_a_learner_is_a_pseudonym_that_nobody_else_has(made: Made) -> None:
    refs = {one.ref for one in made.postings if one.ref}
    former = {one.event["data"]["oldRef"] for one in made.of_kind("learner.linked")}
    assert former <= refs
    assert len(refs - former) == LEARNERS + EVERY_LIFE
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", ref) for ref in refs)


def test_whoever_gets_another_pseudonym_is_known_by_it_from_that_day_on(made: Made) -> None:
    for link in made.of_kind("learner.linked"):
        data = link.event["data"]
        told = [one for one in made.postings if one.ref in (data["oldRef"], data["newRef"])]
        assert all((one.ref == data["newRef"]) == (one.event["time"] >= link.event["time"]) for one in told)


def test_versions_of_a_fact_are_numbered_without_gaps(made: Made) -> None:
    numbers: dict[tuple[str, str], list[int]] = {}
    for one in made.once:
        if one.kind in ("vo.learner.listed", "vo.learner.changed"):
            checked = check(one.event)
            key = (checked.student_ref, checked.kind.subject_key(checked.data))
            numbers.setdefault(key, []).append(checked.data["sourceSeq"])
    first = [sorted(found) for found in numbers.values() if min(found) == 1]
    assert len(first) > LEARNERS * 0.98
    assert all(found == list(range(1, len(found) + 1)) for found in first)


def test_the_vulnerable_are_handed_over_and_some_are_forgotten(made: Made) -> None:
    needed, done = set(), {}
    for one in made.of_kind("dossier.progress"):
        data = one.event["data"]
        if data["warmHandover"] == "NEEDED":
            needed.add(one.ref)
        if data["warmHandover"] == "DONE":
            done[one.ref] = one.day
    in_time = {ref for ref, day in done.items() if day < date(2026, 9, 1)}
    assert done.keys() <= needed
    assert 0.7 < len(in_time) / len(needed) < 0.9
    assert needed - done.keys()


def test_somebody_is_removed_and_somebody_comes_without_a_school_of_origin(made: Made) -> None:
    assert any(one.event["data"]["reason"] == "REMOVED" for one in made.of_kind("vo.learner.deregistered"))
    listed = {one.ref for one in made.of_kind("vo.learner.listed")}
    assert {one.ref for one in made.of_kind("mbo.application.status")} - listed


def test_nobody_speaks_of_a_learner_before_the_school_has_listed_him_or_her(made: Made) -> None:
    listed = {one.ref: one.event["time"] for one in reversed(made.of_kind("vo.learner.listed"))}
    early = [one for one in made.postings if one.ref in listed and one.event["time"] < listed[one.ref]]
    assert not early


def test_a_school_that_did_not_know_a_home_says_it_later(made: Made) -> None:
    unknown = {
        one.ref for one in made.of_kind("vo.learner.listed") if one.event["data"]["municipality"] == "9999"
    }
    told = {
        one.ref for one in made.of_kind("vo.learner.changed") if one.event["data"]["municipality"] != "9999"
    }
    assert unknown
    assert unknown & told


def test_pro_vso_and_isk_have_their_share(made: Made) -> None:
    kinds = Counter(one.event["data"]["voType"] in WEAK for one in made.of_kind("vo.learner.listed"))
    assert 0.09 < kinds[True] / kinds.total() < 0.16
    assert {"PRO", "ISK", "VSO_ARBEID"} <= {
        one.event["data"]["voType"] for one in made.of_kind("vo.learner.listed")
    }


def test_delayed_events_come_days_later(made: Made) -> None:
    late = [one for one in made.once if one.days_late > 1]
    assert all(one.day >= add_working_days(date.fromisoformat(one.event["time"][:10]), 2) for one in late)
