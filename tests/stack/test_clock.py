"""Barriers and the clock, on a database where a few statements stand in for the services."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from services.stack.clock import now, release, run_clock, set_clock
from services.stack.database import first_clock
from services.stack.fault import StackFault
from services.stack.settled import NotSettled, settle
from tests.stack.alone import Addresses, database

pytestmark = [pytest.mark.stack, pytest.mark.timeout(60)]

START = datetime(2025, 10, 1, 6, tzinfo=UTC)
PARTS = """
INSERT INTO alerts.stream_offset (topic, part, next_offset, cluster)
SELECT 'transition-states', part, 0, 'a cluster' FROM generate_series(0, 11) AS part
"""


@pytest.fixture(scope="module")
def addresses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Addresses]:
    with database(tmp_path_factory.mktemp("clock")) as found:
        yield found


@pytest.fixture
async def connection(addresses: Addresses) -> AsyncIterator[Any]:
    """The database of a stack whose clock stands still at START."""
    made = await asyncpg.connect(addresses())
    await made.execute("TRUNCATE platform.clock, platform.process, platform.barrier CASCADE")
    await made.execute("TRUNCATE alerts.stream_offset, alerts.action, alerts.outbox, placement.outbox")
    await made.execute(PARTS)
    await first_clock(made, START)
    yield made
    await made.close()


@asynccontextmanager
async def services(addresses: Addresses, *, slow: float = 0) -> AsyncIterator[list[bool]]:
    """Answer each barrier as registration, placement and alerts would; tells whether requests were held."""
    own = await asyncpg.connect(addresses())
    held: list[bool] = []
    asked: asyncio.Queue[str] = asyncio.Queue()
    await own.add_listener("barrier", lambda *told: asked.put_nowait(str(told[-1])))

    async def answer() -> None:
        while True:
            barrier = int(await asked.get())
            held.append(bool(await own.fetchval("SELECT held FROM platform.clock")))
            await asyncio.sleep(slow)
            at = await own.fetchval(
                "UPDATE platform.barrier SET written_at = clock_timestamp() WHERE id = $1 RETURNING at",
                barrier,
            )
            await own.execute("UPDATE alerts.stream_offset SET watermark = $1", at)
            await own.execute("NOTIFY settled")

    task = asyncio.create_task(answer())
    try:
        yield held
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await own.close()


async def clock(connection: Any) -> Any:
    return await connection.fetchrow("SELECT version, domain, rate, held FROM platform.clock")


async def test_settled_when_every_partition_has_answered(connection: Any, addresses: Addresses) -> None:
    async with services(addresses) as held:
        left = await settle(connection, 5)

    assert held == [False]
    assert (left.pending_receipts, left.blocked_learners) == (0, 0)


async def test_an_old_answer_is_no_answer_although_the_clock_stands_still(
    connection: Any, addresses: Addresses
) -> None:
    async with services(addresses):
        await settle(connection, 5)

    with pytest.raises(NotSettled) as fault:
        await settle(connection, 0.05)
    assert fault.value.waiting.partitions == 12
    assert await now(connection) - START < timedelta(seconds=1)


async def test_what_is_not_sent_yet_is_waited_for(connection: Any, addresses: Addresses) -> None:
    await connection.execute("INSERT INTO placement.outbox (part) VALUES (3)")

    async with services(addresses):
        with pytest.raises(NotSettled, match="1 outbox rows not yet sent"):
            await settle(connection, 0.1)


async def test_what_may_still_become_an_event_asks_for_another_barrier(
    connection: Any, addresses: Addresses
) -> None:
    await connection.execute("INSERT INTO alerts.outbox (part, messages) VALUES (3, '')")

    async with services(addresses, slow=0.05) as held:
        waiting = asyncio.create_task(settle(connection, 5))
        await asyncio.sleep(0.02)
        other = await asyncpg.connect(addresses())
        await other.execute("DELETE FROM alerts.outbox")
        await other.close()
        await waiting

    assert len(held) == 2


async def test_setting_the_clock_holds_requests_until_it_is_done(
    connection: Any, addresses: Addresses
) -> None:
    to = START + timedelta(days=1)
    async with services(addresses) as held:
        await set_clock(connection, to, 5)

    assert held == [True]
    assert tuple(await clock(connection)) == (2, to, 0, False)


async def test_it_waits_for_every_living_process(connection: Any, addresses: Addresses) -> None:
    await connection.execute(
        "INSERT INTO platform.process (id, role, clock_version) VALUES ('placement-1', 'placement', 1)"
    )
    await connection.execute(
        "INSERT INTO platform.process (id, role, clock_version, seen_at) "
        "VALUES ('dead-1', 'placement', 1, clock_timestamp() - interval '1 minute')"
    )

    async with services(addresses):
        with pytest.raises(StackFault, match="placement-1 did not take the new time"):
            await set_clock(connection, START + timedelta(days=1), 0.2)


async def test_requests_are_let_through_when_it_fails(connection: Any) -> None:
    with pytest.raises(NotSettled):
        await set_clock(connection, START + timedelta(days=1), 0.05)

    found = await clock(connection)
    assert (found["version"], found["held"]) == (1, False)
    assert found["domain"] - START < timedelta(seconds=1)


async def test_the_clock_only_goes_forwards(connection: Any, addresses: Addresses) -> None:
    with pytest.raises(StackFault, match="only goes forwards"):
        await set_clock(connection, START - timedelta(days=1), 1)

    async with services(addresses):
        await settle(connection, 5)
    await set_clock(connection, START, 1)  # it is there: barriers are no reason to refuse
    assert (await clock(connection))["version"] == 1


async def test_two_commands_do_not_move_it_at_once(connection: Any, addresses: Addresses) -> None:
    second = await asyncpg.connect(addresses())
    await second.execute("SET lock_timeout = '100ms'")
    async with services(addresses, slow=0.5):
        first = asyncio.create_task(set_clock(connection, START + timedelta(days=1), 5))
        await asyncio.sleep(0.1)
        with pytest.raises(StackFault, match="another command is moving the clock"):
            await set_clock(second, START + timedelta(days=2), 5)
        await first

    assert (await clock(connection))["domain"] == START + timedelta(days=1)
    await second.close()


async def test_a_killed_command_holds_nobody_for_ever(connection: Any, addresses: Addresses) -> None:
    await connection.execute("UPDATE platform.clock SET held = true")

    await release(connection)

    assert not (await clock(connection))["held"]


async def test_a_stack_on_real_time_can_get_a_moved_clock(connection: Any, addresses: Addresses) -> None:
    await connection.execute("DELETE FROM platform.clock")
    to = datetime.now(UTC) + timedelta(days=30)

    async with services(addresses):
        await set_clock(connection, to, 5)

    assert timedelta(0) <= await now(connection) - to < timedelta(seconds=5)


async def test_it_can_run(connection: Any, addresses: Addresses) -> None:
    async with services(addresses):
        await run_clock(connection, 86_400, 5)

    await asyncio.sleep(0.05)
    assert await now(connection) > START + timedelta(minutes=30)
