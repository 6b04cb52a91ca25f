"""What one partition brings to a transaction, and how far it lets due moments be worked off."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from shared.runtime.clock import Reading
from shared.runtime.codec import Mark
from shared.runtime.ledger import Stand
from shared.runtime.partition import Partition, Read, Slice

EIGHT = datetime(2025, 10, 1, 8, tzinfo=UTC)
FAR = EIGHT + timedelta(days=365)


def minutes(count: int) -> datetime:
    """So many minutes past eight."""
    return EIGHT + timedelta(minutes=count)


def partition(watermark: datetime | None = EIGHT) -> Partition:
    """A partition that stands at offset 10."""
    sender: Any = None
    return Partition(Stand(3, 10, 5, "cluster", EIGHT, watermark, 0), sender)


def read(offset: int, what: Any = "item", size: int = 1) -> Read:
    """A record that was read."""
    raw: Any = SimpleNamespace(value=b"x" * size)
    return Read(offset, minutes(offset - 10), what, raw)


def test_records_are_taken_in_order_and_within_bounds() -> None:
    held = partition()
    for offset in range(10, 15):
        held.push(read(offset, size=40))
    assert [one.offset for one in held.take(2, 1000)] == [10, 11]
    assert [one.offset for one in held.take(9, 41)] == [12, 13]
    assert (len(held), held.size, held.position) == (1, 40, 15)


def test_records_that_are_given_back_come_first() -> None:
    held = partition()
    for offset in range(10, 13):
        held.push(read(offset))
    taken = held.take(2, 1000)
    held.give_back(taken)
    assert [one.offset for one in held.take(9, 1000)] == [10, 11, 12]


def test_the_append_time_never_goes_back() -> None:
    held = partition()
    later = int(minutes(5).timestamp() * 1000)
    assert held.appended(later, Reading()) == minutes(5)
    assert held.appended(later - 60_000, Reading()) == minutes(5)


def test_a_mark_counts_only_with_everything_before_it() -> None:
    held = partition()
    one = Slice(held, [read(10), read(11, Mark(minutes(30), minutes(30))), read(12)])
    one.reach(FAR)
    assert (one.until, one.answers) == (minutes(30), True)
    one.shorten(1)
    assert (one.watermark, one.answers, [r.offset for r in one.reads]) == (EIGHT, False, [10])
    assert [r.offset for r in held.take(9, 1000)] == [11, 12]


def test_nothing_passes_what_is_known_of_institutions() -> None:
    one = Slice(partition(), [read(10, Mark(minutes(30)))])
    one.reach(minutes(20))
    assert one.until == minutes(20)
    one.reach(None)
    assert one.until == minutes(20)


def test_the_watermark_never_goes_back() -> None:
    one = Slice(partition(watermark=minutes(40)), [read(10, Mark(minutes(30)))])
    one.reach(FAR)
    assert one.until == minutes(40)


def test_a_transaction_that_leaves_due_moments_does_not_move_the_watermark() -> None:
    one = Slice(partition(), [read(10, Mark(minutes(30), minutes(30)))])
    one.reach(FAR)
    one.whole = False
    assert (one.move().watermark, one.answers) == (EIGHT, False)


def test_the_offset_row_moves_behind_the_last_record() -> None:
    held = partition()
    held.push(read(12))
    move = Slice(held, [read(10), read(11)]).move()
    assert (move.base, move.next, move.epoch, move.append_max) == (10, 12, 5, minutes(1))


def test_without_records_the_row_keeps_its_offset() -> None:
    move = Slice(partition(), []).move()
    assert (move.base, move.next) == (10, 10)


@pytest.mark.parametrize("watermark", [None, EIGHT])
def test_a_barrier_is_answered_when_the_watermark_has_reached_it(watermark: datetime | None) -> None:
    held = partition(watermark)
    held.barrier = EIGHT
    assert Slice(held, []).answers is (watermark is not None)


def test_marks_are_no_items() -> None:
    one = Slice(partition(), [read(10, "a"), read(11, Mark(EIGHT)), read(12, "b")])
    assert one.items == ["a", "b"]
    assert msgspec.structs.asdict(one.marks[0]) == {"watermark": EIGHT, "barrier": None}


def test_a_barrier_that_is_not_reached_stays_in_the_backlog_with_all_behind_it() -> None:
    held = partition()
    one = Slice(held, [read(10), read(11, Mark(minutes(30), minutes(30))), read(12)])
    one.reach(minutes(20))
    one.defer()
    assert ([r.offset for r in one.reads], one.until, one.move().next) == ([10], minutes(20), 11)
    again = Slice(held, held.take(9, 1000))
    again.reach(FAR)
    again.defer()
    assert ([r.offset for r in again.reads], again.answers) == ([11, 12], True)


def test_a_barrier_waits_until_everything_due_is_done() -> None:
    one = Slice(partition(), [read(10), read(11, Mark(minutes(30), minutes(30)))])
    one.reach(FAR)
    one.whole = False
    one.defer()
    assert ([r.offset for r in one.reads], one.until) == ([10], minutes(30))
