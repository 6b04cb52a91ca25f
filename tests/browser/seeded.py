"""A desk with something to do: the stories as they stand on one morning, served over a small PostgreSQL.

No Kafka and no workers: learners are walked by the functions of `transfers replay`, and written as the lane
would.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

import asyncpg
import uvicorn
from msgspec.structs import replace

from services.alerts.rows import Changed, rows_of
from services.alerts.store import save_alerts, save_cases, save_learners
from services.alerts.web.app import build
from services.replay.lines import Reading
from services.replay.play import play, world_of
from services.stack import ports
from shared.domain.learner import Learner, newcomer
from shared.domain.world import World
from shared.runtime.clock import Clock
from shared.runtime.config import DatabaseSettings, DeskWebSettings
from shared.runtime.database import Listener
from shared.runtime.http import server
from shared.runtime.topics import PARTITIONS, TRANSITION_STATES, partition_of

HISTORIES = Path(__file__).parent.parent / "histories"
ISSUER = "http://127.0.0.1:9/issuer"
COOKIE = "a-cookie-of-the-tests"
CSRF = "a-form-token-of-the-tests"
OFFICERS = (
    ("rmc", "Samira Voorbeeld", "rmc_desk", "38", None),
    ("collega", "Daan Voorbeeld", "rmc_desk", "38", None),
    ("makelaar", "Noor Voorbeeld", "vsv_broker", "38", None),
    ("coordinator", "Els Voorbeeld", "region_coordinator", "38", None),
    ("elders", "Bram Voorbeeld", "rmc_desk", "21", None),
    ("instelling", "Joris Voorbeeld", "mbo_institution", None, "99MA"),
)
"""Who can be signed in; the cookie of each is `COOKIE` and the subject."""


def told(files: Iterable[Path], at: datetime) -> tuple[list[Learner], World]:
    """Everybody in these stories at one moment (UTC)."""
    reading = Reading()
    for path in files:
        for _ in reading.events(path):
            pass
    world = world_of(reading, None)
    return list(play(reading, world, at)), world


async def write(worker: str, owner: str, learners: Iterable[Learner], at: datetime) -> None:
    """Write learners as the lane would, and stop the clock at this moment."""
    conn = await asyncpg.connect(worker)
    async with conn.transaction():
        for known in learners:
            learner = replace(known, record=replace(known.record, version=1))  # as placement sends it
            moved = [one.alert_id for one in learner.alerts] + [one.case_id for one in learner.cases]
            part = partition_of(learner.student_ref)
            rows = rows_of(
                Changed(newcomer(learner.student_ref), learner, part, set(moved), dict.fromkeys(moved, 1))
            )
            await save_learners(conn, [rows.learner])
            await save_alerts(conn, rows.alerts)
            await save_cases(conn, rows.cases)
    await conn.close()
    conn = await asyncpg.connect(owner)
    await conn.execute(
        "INSERT INTO platform.clock (version, machine, domain, rate) VALUES (1, clock_timestamp(), $1, 0)", at
    )
    await conn.executemany(
        "INSERT INTO alerts.stream_offset (topic, part, next_offset, cluster, watermark)"
        " VALUES ($1, $2, 0, 'none', $3)",
        [(TRANSITION_STATES, part, at - timedelta(seconds=10)) for part in range(PARTITIONS)],
    )
    for subject, name, role, region, org in OFFICERS:
        await conn.execute(
            "INSERT INTO alerts.officer (subject, name, role, region, org) VALUES ($1, $2, $3, $4, $5)",
            f"{ISSUER} {subject}",
            name,
            role,
            region,
            org,
        )
        await conn.execute(
            "INSERT INTO alerts.session (id, subject, csrf) VALUES ($1, $2, $3)",
            sha256(f"{COOKIE}-{subject}".encode()).digest(),
            f"{ISSUER} {subject}",
            CSRF,
        )
    await conn.close()


@contextmanager
def serve(database: str, world: World) -> Iterator[str]:
    """The web process on a free port, in a thread; gives its address."""
    port = ports.choose(["web"])["web"]
    settings = settings_of(database, port)
    clock = Clock(embedded=True)
    listener = Listener(settings.database, "test-listener")

    @asynccontextmanager
    async def running() -> AsyncIterator[None]:
        conn = await asyncpg.connect(database)
        await clock.read(conn)
        await conn.close()
        yield

    http = server(build(settings, clock, listener, lambda: world, running), "127.0.0.1", port)
    thread = threading.Thread(target=_run, args=(http,), daemon=True)
    thread.start()
    while not http.started:
        if not thread.is_alive():
            raise AssertionError("the web process did not start")
        threading.Event().wait(0.02)
    try:
        yield settings.public_url
    finally:
        http.should_exit = True
        thread.join(timeout=10)


def settings_of(database: str, port: int) -> DeskWebSettings:
    """Settings as an embedded stack gives them."""
    return DeskWebSettings(
        embedded=True,
        kafka={"bootstrap": "127.0.0.1:9", "security": "PLAINTEXT"},
        database=DatabaseSettings(url=database),
        issuer={"url": ISSUER},
        desk={"client_id": "desk", "client_secret": "no-secret"},
        webhooks={"key": "a-key-for-tests-of-more-than-32-characters"},
        http={"port": port},
        public_url=f"http://127.0.0.1:{port}",
    )


def _run(http: uvicorn.Server) -> None:
    asyncio.run(http.serve())
