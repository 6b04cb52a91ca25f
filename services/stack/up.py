"""`stack up`: from whatever is there to a stack that serves."""

from __future__ import annotations

import asyncio
import base64
import json
import secrets
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Protocol

import asyncpg
import psycopg
from aiokafka.errors import KafkaError
from sqlalchemy.exc import SQLAlchemyError

from services import topics
from services.migrations import offsets, schema
from services.stack import broker, clock, database, ports, processes, programs, registry
from services.stack.connection import owner
from services.stack.fault import StackFault
from services.stack.folder import Folder, Plan
from services.stack.kafka import jars
from services.stack.supervisor import Supervisor
from services.stack.supervisor import start as start_supervisor

REFUSED = (asyncpg.PostgresError, psycopg.Error, SQLAlchemyError, KafkaError)
STOPPED = {"STOPPED", "EXITED", "FATAL", "UNKNOWN"}


class Voice(Protocol):
    """How `up` speaks to the person who waits."""

    def progress(self, text: str) -> None:
        """What it is doing."""

    def note(self, text: str) -> None:
        """What that person should know."""


@dataclass(frozen=True)
class Wishes:
    """What the person who starts a stack asked for."""

    broker: str | None = None
    clock: datetime | None = None
    only: Sequence[str] = ()
    new_ports: bool = False


def up(folder: Folder, wishes: Wishes, voice: Voice) -> bool:
    """Bring the stack up; False when all of it was running already. Raises StackFault.

    What this call started is stopped again when it does not succeed.
    """
    folder.prepare()
    with folder.lock():
        plan = _plan(folder, wishes, voice)
        if Supervisor(folder, plan).lives():
            return asyncio.run(_start_programs(folder, plan, wishes, voice))
        plan = _clear_the_way(folder, plan, wishes, voice)
        try:
            _start_supervisor(folder, plan, voice)
            return asyncio.run(_start_programs(folder, plan, wishes, voice, fresh=True))
        except BaseException as problem:
            _stop(folder, plan)
            if isinstance(problem, REFUSED):
                why = (str(problem).strip() or type(problem).__name__).splitlines()[0]
                raise StackFault(f"the stack does not come up: {why}", f"see {folder.logs}") from problem
            raise


def down(folder: Folder) -> bool:
    """Stop everything of this stack and nothing else; False when nothing was running."""
    if folder.plan() is None and not folder.entered():
        return False
    with folder.lock():  # a first `up` that is still preparing has not kept its plan yet
        plan = folder.plan()
        return plan is not None and _stop(folder, plan)


def _stop(folder: Folder, plan: Plan) -> bool:
    supervisor = Supervisor(folder, plan)
    lived = supervisor.lives()
    if lived:
        supervisor.stop()
    return processes.end(plan.identity) > 0 or lived


def _plan(folder: Folder, wishes: Wishes, voice: Voice) -> Plan:
    """The plan of the folder; a new one is kept only once it can be carried out. Raises StackFault."""
    plan = folder.plan()
    if plan is None:
        return _new_plan(wishes, voice)
    if wishes.broker not in (None, plan.broker):
        raise StackFault(
            f"the stack in {folder.path} runs on {plan.broker}",
            f"choose another folder with --dir, or remove {folder.path} and start anew",
        )
    return plan


def _new_plan(wishes: Wishes, voice: Voice) -> Plan:
    chosen = _broker(wishes, voice)
    cluster = "A" + base64.urlsafe_b64encode(secrets.token_bytes(16)).decode().rstrip("=")[1:]
    return Plan(secrets.token_hex(16), chosen, cluster, ports.choose(programs.PORTS))


def _broker(wishes: Wishes, voice: Voice) -> str:
    """The broker that was asked for, else the best that can run here. Raises StackFault."""
    if wishes.broker == "tansu":
        return wishes.broker
    missing = jars.missing()
    if missing is None:
        return "kafka"
    if wishes.broker == "kafka":
        raise StackFault(f"Apache Kafka needs {missing}", "install it, or use --broker tansu")
    voice.note(f"{missing} is missing: using the broker Tansu, which keeps everything in memory")
    return "tansu"


