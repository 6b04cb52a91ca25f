"""The placement worker: its job, its lane, and an agent that counts dead letters."""

from __future__ import annotations

from collections.abc import Mapping

from services.placement import store
from services.placement.dead_letters import outcome_of_dead
from services.placement.place import Place
from shared.domain.world import World
from shared.runtime import metrics
from shared.runtime.codec import Unreadable
from shared.runtime.config import WorkerSettings
from shared.runtime.lane import Lane
from shared.runtime.reference import policies, reference
from shared.runtime.topics import TRANSFER_EVENTS, dead_letters
from shared.runtime.worker import Counted, Surroundings, run_worker


async def build(around: Surroundings) -> Lane:
    """The lane of placement, with the world as the topic `institutions` has it now."""
    follower = around.follower
    job = Place(World(follower.copy(), reference(), policies()))

    def renew(_: object) -> None:
        job.world = World(follower.copy(), reference(), policies())

    follower.on_change(renew)
    metrics.LEARNERS_BLOCKED.set(await store.retry_blocked(around.conn))
    return Lane(
        job,
        around.settings,
        around.clock,
        around.listener,
        follower,
        measure=True,
        newest=job.newest,
        beat=job.beat,
        refused=outcome_of_dead,
    )


def count(headers: Mapping[str, bytes], _value: bytes | None) -> None:
    """One dead letter more; only reasons of the closed set become a label."""
    reason = headers.get("dlt-reason", b"").decode(errors="replace")
    known = reason if reason in Unreadable.REASONS else "other"
    metrics.DEAD_LETTERS.labels(TRANSFER_EVENTS, known).inc()


def work(settings: WorkerSettings) -> int:
    """Run the worker until it is told to stop; returns the exit status."""
    return run_worker("placement", settings, build, Counted(dead_letters(TRANSFER_EVENTS), count))
