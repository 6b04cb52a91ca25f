"""The requests under way: who asks for a barrier waits for those that had begun."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shared.runtime.clock import Clock
from shared.runtime.problems import unavailable

MOST_ITEMS = 20_000
"""Events in hand at most; more is refused, not queued without end."""

HELD_SECONDS = 20.0
"""How long a request waits for the clock at most."""


class Traffic:
    """What this process is working on."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._under_way: set[asyncio.Future[None]] = set()
        self._items = 0

    @asynccontextmanager
    async def request(self) -> AsyncIterator[None]:
        """One request that takes events in; it waits while the clock is about to be set.

        Raises Problem 503 when that takes too long.
        """
        try:
            async with asyncio.timeout(HELD_SECONDS):
                await self._clock.released()
        except TimeoutError:
            raise unavailable() from None
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._under_way.add(done)
        try:
            yield
        finally:
            self._under_way.discard(done)
            done.set_result(None)

    @asynccontextmanager
    async def items(self, count: int) -> AsyncIterator[None]:
        """So many events in hand. Raises Problem 503 when that would be too many."""
        if self._items + count > MOST_ITEMS:
            raise unavailable(1)
        self._items += count
        try:
            yield
        finally:
            self._items -= count

    async def ended(self) -> None:
        """Wait until everything that is under way now has ended."""
        if self._under_way:
            await asyncio.wait(set(self._under_way))
