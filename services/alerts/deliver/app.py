"""`transfers alerts deliver`: brings what happened to systems and people outside.

It reads what the lane has written and never writes a learner. Several may run side by side: whatever a
channel sends it claims first, by a lease in the database.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from typing import Protocol

import msgspec
import structlog
import uvloop

from services.alerts.webhooks.channel import Webhooks
from shared.domain.world import World
from shared.runtime import logs, metrics
from shared.runtime.clock import Clock
from shared.runtime.config import DeliverSettings
from shared.runtime.database import Listener
from shared.runtime.heartbeat import Heartbeat
from shared.runtime.institutions import Follower
from shared.runtime.reference import policies, reference

ROLE = "alerts-deliver"

log = structlog.get_logger()


class Surroundings(msgspec.Struct, frozen=True):
    """What a channel stands in. `listener` is not started yet when a channel is made."""

    settings: DeliverSettings
    clock: Clock
    listener: Listener
    world: Callable[[], World]
    process: str


class Channel(Protocol):
    """One way to the outside."""

    async def start(self) -> None:
        """Begin to deliver."""

    async def stop(self) -> None:
        """Claim nothing more, end what is under way within ten seconds, and note how it ended."""


CHANNELS: tuple[Callable[[Surroundings], Channel], ...] = (
    lambda around: Webhooks(around.settings, around.listener, around.process),
)
"""How each channel is made."""


def work(settings: DeliverSettings) -> int:
    """Deliver until told to stop; returns the exit status."""
    logs.configure(ROLE, settings.instance)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_run(settings))
    return 0


async def _run(settings: DeliverSettings) -> None:
    asked = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, asked.set)
    ready = False
    measured = metrics.Server(settings.metrics, lambda: ready)
    listener = Listener(settings.database, f"{ROLE}-{settings.instance}-listener")
    clock = Clock(embedded=settings.embedded)
    heartbeat = Heartbeat(settings, ROLE, clock, listener)
    follower = Follower(settings, clock, heartbeat)
    world = World(follower.institutions, reference(), policies())
    around = Surroundings(settings, clock, listener, lambda: world, heartbeat.process)
    parts: list[Channel] = [heartbeat, follower, *(make(around) for make in CHANNELS), listener]
    for part in parts:
        await part.start()
    ready = True
    log.info("deliver_started", metrics_port=measured.port)
    await asked.wait()
    ready = False
    for part in reversed(parts):
        await part.stop()
    measured.stop()
    log.info("deliver_stopped")
