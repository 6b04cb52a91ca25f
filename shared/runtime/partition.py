"""One partition in the hands of a lane: what was read of it, and how far it may be worked off."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from shared.domain.world import Institution
from shared.runtime.clock import Reading
from shared.runtime.codec import Mark, Raw
from shared.runtime.institutions import latest
from shared.runtime.job import ActionRow
from shared.runtime.ledger import Move, Stand
from shared.runtime.sender import Sender


class Dead(msgspec.Struct, frozen=True):
    """In place of an item: the record cannot be worked on, and why."""

    reason: str


class Read(msgspec.Struct, frozen=True):
    """A record that was read: `what` is the job's item, a Mark, or Dead.

    `append_max` (domain time) is the running maximum of append times up to and with this record.
    """

    offset: int
    append_max: datetime | None
    what: Any
    raw: Raw

    @property
    def size(self) -> int:
        """Bytes of its value."""
        return len(self.raw.value) if self.raw.value else 0


class Partition:
    """What the lane knows of one partition; moments in domain time (UTC).

    `stand` is the row as committed, `position` what is read next. `target`: everything received before
    it is done, so due moments up to it may be worked off. `barrier`: somebody waits for this moment;
    `answered` is the last one that was passed on. `look`: due moments may be left below the watermark.
    """

    def __init__(self, stand: Stand, sender: Sender) -> None:
        self.stand = stand
        self.sender = sender
        self.position = stand.next_offset
        self.size = 0
        self.append_max = stand.append_max
        self.target = stand.watermark
        self.barrier: datetime | None = None
        self.answered: datetime | None = None
        self.look = True
        self.institutions = stand.institutions_version  # up to which changes of them were looked at
        self.unacknowledged: set[int] = set()
        self.acknowledged: set[int] = set()
        self.suspect: int | None = None  # the offset of a record that failed alone once
        self._backlog: deque[Read] = deque()
        self._append: tuple[int, datetime] = (-1, datetime.min.replace(tzinfo=UTC))

    def __len__(self) -> int:
        return len(self._backlog)

    @property
    def part(self) -> int:
        """Its number."""
        return self.stand.part

    def push(self, read: Read) -> None:
        """Keep a record until its turn."""
        self._backlog.append(read)
        self.position = read.offset + 1
        self.size += read.size

    def take(self, records: int, size: int) -> list[Read]:
        """The next records: not more than `records`, and none after those that fill `size` bytes."""
        taken: list[Read] = []
        while self._backlog and len(taken) < records and size > 0:
            read = self._backlog.popleft()
            taken.append(read)
            size -= read.size
        self.size -= sum(read.size for read in taken)
        return taken

    def give_back(self, reads: Sequence[Read]) -> None:
        """These come first next time."""
        self._backlog.extendleft(reversed(reads))
        self.size += sum(read.size for read in reads)

    def appended(self, timestamp: int, reading: Reading) -> datetime:
        """Note an append time (milliseconds, machine time); returns the running maximum."""
        if timestamp != self._append[0]:  # records of one batch carry one append time
            self._append = (timestamp, reading.domain_at(datetime.fromtimestamp(timestamp / 1000, UTC)))
        return self.quiet_since(self._append[1])

    def quiet_since(self, moment: datetime) -> datetime:
        """Whatever is read after this was appended after `moment`; returns the running maximum."""
        if self.append_max is None or moment > self.append_max:
            self.append_max = moment
        return self.append_max

    def aim(self, moment: datetime) -> None:
        """Everything received before this moment is done; never goes back."""
        if self.target is None or moment > self.target:
            self.target = moment


class Slice:
    """The share of one partition in one transaction; `until` is how far due moments are worked off."""

    def __init__(self, held: Partition, reads: Sequence[Read]) -> None:
        self.held = held
        self.reads = list(reads)
        self.until = held.stand.watermark
        self.due: Sequence[str] = ()
        self.actions: Sequence[ActionRow] = ()
        self.handed: Sequence[Any] = ()  # items that did not come by the log
        self.institutions: Sequence[Institution] = ()
        self.whole = True  # everything due up to `until` is in it

    @property
    def items(self) -> list[Any]:
        """The items for the job."""
        return [read.what for read in self.reads if not isinstance(read.what, Mark | Dead)]

    @property
    def dead(self) -> list[Read]:
        """The records that cannot be worked on."""
        return [read for read in self.reads if isinstance(read.what, Dead)]

    @property
    def marks(self) -> list[Mark]:
        """The watermarks and barriers among the records."""
        return [read.what for read in self.reads if isinstance(read.what, Mark)]

    @property
    def target(self) -> datetime | None:
        """How far the log allows to work off due moments once these records are done."""
        known = [self.held.target, *(mark.watermark for mark in self.marks)]
        return max((moment for moment in known if moment), default=None)

    @property
    def barrier(self) -> datetime | None:
        """The moment that somebody waits for."""
        asked = [self.held.barrier, *(mark.barrier for mark in self.marks)]
        return max((moment for moment in asked if moment), default=None)

    @property
    def watermark(self) -> datetime | None:
        """The watermark that this transaction leaves."""
        return self.until if self.whole else self.held.stand.watermark

    @property
    def answers(self) -> bool:
        """Does this transaction reach the barrier?"""
        return bool(self.barrier and self.watermark and self.watermark >= self.barrier)

    def reach(self, limit: datetime | None) -> None:
        """Set `until`: as far as the log and `limit` allow, and never back."""
        target = self.target
        if target and limit and (self.until is None or min(target, limit) > self.until):
            self.until = min(target, limit)

    def defer(self) -> None:
        """Leave a barrier that this transaction does not reach, and all behind it, in the backlog.

        Its offset is passed together with its moment, so that a crash between the two loses neither.
        """
        for index, read in enumerate(self.reads):
            asked = read.what.barrier if isinstance(read.what, Mark) else None
            if asked is not None and (self.watermark is None or self.watermark < asked):
                self.held.give_back(self.reads[index:])
                del self.reads[index:]
                return

    def shorten(self, length: int) -> None:
        """Leave all but the first records, and with them the watermark, to a later transaction."""
        if length < len(self.reads):
            self.held.give_back(self.reads[length:])
            del self.reads[length:]
            self.until, self.due, self.actions, self.handed = self.held.stand.watermark, (), (), ()
            self.whole = False

    def move(self) -> Move:
        """What the offset row becomes."""
        stand, held = self.held.stand, self.held
        last = self.reads[-1] if self.reads else None
        read = last.append_max if last else stand.append_max
        return Move(
            part=stand.part,
            base=stand.next_offset,
            next=last.offset + 1 if last else stand.next_offset,
            epoch=stand.epoch,
            append_max=read if len(held) else held.append_max,
            watermark=self.watermark,
            institutions_version=latest(self.institutions, stand.institutions_version),
        )
