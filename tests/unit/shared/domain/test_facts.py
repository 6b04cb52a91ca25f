"""Facts of one learner: versions that supersede, contradict, annul and repeat each other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.domain.event import Arrival, Version
from shared.domain.facts import (
    KEPT,
    RETRACTION,
    Merged,
    Record,
    Tombstone,
    Year,
    annulled,
    in_conflict,
    leading,
    merge,
    winner,
)

SCHOOL, RELAY = "urn:school", "urn:relay"
START = datetime(2026, 3, 1, 8, tzinfo=UTC)
LATER = datetime(2027, 1, 1, tzinfo=UTC)
KEY = "app:99MA:00012345"


def hour(count: float) -> datetime:
    return START + timedelta(hours=count)


def version(event_id: str, seq: int | None = None, **told: Any) -> Version:
    """One step of an application; `says` is its content."""
    happened = told.get("occurred", 0)
    return Version(
        kind=told.get("kind", "mbo.application.status"),
        event_id=event_id,
        source=told.get("source", SCHOOL),
        sender="99MA",
        received_at=hour(told.get("received", happened)),
        occurred_at=hour(happened),
        recorded_at=hour(told.get("recorded", happened)),
        seq=seq,
        supersedes=told.get("supersedes"),
        fields=told.get("fields", {"status": told.get("says", event_id)}),
    )


def sent(event_id: str, seq: int | None = None, key: str = KEY, year: int = 2026, **told: Any) -> Arrival:
    return Arrival("ref", 1, year, key, version(event_id, seq, **told))


def retraction(event_id: str, target: str, **told: Any) -> Arrival:
    told |= {"kind": RETRACTION, "fields": {"targetEventId": target, "reason": "POSTED_IN_ERROR"}}
    return sent(event_id, key=f"retracted:{target}", **told)


def all_of(*arrivals: Arrival) -> Year:
    record = Record("ref")
    for arrival in arrivals:
        record = merge(record, arrival).record
    return record.years[2026]


def last_of(*arrivals: Arrival) -> Merged:
    """What the last of these events did."""
    record = Record("ref")
    for arrival in arrivals[:-1]:
        record = merge(record, arrival).record
    return merge(record, arrivals[-1])


def counting(year: Year, at: datetime = LATER, key: str = KEY) -> str | None:
    best = winner(year.chains[key], year.tombstones, at)
    return best.event_id if best else None


def told(merged: Merged) -> set[tuple[str, str]]:
    return {(event_id, str(outcome)) for _, event_id, outcome in merged.outcomes}


def test_a_first_event_makes_the_fact_and_needs_no_word() -> None:
    merged = merge(Record("ref", 7), sent("e1", 1))
    assert merged.changed
    assert merged.outcomes == ()
    assert merged.record.version == 7, "the caller counts versions"
    assert counting(merged.record.years[2026]) == "e1"


def test_each_transition_year_has_facts_of_its_own() -> None:
    record = merge(merge(Record("ref"), sent("e1")).record, sent("e2", year=2027)).record
    assert {year: list(one.chains) for year, one in record.years.items()} == {2026: [KEY], 2027: [KEY]}


def test_within_one_source_the_highest_number_counts_whatever_the_time() -> None:
    assert counting(all_of(sent("new", 2, occurred=1), sent("old", 1, occurred=5))) == "new"


def test_a_version_without_a_number_stands_below_every_number_of_its_source() -> None:
    assert counting(all_of(sent("numbered", 1), sent("bare", occurred=5))) == "numbered"


@pytest.mark.parametrize(
    ("lesser", "greater"),
    [
        ({"occurred": 1}, {"occurred": 2}),
        ({"occurred": 1, "recorded": 1}, {"occurred": 1, "recorded": 2}),
        ({"occurred": 1}, {"occurred": 1}),
    ],
)
def test_without_numbers_the_greatest_moment_counts_and_then_the_greatest_id(
    lesser: dict[str, Any], greater: dict[str, Any]
) -> None:
    assert counting(all_of(sent("b", **greater), sent("a", **lesser))) == "b"


def test_between_two_sources_numbers_mean_nothing() -> None:
    year = all_of(sent("school", 90, occurred=1), sent("relay", 3, occurred=2, source=RELAY))
    assert counting(year) == "relay"


def test_each_source_speaks_with_its_highest_number_only() -> None:
    year = all_of(
        sent("school 1", 1, occurred=9),
        sent("school 2", 2, occurred=3),
        sent("relay", 1, occurred=5, source=RELAY),
    )
    assert counting(year) == "relay"


def test_only_what_was_received_by_then_counts() -> None:
    year = all_of(sent("first", 1, received=1), sent("second", 2, received=5))
    assert [counting(year, hour(at)) for at in (0, 1, 4, 5)] == [None, "first", "first", "second"]


def test_two_different_versions_of_one_number_cancel_each_other() -> None:
    year = all_of(sent("before", 1), sent("yes", 2), sent("no", 2))
    assert counting(year) == "before"
    assert in_conflict(year.chains[KEY], year.tombstones, LATER)


def test_a_contradiction_silences_also_the_third_that_repeats_one_side() -> None:
    for order in (("a", "b", "c"), ("b", "c", "a"), ("c", "a", "b")):
        says = {"a": "yes", "b": "yes", "c": "no"}
        year = all_of(*(sent(name, 1, says=says[name]) for name in order))
        assert counting(year) is None


def test_a_contradiction_ends_when_one_side_is_retracted() -> None:
    year = all_of(sent("yes", 2), sent("no", 2), retraction("r", "no", received=4))
    assert (counting(year, hour(3)), counting(year, hour(4))) == (None, "yes")
    assert in_conflict(year.chains[KEY], year.tombstones, hour(3))
    assert not in_conflict(year.chains[KEY], year.tombstones, hour(4))


def test_one_number_with_equal_content_is_no_contradiction() -> None:
    year = all_of(sent("one", 2, fields={"level": 4}), sent("two", 2, fields={"level": 4.0}))
    assert counting(year) == "two"
    assert not in_conflict(year.chains[KEY], year.tombstones, LATER)


def test_equal_numbers_of_two_sources_are_no_contradiction() -> None:
    year = all_of(sent("a", 1), sent("b", 1, source=RELAY))
    assert not in_conflict(year.chains[KEY], year.tombstones, LATER)


def test_a_retraction_brings_the_previous_version_back() -> None:
    year = all_of(sent("right", 1), sent("wrong", 2), retraction("r", "wrong", received=3))
    assert (counting(year, hour(2)), counting(year)) == ("wrong", "right")


def test_a_retraction_may_come_before_its_target() -> None:
    merged = last_of(retraction("r", "wrong"), sent("wrong", 1, received=3))
    assert counting(merged.record.years[2026]) is None
    assert told(merged) == {("wrong", "annulled")}
    assert merged.changed, "it is kept, without effect"


def test_a_retraction_touches_only_events_of_its_own_source() -> None:
    year = all_of(sent("e1", 1), retraction("r", "e1", source=RELAY))
    assert counting(year) == "e1"


def test_a_version_that_supersedes_annuls_its_target_also_in_another_fact() -> None:
    other = "app:99MA:00099999"
    merged = last_of(sent("typo", 1, key=other), sent("right", 1, supersedes="typo"))
    year = merged.record.years[2026]
    assert counting(year) == "right"
    assert counting(year, key=other) is None
    assert told(merged) == {("typo", "annulled")}


def test_what_is_annulled_annuls_nothing() -> None:
    first, correction = sent("first", 1), sent("correction", 2, supersedes="first", received=1)
    mistake = retraction("r", "correction", received=2)
    for order in ([first, correction, mistake], [mistake, correction, first], [correction, mistake, first]):
        year = all_of(*order)
        assert counting(year) == "first"
        assert counting(year, hour(1)) == "correction"


def test_the_retraction_of_a_retraction_restores_the_event() -> None:
    merged = last_of(sent("e1", 1), retraction("r1", "e1"), retraction("r2", "r1"))
    assert counting(merged.record.years[2026]) == "e1"
    assert told(merged) == {("e1", "applied")}


@pytest.mark.parametrize(
    ("pairs", "gone"),
    [
        ("", ""),
        ("a<b", "a"),
        ("a<b b<c", "b"),
        ("a<b b<c c<d", "ac"),
        ("a<b b<a", "ab"),
        ("a<a", "a"),
        ("a<b b<a b<x", "b"),
        ("a<b a<c c<d", "ac"),
    ],
)
def test_who_annuls_whom(pairs: str, gone: str) -> None:
    stones = [Tombstone(SCHOOL, target, by, START) for target, _, by in map(tuple, pairs.split())]
    assert annulled(stones) == {(SCHOOL, name) for name in gone}


def test_a_copy_counts_once_from_its_earliest_receipt() -> None:
    merged = last_of(sent("e1", 1, received=5), sent("e1", 1, received=2))
    assert merged.changed
    assert merged.outcomes == ()
    assert [one.received_at for one in merged.record.years[2026].chains[KEY]] == [hour(2)]
    again = merge(merged.record, sent("e1", 1, received=9))
    assert (again.changed, again.outcomes, again.record) == (False, (), merged.record)


def test_the_tombstone_of_a_copy_counts_from_its_earliest_receipt_too() -> None:
    year = all_of(
        sent("e1", 1),
        sent("e2", 2, supersedes="e1", received=8),
        sent("e2", 2, supersedes="e1", received=3),
        sent("e2", 2, supersedes="e1", received=6),
    )
    assert [stone.received_at for stone in year.tombstones] == [hour(3)]


def test_one_id_with_two_contents_is_settled_without_looking_at_the_order() -> None:
    one, other = sent("e1", 1, says="yes"), sent("e1", 1, says="no")
    assert all_of(one, other) == all_of(other, one)


def test_a_chain_keeps_the_nine_newest_versions_and_the_first_that_tells_since_when() -> None:
    merged = last_of(*(sent(f"e{count:02}", count) for count in (12, 11, 1, *range(10, 1, -1))))
    assert [one.seq for one in merged.record.years[2026].chains[KEY]] == [*range(12, 12 - KEPT + 1, -1), 1]
    assert not merged.changed
    assert told(merged) == {("e02", "stale")}


def test_many_numbered_versions_of_one_source_do_not_push_out_the_newest_of_another() -> None:
    steps = [sent(f"e{count:02}", count, occurred=count) for count in range(1, 15)]
    relay = sent("relay", occurred=99, source=RELAY)
    assert counting(all_of(*steps, relay)) == "relay"
    assert counting(all_of(relay, *steps)) == "relay"


def test_an_older_version_is_stale() -> None:
    assert told(last_of(sent("new", 2), sent("old", 1))) == {("old", "stale")}
    assert told(last_of(sent("new", occurred=2), sent("old", occurred=1, source=RELAY))) == {("old", "stale")}


def test_a_newer_version_needs_no_word_and_neither_does_the_one_before() -> None:
    assert told(last_of(sent("old", 1), sent("new", 2))) == set()
    assert told(last_of(sent("old"), sent("new", occurred=1, source=RELAY))) == set()


def test_another_id_with_equal_number_and_content_is_a_duplicate() -> None:
    assert told(last_of(sent("one", 1, says="x"), sent("two", 1, says="x"))) == {("two", "duplicate")}


def test_a_repetition_without_a_number_is_no_duplicate() -> None:
    assert told(last_of(sent("a", says="x"), sent("b", says="x"))) == set()


def test_both_sides_of_a_contradiction_are_told() -> None:
    contradiction = (sent("yes", 1), sent("no", 1))
    assert told(last_of(*contradiction)) == {("yes", "conflict"), ("no", "conflict")}
    assert told(last_of(*contradiction, retraction("r", "no"))) == {("yes", "applied"), ("no", "annulled")}


def test_who_stands_again_but_does_not_count_is_stale() -> None:
    merged = last_of(sent("old", 1), retraction("r1", "old"), sent("new", 2), retraction("r2", "r1"))
    assert told(merged) == {("old", "stale")}


def test_a_repeated_retraction_is_a_copy() -> None:
    merged = last_of(sent("e1"), retraction("r", "e1", received=1), retraction("r", "e1", received=2))
    assert (merged.changed, merged.outcomes) == (False, ())


def test_a_retraction_of_something_unknown_waits_for_it() -> None:
    merged = merge(Record("ref"), retraction("r", "unheard"))
    assert merged.changed
    assert merged.outcomes == ()
    assert merged.record.years[2026].chains == {}


def test_facts_are_taken_until_31_august_of_the_next_year() -> None:
    midnight = (datetime(2027, 8, 31, 22, tzinfo=UTC) - START) / timedelta(hours=1)
    in_time = merge(Record("ref"), sent("e1", received=midnight - 0.001))
    assert (in_time.changed, told(in_time)) == (True, set())
    late = merge(Record("ref"), sent("e1", received=midnight))
    assert (late.changed, told(late)) == (False, {("e1", "late")})


def test_a_late_copy_of_a_known_event_changes_nothing() -> None:
    merged = last_of(sent("e1"), sent("e1", received=24 * 600))
    assert (merged.changed, merged.outcomes) == (False, ())


def test_nothing_leads_an_empty_chain() -> None:
    nobody: Sequence[Version] = ()
    assert leading(nobody, frozenset()) is None


def test_the_order_in_which_versions_are_told_means_nothing() -> None:
    first, second = version("a", 1), version("b", 2)
    nobody: frozenset[tuple[str, str]] = frozenset()
    assert leading((first, second), nobody) == leading((second, first), nobody) == second


def test_chains_stand_in_the_order_of_their_keys_and_leave_no_empty_one_behind() -> None:
    year = Year().with_chain("b", (version("one"),)).with_chain("a", (version("two"),))
    assert list(year.chains) == ["a", "b"]
    assert list(year.with_chain("a", ()).chains) == ["b"]
    assert year.with_chain("c", ()).chains == year.chains
