"""Real senders correct, repeat, delay, take back and muddle; one falls silent."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest

from services.simulate.posting import Posting
from services.simulate.shares import untidiness
from shared.domain.calendar import add_working_days
from shared.domain.envelope import check
from tests.unit.services.simulate.conftest import Made


def test_the_shares_of_corrections_repeats_and_delays_are_those_that_are_seen(made: Made) -> None:
    found = {one.name: one for one in untidiness(made.postings)}
    assert found["events corrected"].percent == pytest.approx(3, abs=0.3)
    assert found["sent twice"].percent == pytest.approx(1, abs=0.15)
    assert found["more than a day late"].percent == pytest.approx(2, abs=0.2)
    assert [one.target for one in found.values()] == ["3", "1", "2"]


def test_of_nothing_there_is_no_share() -> None:
    assert [one.percent for one in untidiness([])] == [0, 0, 0]


def test_a_repeat_has_the_same_content(made: Made) -> None:
    first: dict[str, Posting] = {}
    for one in made.postings:
        assert first.setdefault(one.event["id"], one).event == one.event


def test_a_correction_is_another_version_of_a_fact_that_was_told(made: Made) -> None:
    versions: Counter[tuple[str, str, str]] = Counter()
    corrected = set()
    for one in made.once:
        if one.ref:
            checked = check(one.event)
            key = (checked.student_ref, checked.sender, checked.kind.subject_key(checked.data))
            versions[key] += 1
            if one.correction and one.day < date(2026, 10, 1):
                corrected.add(key)
    linked = {one.event["data"]["oldRef"] for one in made.of_kind("learner.linked")}
    linked |= {one.event["data"]["newRef"] for one in made.of_kind("learner.linked")}
    assert corrected
    assert all(versions[key] > 1 for key in corrected if key[0] not in linked)


def test_some_corrections_name_the_event_they_replace(made: Made) -> None:
    posted = {(one.event["source"], one.event["id"]): one for one in made.postings}
    naming = [one for one in made.once if "supersedes" in one.event["data"]]
    assert 0.2 < len(naming) / sum(one.correction for one in made.once) < 0.4
    for one in naming:
        replaced = posted[one.event["source"], one.event["data"]["supersedes"]]
        assert replaced.ref == one.ref


def test_a_retraction_takes_back_what_the_same_sender_posted(made: Made) -> None:
    posted = {(one.event["source"], one.event["id"]): one for one in made.postings}
    taken_back = made.of_kind("event.retracted")
    assert taken_back
    for one in taken_back:
        target = posted[one.event["source"], one.event["data"]["targetEventId"]]
        assert target.ref == one.ref
        assert target.event["time"] < one.event["time"]


def test_some_facts_are_told_in_two_versions_under_one_number_and_then_mended(made: Made) -> None:
    numbers: dict[tuple[str, ...], set[int]] = {}
    twice = set()
    for one in made.once:
        if one.kind == "mbo.application.status":
            data = one.event["data"]
            key = (str(one.ref), data["applicationRef"])
            if data["sourceSeq"] in numbers.setdefault(key, set()):
                twice.add((key, data["sourceSeq"]))
            numbers[key].add(data["sourceSeq"])
    assert twice
    assert all(max(numbers[key]) > number for key, number in twice)


def test_a_partner_falls_silent_for_more_than_ten_working_days_and_then_tells_it_all(made: Made) -> None:
    partner = made.region.unseen[0].org
    days = sorted({one.day for one in made.postings if one.event["data"]["senderOrg"] == partner})
    before = max(day for day in days if day < date(2026, 4, 7))
    after = min(day for day in days if day >= date(2026, 4, 7))
    assert after > add_working_days(before, 10)
    assert date(2026, 2, 1) <= before
    assert after <= date(2026, 10, 15)
    held = [one for one in made.postings if one.day == after and one.event["data"]["senderOrg"] == partner]
    assert any(one.days_late > 1 for one in held)


def test_the_institutions_that_send_presence_are_never_silent_so_long(made: Made) -> None:
    for institution in made.region.receivers:
        if not institution.presence:
            continue
        days = {one.day for one in made.postings if one.event["data"]["senderOrg"] == institution.org}
        day = date(2026, 2, 1)
        while day <= date(2026, 10, 1):
            assert any(day <= one <= add_working_days(day, 10) for one in days), (institution.name, day)
            day += timedelta(days=1)
