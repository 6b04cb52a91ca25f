"""The laws of merging: order, copies and batches mean nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from shared.domain.event import Arrival, Version
from shared.domain.facts import KEPT, RETRACTION, Record, in_conflict, merge, winner
from shared.runtime.codec import encode_record

START = datetime(2026, 3, 1, tzinfo=UTC)
KEYS = ("app:99MA:00000001", "app:99MA:00000002")
NAMES = [f"e{count}" for count in range(KEPT)]
"""As many as a chain keeps: forgetting has a law of its own."""
moments = st.integers(0, 6).map(lambda count: START + timedelta(hours=count))


@st.composite
def events(draw: st.DrawFn, name: str) -> Arrival:
    """One event; few keys, sources, numbers and contents, so that they meet."""
    retracts = draw(st.integers(0, 5)) == 0
    key = draw(st.sampled_from(KEYS))
    target, says = draw(st.sampled_from(NAMES)), draw(st.integers(0, 1))
    version = Version(
        kind=RETRACTION if retracts else "mbo.application.status",
        event_id=name,
        source=draw(st.sampled_from(("urn:school", "urn:relay"))),
        sender="99MA",
        received_at=draw(moments),
        occurred_at=draw(moments),
        recorded_at=draw(moments),
        seq=draw(st.none() | st.integers(1, 4)),
        supersedes=draw(st.none() | st.sampled_from(NAMES)) if draw(st.booleans()) else None,
        fields={"targetEventId": target} if retracts else {"says": says},
    )
    return Arrival("ref", 1, draw(st.sampled_from((2026, 2026, 2027))), key, version)


histories = st.lists(st.sampled_from(NAMES), max_size=KEPT, unique=True).flatmap(
    lambda names: st.tuples(*(events(name) for name in names))
)


def record_of(arrivals: list[Arrival] | tuple[Arrival, ...]) -> bytes:
    """What is known, to the byte: dictionaries that are equal may still stand in another order."""
    return encode_record(known(arrivals))


def known(arrivals: list[Arrival] | tuple[Arrival, ...]) -> Record:
    record = Record("ref")
    for arrival in arrivals:
        record = merge(record, arrival).record
    return record


def later(arrival: Arrival, hours: int) -> Arrival:
    """A copy that was received again."""
    received = arrival.version.received_at + timedelta(hours=hours)
    return replace(arrival, version=replace(arrival.version, received_at=received))


@given(histories, st.randoms(use_true_random=False), st.lists(st.integers(0, 9), max_size=8))
def test_any_order_with_any_copies_gives_the_same_record(
    history: tuple[Arrival, ...], chance: Random, copies: list[int]
) -> None:
    shuffled = [*history, *(later(history[n % len(history)], n) for n in copies if history)]
    chance.shuffle(shuffled)
    assert record_of(shuffled) == record_of(history)


@given(histories)
def test_merging_again_changes_nothing_and_says_nothing(history: tuple[Arrival, ...]) -> None:
    record = known(history)
    for arrival in history:
        merged = merge(record, arrival)
        assert (merged.record, merged.changed, merged.outcomes) == (record, False, ())


@given(histories, moments)
def test_what_counted_then_is_judged_on_what_was_received_by_then(
    history: tuple[Arrival, ...], at: datetime
) -> None:
    whole = known(history)
    by_then = known([arrival for arrival in history if arrival.version.received_at <= at])
    for year, one in whole.years.items():
        for key, chain in one.chains.items():
            held = by_then.years[year].chains.get(key, ()) if year in by_then.years else ()
            stones = by_then.years[year].tombstones if year in by_then.years else ()
            assert winner(chain, one.tombstones, at) == winner(held, stones, at)
            assert in_conflict(chain, one.tombstones, at) == in_conflict(held, stones, at)


@given(
    st.lists(st.tuples(st.booleans(), st.integers(1, 60), st.integers(0, 60)), max_size=40),
    st.randoms(use_true_random=False),
)
def test_forgetting_old_versions_is_order_free_and_never_loses_the_one_that_counts(
    steps: list[tuple[bool, int, int]], chance: Random
) -> None:
    numbers = {(relay, seq): hours for relay, seq, hours in steps}
    versions = []
    for (relay, seq), hours in numbers.items():
        source, at = "urn:relay" if relay else "urn:school", START + timedelta(hours=hours)
        versions.append(Version("app", f"e{seq}", source, "99MA", START, at, at, seq, None, {}))
    arrivals = [Arrival("ref", 1, 2026, KEYS[0], version) for version in versions]
    record = known(arrivals)
    chance.shuffle(arrivals)
    assert known(arrivals) == record
    for year in record.years.values():
        (chain,) = year.chains.values()
        assert winner(chain, (), START) == winner(versions, (), START)
        assert len(chain) <= 2 * KEPT
