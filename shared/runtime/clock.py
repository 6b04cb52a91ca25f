"""The two times. Machine time is the clock of this machine; domain time is what `platform.clock` says.

Everything about a learner follows domain time: the database's clock, moved on the embedded stack alone.
Tokens, leases, retries and metrics follow machine time. All moments in UTC.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import msgspec

from shared.runtime.database import Connection

LATENESS = timedelta(seconds=10)
"""How long after its receipt a record may still be appended to the log (project decision)."""


def machine_now() -> datetime:
    """Machine time: the only call to the clock of this machine."""
    return datetime.now(UTC)


class MovedClock(Exception):
    """The clock was moved, and this process was not told that it is part of an embedded stack."""


class Reading(msgspec.Struct, frozen=True):
    """The row `platform.clock`; version 0: there is none, and domain time is machine time."""

    version: int = 0
    machine: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    domain: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    rate: float = 1.0
    held: bool = False

    def domain_at(self, machine: datetime) -> datetime:
        """Domain time at a moment of machine time."""
        return self.domain + (machine - self.machine) * self.rate

    @property
    def lateness(self) -> timedelta:
        """`LATENESS` in domain time.

        Ten seconds also on a clock that stands still: nothing is certain there but by a barrier.
        """
        return LATENESS * max(1.0, self.rate)


class Clock:
    """The clock as this process last read it."""

    def __init__(self, *, embedded: bool) -> None:
        self._embedded = embedded
        self._released = asyncio.Event()
        self._released.set()
        self.reading = Reading()

    async def read(self, conn: Connection) -> Reading:
        """Read the row again. Raises MovedClock outside the embedded stack."""
        row = await conn.fetchrow("SELECT version, machine, domain, rate, held FROM platform.clock")
        if row is not None and not self._embedded:
            raise MovedClock("platform.clock has a row, but TRANSFERS_EMBEDDED is not set")
        self.reading = Reading() if row is None else Reading(*row)
        if self.reading.held:
            self._released.clear()
        else:
            self._released.set()
        return self.reading

    def now(self) -> datetime:
        """Domain time by the clock of this machine; where it decides, `ask` the database."""
        return self.reading.domain_at(machine_now())

    async def released(self) -> None:
        """Wait while the clock is about to be set."""
        await self._released.wait()


async def ask(conn: Connection) -> datetime:
    """Domain time by the clock of the database."""
    now: datetime = await conn.fetchval("SELECT platform.now()")
    return now
