"""Work that goes on as long as the process: it waits for a database or a broker that is away.

The door stays up meanwhile and answers 503; anything else that goes wrong ends the process.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from aiokafka.errors import KafkaError

from shared.runtime.database import passes

RETRY_SECONDS = 0.5

log = structlog.get_logger()


async def persist(work: Callable[[], Awaitable[None]], name: str) -> None:
    """Do the work; again when it was cut off by something that passes."""
    while True:
        try:
            await work()
        except Exception as error:
            if not (passes(error) or isinstance(error, KafkaError)):
                raise
            log.warning("work_cut_off", work=name, error=type(error).__name__)
            await asyncio.sleep(RETRY_SECONDS)
        else:
            return


async def whenever(asked: asyncio.Event, work: Callable[[], Awaitable[None]], name: str) -> None:
    """Do the work each time that it was asked for since it last began."""
    while True:
        await asked.wait()
        asked.clear()
        await persist(work, name)