def _clear_the_way(folder: Folder, plan: Plan, wishes: Wishes, voice: Voice) -> Plan:
    """No process of an earlier run may live, and no other program may sit on a port of this stack."""
    if left := processes.end(plan.identity):
        voice.note(f"ended {left} processes that an earlier run had left behind")
    if wishes.new_ports or set(plan.ports) != set(programs.PORTS):
        plan = replace(plan, ports=ports.choose(programs.PORTS))
    ports.check(plan.ports)
    (folder.path / "stack.json").unlink(missing_ok=True)
    return plan


def _start_supervisor(folder: Folder, plan: Plan, voice: Voice) -> None:
    voice.progress(f"preparing PostgreSQL and {plan.broker} in {folder.path}")
    wanted = [*programs.infrastructure(folder, plan), *programs.services(folder, plan)]
    folder.keep_plan(plan)  # before the first process that bears its mark
    start_supervisor(folder, plan, wanted)


async def _start_programs(
    folder: Folder, plan: Plan, wishes: Wishes, voice: Voice, *, fresh: bool = False
) -> bool:
    """Start what is wanted and does not run; False when there is no such thing."""
    supervising = Supervisor(folder, plan)
    states = supervising.states()
    infrastructure = ("postgres", plan.broker)
    wanted = [name for name in states if not wishes.only or name in (*infrastructure, *wishes.only)]
    stopped = [name for name in wanted if states[name] in STOPPED]
    if not stopped and folder.addresses():
        async with owner(folder) as connection:
            await clock.release(connection)
        return False
    voice.progress(f"starting {', '.join(stopped)}")
    await _lay_the_ground(folder, plan, supervising, empty=fresh and plan.broker == "tansu")
    await _fill(folder, plan, wishes, voice)
    services = [name for name in stopped if name not in infrastructure]
    for name in services:
        supervising.start(name)
    for name in services:
        await _until(partial(programs.ready, plan, name), supervising, name)
    names = [name for name in states if name in wanted or states[name] not in STOPPED]
    folder.write("stack.json", json.dumps(programs.addresses(folder, plan, names), indent=1))
    return True


async def _lay_the_ground(folder: Folder, plan: Plan, supervising: Supervisor, *, empty: bool) -> None:
    """PostgreSQL with the newest schema, and the broker with its topics."""
    for name in ("postgres", plan.broker):
        supervising.start(name)
    url = folder.database_url(plan.ports["postgres"])
    await _until(partial(database.answers, url), supervising, "postgres")
    await database.create(url, empty=empty)
    schema.upgrade(url)  # while Kafka starts
    await _until(partial(broker.answers, plan.ports["broker"]), supervising, plan.broker)
    await topics.create(broker.settings(plan))


async def _fill(folder: Folder, plan: Plan, wishes: Wishes, voice: Voice) -> None:
    async with owner(folder) as connection:
        await offsets.begin(connection, broker.settings(plan))
        await database.admit(connection, folder)
        if wishes.clock and not await database.first_clock(connection, wishes.clock):
            voice.note("this stack has a clock already, which goes on: move it with `transfers clock set`")
        await clock.release(connection)
        await registry.fill(connection, folder, plan)


async def _until(
    ready: Callable[[], Awaitable[bool]], supervising: Supervisor, name: str, patience: float = 90
) -> None:
    """Raises StackFault when the program ends or stays silent."""
    end = time.monotonic() + patience
    while not await ready():
        state = supervising.states()[name]
        if state in {"BACKOFF", "EXITED", "FATAL"} or time.monotonic() > end:
            raise StackFault(f"{name} does not come up ({state.lower()})", supervising.hint(name))
        await asyncio.sleep(0.05)
