"""Up to when a partition is complete."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition

from shared.runtime.clock import LATENESS, Clock
from shared.runtime.gauge import Gauge
from shared.runtime.ledger import Stand
from shared.runtime.partition import Partition, Read, Slice

EIGHT = datetime(2025, 10, 1, 8, tzinfo=UTC)
NINE = EIGHT + timedelta(hours=1)


class Consumer:
    """Says where the log ends."""

    def __init__(self, end: int) -> None:
        self.end = end

    async def end_offsets(self, places: list[TopicPartition]) -> dict[TopicPartition, int]:
        """The same everywhere."""
        return dict.fromkeys(places, self.end)


async def aimed(end: int, *, reads: int = 0, monkeypatch: pytest.MonkeyPatch) -> Partition:
    """A partition done up to offset 10, appended at eight; it is nine now."""
    sender: Any = None
    held = Partition(Stand(3, 10, 5, "cluster", EIGHT, None, 0), sender)
    clock = Clock(embedded=True)
    monkeypatch.setattr(clock, "now", lambda: NINE)
    gauge = Gauge(Consumer(end), "events", "group", clock)
    await gauge.look([held])
    raw: Any = SimpleNamespace(value=b"")
    gauge.aim([Slice(held, [Read(10 + number, NINE, "item", raw) for number in range(reads)])])
    return held


async def test_a_quiet_log_is_complete_up_to_when_its_end_was_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    held = await aimed(10, monkeypatch=monkeypatch)
    assert (held.target, held.append_max) == (NINE - LATENESS, NINE)


async def test_a_busy_log_is_complete_up_to_what_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    held = await aimed(12, monkeypatch=monkeypatch)
    assert held.target == EIGHT - LATENESS


async def test_records_in_hand_are_not_done(monkeypatch: pytest.MonkeyPatch) -> None:
    held = await aimed(10, reads=1, monkeypatch=monkeypatch)
    assert held.target == EIGHT - LATENESS
