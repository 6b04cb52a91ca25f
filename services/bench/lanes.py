"""Working off the log by lanes: the same lane with two jobs, in this process."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import asyncpg

from services.bench.figures import Rate
from services.bench.idle import Idle, prepare
from services.bench.platform import Platform
from services.placement.place import Place
from services.simulate.command import world_of
from services.simulate.region import read, registered
from shared.runtime.clock import Clock
from shared.runtime.config import WorkerSettings
from shared.runtime.database import Listener, connect
from shared.runtime.heartbeat import Heartbeat
from shared.runtime.institutions import Follower
from shared.runtime.lane import Lane

LOOK_SECONDS = 0.02

Done = Callable[[int], None]


async def place(where: Platform, events: int, done: Done) -> Rate:
    """Placement: merge, project, write, send."""
    job = Place(world_of(registered(read("38"))))
    settings = where.settings("placement")

    def lane(clock: Clock, listener: Listener, follower: Follower) -> Lane:
        return Lane(job, settings, clock, listener, follower, measure=True, newest=job.newest, beat=job.beat)

    return await _work_off("placement", settings, lane, events, done)


async def idle(where: Platform, size: int, events: int, done: Done) -> Rate:
    """The lane alone: no function, but the transaction, rows of `size` bytes, and the sending."""
    settings = where.settings()
    conn = await connect(settings.database, "bench")
    await prepare(conn)
    await conn.close()
    job = Idle(size)

    def lane(clock: Clock, listener: Listener, follower: Follower) -> Lane:
        return Lane(job, settings, clock, listener, follower, measure=True, newest=job.newest, beat=job.beat)

    return await _work_off("lane, no-op", settings, lane, events, done)


async def row_size(where: Platform) -> int:
    """The mean size of what placement writes for one learner, in bytes."""
    conn: asyncpg.Connection[asyncpg.Record] = await connect(where.settings().database, "bench")
    try:
        return int(await conn.fetchval("SELECT avg(octet_length(body)) FROM placement.learner"))
    finally:
        await conn.close()


Make = Callable[[Clock, Listener, Follower], Lane]


async def _work_off(name: str, settings: WorkerSettings, make: Make, events: int, done: Done) -> Rate:
    clock = Clock(embedded=True)
    listener = Listener(settings.database, "bench-listener")
    heartbeat = Heartbeat(settings, "bench", clock, listener)
    follower = Follower(settings, clock, heartbeat)
    await heartbeat.start()
    await follower.start()
    lane = make(clock, listener, follower)
    await listener.start()
    await lane.start()
    try:
        started = computed = 0.0
        while (worked := lane.worked_off) < events:
            if not started and lane.holds:
                started, computed = time.perf_counter(), time.process_time()
            done(worked)
            await asyncio.sleep(LOOK_SECONDS)
        done(events)
        return Rate(name, events, time.perf_counter() - started, time.process_time() - computed)
    finally:
        await lane.stop()
        await follower.stop()
        await heartbeat.stop()
        await listener.stop()
