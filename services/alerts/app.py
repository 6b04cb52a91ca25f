"""The alerts worker: its job, its lane, and an agent that counts what was raised and resolved."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from services.alerts import store
from services.alerts.outbox import Told
from services.alerts.settle import Settle
from shared.domain.codes import How
from shared.domain.event import TYPE_PREFIX
from shared.domain.rules import EVERY
from shared.domain.world import World
from shared.runtime import metrics
from shared.runtime.config import WorkerSettings
from shared.runtime.lane import Lane
from shared.runtime.reference import policies, reference
from shared.runtime.topics import ALERT_EVENTS
from shared.runtime.worker import Counted, Surroundings, run_worker


async def build(around: Surroundings) -> Lane:
    """The lane of alerts, with the world as the topic `institutions` has it now."""
    follower = around.follower
    job = Settle(World(follower.copy(), reference(), policies()), around.settings.public_url)

    def renew(_: object) -> None:
        job.world = World(follower.copy(), reference(), policies())

    follower.on_change(renew)
    await store.retry_blocked(around.conn)
    return Lane(
        job,
        around.settings,
        around.clock,
        around.listener,
        follower,
        actions=True,
        handed=store.handed,
    )


def count(headers: Mapping[str, bytes], value: bytes | None = None) -> None:
    """One outbound event more; only codes of the closed sets become labels."""
    told = msgspec.json.decode(value or b"{}", type=Told)
    kind = headers.get("ce_type", b"").decode().removeprefix(TYPE_PREFIX)
    if told.code not in EVERY or told.severity is None:
        return
    if kind == "alert.raised.v1":
        metrics.ALERTS_RAISED.labels(told.code, told.severity).inc()
    elif kind == "alert.resolved.v1" and told.reason in set(How):
        metrics.ALERTS_RESOLVED.labels(told.code, told.reason).inc()


def work(settings: WorkerSettings) -> int:
    """Run the worker until it is told to stop; returns the exit status."""
    return run_worker("alerts-worker", settings, build, Counted(ALERT_EVENTS, count))
