"""The channel to webhooks: turn by turn, in one transaction each, results are noted and new attempts claimed.

Many results and claims share a transaction when much is going on, and one alone does not wait. What is
claimed is sent after COMMIT; whoever dies in between has its lease run out.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Coroutine
from typing import Any
from uuid import UUID

import asyncpg
import structlog

from services.alerts.webhooks import message, rows, schedule
from services.alerts.webhooks.credential import NoToken, Tokens
from services.alerts.webhooks.exchange import Exchange, Line
from services.alerts.webhooks.rows import Answer, Ask, Claim, Result
from services.alerts.webhooks.seal import BrokenSeal, Seal
from services.alerts.webhooks.verdict import agreement, judge
from shared.runtime import metrics
from shared.runtime.clock import machine_now
from shared.runtime.config import DeliverSettings
from shared.runtime.database import Listener, connect, passes
from shared.runtime.tasks import begin, end

CHANNEL = "webhook"
AT_ONCE = 64
"""Requests under way in one process."""
LOOK_AGAIN_SECONDS = 1.0
BACKLOG_SECONDS = 5.0
RETRY_SECONDS = 0.5
DRAIN_SECONDS = 10.0
UNAUTHORISED = 401

log = structlog.get_logger()


def place(subscription: UUID, what: str) -> str:
    """Where a secret stands, for its seal."""
    return f"{subscription}/{what}"


class Webhooks:
    """Delivers to webhooks until it is stopped."""

    def __init__(self, settings: DeliverSettings, listener: Listener, process: str) -> None:
        self._settings = settings
        self._process = process
        self._seal = Seal(settings.webhooks.key)
        self._origin = message.origin_of(settings.public_url)
        self._line = Line(settings.webhooks, embedded=settings.embedded)
        self._tokens = Tokens(self._line)
        self._conn: asyncpg.Connection[asyncpg.Record] | None = None
        self._wake = asyncio.Event()
        self._under_way: set[asyncio.Task[None]] = set()
        self._results: list[Result] = []
        self._answers: list[Answer] = []
        self._asking = 0
        self._looked_at = float("-inf")
        self._stopping = False
        self._task: asyncio.Task[None] | None = None
        listener.on("deliver", lambda _: self._wake.set())

    async def start(self) -> None:
        """Let go of what an earlier process of this name held, and begin."""
        conn = await self._connection()
        await rows.free(conn, self._process)
        self._task = begin(self._run(), "webhooks")

    async def stop(self) -> None:
        """Claim nothing more; note how the attempts ended that end within ten seconds."""
        self._stopping = True
        self._wake.set()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                while self._task is not None and not self._task.done():
                    await asyncio.wait([self._task])
        for task in list(self._under_way):
            task.cancel()
        await end(self._task)
        if self._conn is not None:
            self._conn.terminate()
        await self._line.close()

    async def _run(self) -> None:
        while not (self._stopping and not self._under_way and not self._results and not self._answers):
            self._wake.clear()
            try:
                seconds = await self._turn()
            except Exception as error:
                if not passes(error):
                    raise
                log.warning("database_lost", error=type(error).__name__)
                if self._conn is not None:
                    self._conn.terminate()
                seconds = RETRY_SECONDS
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), seconds)

    async def _turn(self) -> float:
        """One transaction; returns in how many seconds the next one is due if nothing happens before."""
        conn = await self._connection()
        results, self._results = self._results, []
        answers, self._answers = self._answers, []
        claims: list[Claim] = []
        asks: list[Ask] = []
        more, seconds = False, None
        try:
            async with conn.transaction():
                await rows.take_turn(conn)
                disabled = await rows.note(conn, results)
                await rows.note_answers(conn, answers)
                if not self._stopping:
                    more = await rows.part(conn)
                    room = AT_ONCE - len(self._under_way)
                    claims = await rows.claim(conn, room, self._process)
                    asks = await rows.claim_asks(conn) if room else []
                    seconds = await rows.next_due(conn)
        except BaseException:
            self._results, self._answers = results + self._results, answers + self._answers
            raise
        for one in claims:
            self._begin(self._deliver(one))
        for question in asks:
            self._begin(self._ask(question))
        for subscription, reason in disabled:
            log.warning("subscription_disabled", subscription=str(subscription), reason=reason)
        await self._observe(conn)
        return 0.0 if more else min(LOOK_AGAIN_SECONDS, max(seconds or LOOK_AGAIN_SECONDS, 0.0))

    async def _observe(self, conn: asyncpg.Connection[asyncpg.Record]) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._looked_at >= BACKLOG_SECONDS:
            self._looked_at = now
            await rows.sweep(conn)
            pending, oldest = await rows.backlog(conn)
            metrics.OUTBOX_PENDING.labels(CHANNEL).set(pending)
            metrics.OUTBOX_OLDEST.labels(CHANNEL).set(oldest)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self._wake.set()

    async def _deliver(self, claim: Claim) -> None:
        exchange = await self._sent(claim)
        verdict = judge(exchange, claim.attempt, secrets.randbelow(1001) / 1000, once=claim.once)
        metrics.DELIVERIES.labels(CHANNEL, verdict.outcome).inc()
        metrics.DELIVERY_DURATION.labels(CHANNEL).observe(exchange.seconds)
        self._results.append(Result(claim, exchange, verdict))

    async def _sent(self, claim: Claim) -> Exchange:
        at = machine_now()
        try:
            names = ("secret", "old")
            keys = [
                self._open(claim, sealed, name) for sealed, name in zip(claim.secrets, names, strict=False)
            ]
            credential = self._open(claim, claim.credential, "credential") if claim.credential else None
            token = await self._tokens.token(credential) if credential else None
        except BrokenSeal:
            log.error("secret_unreadable", subscription=str(claim.subscription))
            return Exchange(at, fault="SEALED")
        except NoToken:
            return Exchange(at, fault="CREDENTIAL")
        raw = message.body(claim.event, claim.sequence)
        headers = message.headers(claim.event.event_id, machine_now(), raw, keys, self._origin, claim.headers)
        if token:
            headers["Authorization"] = f"Bearer {token}"
        exchange = await self._line.ask("POST", claim.sink, headers, raw)
        if exchange.status == UNAUTHORISED and credential:
            self._tokens.forget(credential)
        return exchange

    def _open(self, claim: Claim, sealed: bytes, what: str) -> str:
        return self._seal.open(sealed, place(claim.subscription, what))

    async def _ask(self, ask: Ask) -> None:
        exchange = await self._line.ask("OPTIONS", ask.sink, message.question(self._origin, ask.headers))
        wait = schedule.wait_after(ask.asked, secrets.randbelow(1001) / 1000)
        self._answers.append(Answer(ask, agreement(exchange, self._origin), wait))

    async def _connection(self) -> asyncpg.Connection[asyncpg.Record]:
        if self._conn is None or self._conn.is_closed():
            self._conn = await connect(self._settings.database, f"{self._process}-webhooks")
        return self._conn
