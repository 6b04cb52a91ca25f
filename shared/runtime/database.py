"""Connections to PostgreSQL, which errors pass by themselves, and hearing what others tell."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import asyncpg
import structlog

from shared.runtime.config import DatabaseSettings
from shared.runtime.tasks import begin, end

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]
    Pool = asyncpg.Pool[asyncpg.Record]
else:
    Connection = asyncpg.Connection
    Pool = asyncpg.Pool

SESSION = {
    "idle_in_transaction_session_timeout": "5s",  # a frozen process would otherwise keep its locks
    "statement_timeout": "15s",
    "lock_timeout": "5s",
    "client_connection_check_interval": "2s",
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "timezone": "UTC",
}
COMMAND_TIMEOUT = 20.0
RETRY_SECONDS = 0.5

PASSING_CLASSES = ("08", "53", "57", "58")
PASSING = frozenset({"40001", "40P01", "55P03", "25P03"})

log = structlog.get_logger()


async def connect(settings: DatabaseSettings, name: str) -> asyncpg.Connection[asyncpg.Record]:
    """One connection; `name` is what the database shows as the application."""
    return await asyncpg.connect(
        settings.url.get_secret_value(),
        command_timeout=COMMAND_TIMEOUT,
        server_settings=SESSION | {"application_name": name},
    )


async def pool(settings: DatabaseSettings, name: str, size: int) -> Pool:
    """Several connections that take turns."""
    made: Pool = await asyncpg.create_pool(
        settings.url.get_secret_value(),
        min_size=1,
        max_size=size,
        command_timeout=COMMAND_TIMEOUT,
        server_settings=SESSION | {"application_name": name},
    )
    return made


def passes(error: BaseException) -> bool:
    """Will the same work succeed later (lost connection, lock, shutdown), or is the work itself wrong?"""
    if isinstance(error, asyncpg.PostgresError):
        state: str = error.sqlstate or ""
        return state in PASSING or state[:2] in PASSING_CLASSES
    # InternalClientError: the connection was lost in the middle of a statement's preparation
    return isinstance(error, asyncpg.InterfaceError | asyncpg.InternalClientError | OSError | TimeoutError)


Told = Callable[[str], object]
"""Called with the payload of a notification; with "" when some may have been missed."""


class Listener:
    """Hears `NOTIFY` on a connection of its own, and keeps it up."""

    def __init__(self, settings: DatabaseSettings, name: str) -> None:
        self._settings = settings
        self._name = name
        self._told: defaultdict[str, list[Told]] = defaultdict(list)
        self._task: asyncio.Task[None] | None = None
        self._heard = asyncio.Event()

    def on(self, channel: str, told: Told) -> None:
        """Call `told` at every notification on this channel; before `start`."""
        self._told[channel].append(told)

    async def start(self) -> None:
        """Listen; returns when the database has confirmed it."""
        self._task = begin(self._run(), "listener")
        await self._heard.wait()

    async def stop(self) -> None:
        """Listen no longer."""
        await end(self._task)

    async def _run(self) -> None:
        while True:
            try:
                await self._listen()
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("listener_lost", error=type(error).__name__)
            await asyncio.sleep(RETRY_SECONDS)

    async def _listen(self) -> None:
        conn = await connect(self._settings, self._name)
        gone = asyncio.Event()
        conn.add_termination_listener(lambda _: gone.set())
        try:
            for channel in self._told:
                await conn.add_listener(channel, self._hear)
            self._heard.set()
            for channel in self._told:
                self._tell(channel, "")
            await gone.wait()
        finally:
            conn.terminate()

    def _hear(self, _conn: Any, _pid: int, channel: str, payload: object) -> None:
        self._tell(channel, str(payload))

    def _tell(self, channel: str, payload: str) -> None:
        for told in self._told[channel]:
            told(payload)
