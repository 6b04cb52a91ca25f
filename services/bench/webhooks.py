"""From an event that the lane commits to twenty receivers, and then with one among them that hangs."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from uuid import uuid4

import asyncpg
from pydantic import SecretStr

from services.alerts import events
from services.alerts.webhooks.channel import place
from services.alerts.webhooks.seal import Seal
from services.alerts.webhooks.signature import new_secret
from services.bench.figures import Delay
from services.bench.platform import BenchFault, Platform
from services.stack import authority
from services.stack.folder import Folder
from services.stack.programs import WEBHOOK_KEY
from shared.runtime.codec import Outgoing
from shared.runtime.topics import ALERT_EVENTS

PARTS = ("infra", "alerts-deliver")
RECEIVERS = 20
A_SECOND = 10
"""Events; each goes to every receiver."""
HANGS_SECONDS = 60.0
PATIENCE_SECONDS = 30.0
OWNER, ALERT = "bench owner", "0" * 32

OFFICER = "INSERT INTO alerts.officer (subject, name, role, region) VALUES ($1, 'Bench', 'rmc_desk', '38')"
RAISED = """
INSERT INTO alerts.alert (alert_id, year, code, status, severity, level, region, raised_at, revision,
    audience, body, delete_after)
VALUES ($1, 2026, 'A08', 'RAISED', 'HIGH', 2, '38', now(), 1, '{R38}', '{}', current_date + 400)
"""
SUBSCRIBE = """
INSERT INTO alerts.subscription (id, owner, sink, secret, status, agreed_at)
VALUES ($1, $2, $3, $4, 'ACTIVE', clock_timestamp())
"""

Done = Callable[[int], None]


class Receiver:
    """Takes everything at once, or answers nothing; `heard` has the moment of each event's first arrival."""

    def __init__(self, *, hangs: bool) -> None:
        self.heard: dict[str, float] = {}
        self._hangs = hangs

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                named = dict(line.lower().split(": ", 1) for line in head[1:] if line)
                await reader.readexactly(int(named.get("content-length", "0")))
                self.heard.setdefault(named.get("webhook-id", ""), time.monotonic())
                if self._hangs:
                    await asyncio.sleep(HANGS_SECONDS)
                writer.write(b"HTTP/1.1 204 Taken\r\n\r\n")
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            writer.transport.abort()


async def measure(where: Platform, seconds: int, done: Done) -> list[Delay]:
    """Write events for so long, twice. Raises BenchFault when some do not arrive."""
    conn = await asyncpg.connect(where.addresses["postgres"])
    try:
        await conn.execute(OFFICER, OWNER)
        await conn.execute(RAISED, ALERT)
        found = []
        for hanging in (0, 1):
            delays = await _run(where, conn, seconds, hanging, done)
            others = f"{RECEIVERS - 1} beside one that hangs" if hanging else f"{RECEIVERS} receivers"
            found.append(Delay(f"alert committed, webhook received, {others}", delays))
        return found
    finally:
        await conn.close()


async def _run(
    where: Platform, conn: asyncpg.Connection[asyncpg.Record], seconds: int, hanging: int, done: Done
) -> list[float]:
    """The delays of the receivers that do not hang."""
    receivers = [Receiver(hangs=number < hanging) for number in range(RECEIVERS)]
    quick = receivers[hanging:]
    count = seconds * A_SECOND
    async with AsyncExitStack() as listening:
        await _subscribe(where, conn, receivers, listening)
        written: dict[str, float] = {}
        begun = time.monotonic()
        for number in range(count):
            await asyncio.sleep(max(0.0, begun + number / A_SECOND - time.monotonic()))
            event = f"bench-{hanging}-{number}"
            await events.keep(conn, [_outgoing(event)])
            written[event] = time.monotonic()
            await conn.execute("NOTIFY deliver")
            done(number + 1 + hanging * count)
        await _arrived(quick, count)
        await conn.execute("DELETE FROM alerts.subscription")
    return [(at - written[event]) * 1000 for one in quick for event, at in one.heard.items()]


async def _arrived(receivers: list[Receiver], count: int) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while missing := sum(count - len(one.heard) for one in receivers):
        if time.monotonic() > end:
            raise BenchFault(f"{missing} webhooks did not arrive")
        await asyncio.sleep(0.01)


async def _subscribe(
    where: Platform,
    conn: asyncpg.Connection[asyncpg.Record],
    receivers: list[Receiver],
    listening: AsyncExitStack,
) -> None:
    folder = Folder(where.path)
    seal = Seal(SecretStr(folder.secret(WEBHOOK_KEY)))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.receiver(folder))
    for receiver in receivers:
        server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0, ssl=context)
        listening.callback(server.close)
        name, sink = uuid4(), f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        await conn.execute(SUBSCRIBE, name, OWNER, sink, seal.close(new_secret(), place(name, "secret")))


def _outgoing(event: str) -> Outgoing:
    headers = {
        "ce_id": event,
        "ce_type": "nl.school-transitions.alert.raised.v1",
        "ce_time": "2026-10-09T04:00:00Z",
        "ce_dataref": f"https://transfers.example/alerts/v1/alerts/{ALERT}",
    }
    data = f'{{"transitionYear":2026,"alertId":"{ALERT}","code":"A08","severity":"HIGH","region":"38"}}'
    pairs = tuple((name, value.encode()) for name, value in headers.items())
    return Outgoing(ALERT_EVENTS, None, ALERT.encode(), data.encode(), pairs)
