"""A sender: in order, again until it is acknowledged, and the watermark only while it still holds."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.runtime import sender as module
from shared.runtime.codec import Mark, Outgoing
from shared.runtime.kafka import Unacknowledged
from shared.runtime.sender import Parcel, Sender, newest

C = datetime(2025, 10, 1, 8, tzinfo=UTC)
D = datetime(2025, 10, 1, 9, tzinfo=UTC)


def state(ref: str, version: int) -> Outgoing:
    """A learner's state."""
    return Outgoing("states", 3, ref.encode(), str(version).encode(), learner=ref)


def letter(text: str) -> Outgoing:
    """A message that is kept whole."""
    return Outgoing("letters", None, text.encode(), b"")


class Log:
    """A producer that remembers; the first `failures` sends are not acknowledged."""

    def __init__(self, failures: int = 0) -> None:
        self.sent: list[bytes | None] = []
        self.failures = failures

    async def send(self, message: Outgoing) -> None:
        """One."""
        await self.send_all([message])

    async def send_all(self, messages: Sequence[Outgoing]) -> None:
        """Several."""
        if self.failures:
            self.failures -= 1
            raise Unacknowledged("away")
        self.sent += [one.value if one.learner else one.key for one in messages]


class Owner:
    """Whom the sender works for."""

    def __init__(self, *, holds: bool = True) -> None:
        self.holds = holds
        self.rows: list[int] = []
        self.marks: list[tuple[int, Mark]] = []
        self.overwritten: list[str | None] = []
        self.heard = asyncio.Event()

    async def still_holds(self, part: int) -> bool:
        """As told."""
        return self.holds

    def beat(self, part: int, next_offset: int, mark: Mark) -> Sequence[Outgoing]:
        """The watermark."""
        self.marks.append((next_offset, mark))
        return [Outgoing("states", part, b"mark", b"")]

    def acknowledged(self, part: int, rows: Sequence[int]) -> None:
        """Remember."""
        self.rows += rows
        self.heard.set()

    async def lost(self, part: int, sent: Sequence[Outgoing]) -> None:
        """Remember."""
        self.overwritten += [one.learner for one in sent]
        self.heard.set()


async def deliver(parcels: Sequence[Parcel], owner: Owner, log: Log) -> Sender:
    """Let a sender have these parcels at once."""
    producer: Any = log
    one = Sender(3, producer, owner)
    for parcel in parcels:
        one.put(parcel)
    one.start()
    await asyncio.wait_for(owner.heard.wait(), 5)
    await one.stop()
    return one


def test_of_several_states_of_a_learner_the_newest_is_sent() -> None:
    found = newest([state("anna", 1), letter("a"), state("bram", 1), state("anna", 2)])
    assert [one.value for one in found if one.learner] == [b"2", b"1"]
    assert letter("a") in found


async def test_the_watermark_goes_last_and_the_rows_are_acknowledged() -> None:
    log, owner = Log(), Owner()
    parcels = [Parcel(1, [state("anna", 1)], 11), Parcel(2, [letter("a")], 12, Mark(C))]
    one = await deliver(parcels, owner, log)
    assert (set(log.sent[:2]), log.sent[2:]) == ({b"1", b"a"}, [b"mark"])
    assert (owner.rows, owner.marks, one.waiting) == ([1, 2], [(12, Mark(C))], 0)


async def test_the_last_watermark_answers_an_earlier_barrier() -> None:
    log, owner = Log(), Owner()
    await deliver([Parcel(None, [], 11, Mark(C, C)), Parcel(None, [], 12, Mark(D))], owner, log)
    assert owner.marks == [(12, Mark(D, C))]


async def test_it_sends_again_until_it_is_acknowledged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BACKOFF_SECONDS", (0.001,))
    log, owner = Log(failures=3), Owner()
    await deliver([Parcel(1, [state("anna", 1)], 11)], owner, log)
    assert (log.sent, owner.rows) == ([b"1"], [1])


async def test_a_lost_partition_sends_no_watermark_and_says_what_it_may_have_overwritten() -> None:
    log, owner = Log(), Owner(holds=False)
    await deliver([Parcel(1, [state("anna", 1)], 11, Mark(C))], owner, log)
    assert (log.sent, owner.marks, owner.overwritten, owner.rows) == ([b"1"], [], ["anna"], [])
