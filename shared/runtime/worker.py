"""A worker: a Faust app around one lane, with metrics and health beside it.

Faust supervises, stops on signals, and runs the one agent, which counts what passes on a topic of low
volume. No agent does anything that must not be lost: Faust acknowledges an event also when it failed.
"""

from __future__ import annotations

import asyncio
import gc
import io
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import faust
import mode
import msgspec
import structlog
import uvloop

from shared.runtime import logs, metrics
from shared.runtime.clock import Clock
from shared.runtime.config import WorkerSettings
from shared.runtime.database import Connection, Listener, connect
from shared.runtime.heartbeat import Heartbeat
from shared.runtime.institutions import Follower
from shared.runtime.lane import Lane

log = structlog.get_logger()


GARBAGE = (50_000, 20, 20)
"""Facts are values without cycles: looking for cycles as often as Python does costs a fifth (measured)."""


class Surroundings(msgspec.Struct, frozen=True):
    """What a worker stands in when its lane is built; `conn` is closed after that."""

    settings: WorkerSettings
    clock: Clock
    listener: Listener
    heartbeat: Heartbeat
    follower: Follower
    conn: Connection


class Counted(msgspec.Struct, frozen=True):
    """The agent: `count` is called with the headers and the value of every record of `topic`."""

    topic: str
    count: Callable[[Mapping[str, bytes], bytes | None], None]


Build = Callable[[Surroundings], Awaitable[Lane]]


class LaneService(mode.Service):  # type: ignore[misc]
    """Everything that a worker runs, started and stopped in order by Faust."""

    def __init__(self, role: str, settings: WorkerSettings, build: Build, **more: Any) -> None:
        super().__init__(**more)
        self._role = role
        self._settings = settings
        self._build = build
        self._lane: Lane | None = None
        self._server: metrics.Server | None = None

    async def on_start(self) -> None:
        """Bring everything up; the lane last."""
        settings = self._settings
        self._server = metrics.Server(settings.metrics, lambda: self._lane is not None and self._lane.ready)
        self._listener = Listener(settings.database, f"{self._role}-{settings.instance}-listener")
        clock = Clock(embedded=settings.embedded)
        self._heartbeat = Heartbeat(settings, self._role, clock, self._listener)
        self._follower = Follower(settings, clock, self._heartbeat)
        conn = await connect(settings.database, f"{self._role}-{settings.instance}-start")
        try:
            await self._heartbeat.start()
            await self._follower.start()
            around = Surroundings(settings, clock, self._listener, self._heartbeat, self._follower, conn)
            self._lane = await self._build(around)
        finally:
            await conn.close()
        await self._listener.start()
        await self._lane.start()
        log.info("worker_started", metrics_port=self._server.port)

    async def on_stop(self) -> None:
        """End the transaction at hand, send what it left, and go."""
        if self._lane is not None:
            await self._lane.stop()
        for part in (self._follower, self._heartbeat, self._listener):
            await part.stop()
        if self._server is not None:
            self._server.stop()
        log.info("worker_stopped")


def run_worker(role: str, settings: WorkerSettings, build: Build, counted: Counted) -> int:
    """Run one worker until a signal stops it; returns the exit status.

    `role` is that of `platform.process`; the Faust app is called after it.
    """
    logs.configure(role, settings.instance)
    gc.set_threshold(*GARBAGE)
    loop = uvloop.new_event_loop()
    asyncio.set_event_loop(loop)
    app = _app(role, settings, counted)

    class Service(LaneService):
        def __init__(self, **more: Any) -> None:
            super().__init__(role, settings, build, **more)

    app.service(Service)
    worker = faust.Worker(
        app,
        loop=loop,
        loglevel=logging.WARNING,
        override_logging=False,
        redirect_stdouts=False,
        quiet=True,
        stdout=io.StringIO(),  # no spinner
    )
    try:
        worker.execute_from_commandline()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def _app(role: str, settings: WorkerSettings, counted: Counted) -> faust.App:
    name = f"transfers-{role}-app"
    app = faust.App(
        name,
        broker=f"kafka://{settings.kafka.bootstrap}",
        datadir=settings.datadir,
        web_enabled=False,
        processing_guarantee="at_least_once",
        consumer_auto_offset_reset="earliest",
        consumer_group_instance_id=f"{name}-{settings.instance}",
        producer_acks=-1,
        broker_session_timeout=10,
        broker_heartbeat_interval=3,
        broker_max_poll_records=500,
        stream_wait_empty=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
    )

    async def count(stream: Any) -> None:
        async for event in stream.events():
            try:
                counted.count(dict(event.headers or {}), event.value)
            except Exception as defect:  # an agent never raises
                log.error("not_counted", defect=type(defect).__name__)

    topic = app.topic(counted.topic, value_serializer="raw", key_serializer="raw")
    app.agent(topic, concurrency=1)(count)
    return app
