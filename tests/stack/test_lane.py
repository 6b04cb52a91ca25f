"""The lane on real parts: exactly one effect for each record, whatever happens to its holder."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from shared.runtime import lane
from shared.runtime.clock import ask
from shared.runtime.codec import barrier
from shared.runtime.kafka import Producer
from tests.stack.running import Stack
from tests.stack.tally import Bench, bench, until

pytestmark = pytest.mark.stack


@pytest.fixture
async def tally(stack: Stack) -> AsyncIterator[Bench]:
    """A lane job of its own on the running stack."""
    async with bench(stack.addresses["kafka"], stack.database) as made:
        yield made


async def counted(tally: Bench, expected: dict[str, int]) -> bool:
    """Do the rows say this?"""
    return await tally.counts() == expected


async def test_each_record_has_one_effect_and_its_state_is_sent(tally: Bench) -> None:
    await tally.start()
    for _ in range(3):
        await tally.send("anna", part=0)
        await tally.send("bram", part=1)
    await until(lambda: counted(tally, {"anna": 3, "bram": 3}))
    await until(lambda: sent(tally, {"anna": "3", "bram": "3"}))


async def sent(tally: Bench, expected: dict[str, str]) -> bool:
    """Does the outgoing topic end with this?"""
    return await tally.sent() == expected


async def test_a_holder_with_an_old_epoch_writes_nothing(tally: Bench) -> None:
    frozen = await tally.start()
    await tally.send("anna")
    await until(lambda: counted(tally, {"anna": 1}))
    await tally.raise_epoch()
    await tally.send("anna")
    await until(lambda: gave_up(frozen))
    assert await tally.counts() == {"anna": 1}


async def gave_up(one: lane.Lane) -> bool:
    """Does it hold nothing any more?"""
    return not one.holds


async def test_a_new_holder_goes_on_where_the_offset_row_says(tally: Bench) -> None:
    await tally.start()
    await tally.send("anna")
    await until(lambda: counted(tally, {"anna": 1}))
    await tally.stop()
    await tally.send("anna")
    await tally.send("bram")
    await tally.start()
    await until(lambda: counted(tally, {"anna": 2, "bram": 1}))


async def test_two_processes_share_the_partitions_and_count_once(tally: Bench) -> None:
    await tally.start("a")
    for _ in range(20):
        await tally.send("anna", part=0)
        await tally.send("bram", part=1)
    await tally.start("b")
    for _ in range(20):
        await tally.send("anna", part=0)
        await tally.send("bram", part=1)
    await until(lambda: counted(tally, {"anna": 40, "bram": 40}))
    await asyncio.sleep(0.5)
    assert await tally.counts() == {"anna": 40, "bram": 40}


async def test_what_was_committed_and_not_sent_is_sent_by_the_next_holder(
    tally: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(*_: object, **__: object) -> None:
        await asyncio.sleep(3600)

    with monkeypatch.context() as broken:
        broken.setattr(Producer, "send_all", never)
        broken.setattr(lane, "DRAIN_SECONDS", 0.1)
        await tally.start()
        await tally.send("anna")
        await until(lambda: counted(tally, {"anna": 1}))
        assert await tally.outbox() == 1
        await tally.stop()
    assert await tally.sent() == {}
    await tally.start()
    await until(lambda: sent(tally, {"anna": "1"}))
    await until(lambda: is_empty(tally))


async def is_empty(tally: Bench) -> bool:
    """Is nothing left in the outbox?"""
    return await tally.outbox() == 0


async def test_rubbish_becomes_a_dead_letter_with_its_bytes_and_stops_nobody(tally: Bench) -> None:
    await tally.start()
    await tally.send("anna", b"rubbish", traceparent="00-1-2-01")
    await tally.send("anna")
    await until(lambda: counted(tally, {"anna": 1}))
    await until(lambda: is_empty(tally))
    [letter] = await tally.read(f"{tally.name}-in-dlt", 1)
    headers = dict(letter.headers)
    assert (letter.key, letter.value, headers["traceparent"]) == (b"anna", b"rubbish", b"00-1-2-01")
    assert headers["dlt-reason"] == b"not-json"
    assert headers["dlt-topic"] == f"{tally.name}-in".encode()
    assert (headers["dlt-partition"], headers["dlt-offset"]) == (b"0", b"0")


async def test_a_record_that_breaks_the_job_becomes_a_dead_letter_alone(tally: Bench) -> None:
    for value in (b"1", b"1", b"poison", b"1"):
        await tally.send("anna", value)
    await tally.start()
    await until(lambda: counted(tally, {"anna": 3}))
    await until(lambda: is_empty(tally))
    [letter] = await tally.read(f"{tally.name}-in-dlt", 1)
    assert (letter.value, dict(letter.headers)["dlt-reason"]) == (b"poison", b"refused")


async def test_a_lost_connection_loses_and_doubles_nothing(tally: Bench) -> None:
    await tally.start()
    for number in range(60):
        await tally.send(("anna", "bram")[number % 2], part=number % 2)
        if number % 10 == 5:
            await tally.conn.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE $1",
                f"{tally.name}%",
            )
    await until(lambda: counted(tally, {"anna": 30, "bram": 30}))


async def test_a_barrier_works_off_what_is_due_and_then_says_so(tally: Bench) -> None:
    await tally.start()
    now = await ask(tally.conn)
    await tally.conn.execute(
        f"INSERT INTO {tally.name}.timer VALUES ('anna', 0, $1), ('bram', 0, $2)",  # noqa: S608
        now,
        now + timedelta(days=1),
    )
    await tally.producer.send(barrier(f"{tally.name}-in", 0, now))
    await until(lambda: answered(tally, now.isoformat()))
    assert await tally.counts() == {"anna": 1}


async def answered(tally: Bench, moment: str) -> bool:
    """Is there a watermark that answers this barrier?"""
    wanted = moment.replace("+00:00", "Z").encode()
    records = await tally.read(f"{tally.name}-out", 1)
    return any(dict(record.headers).get("barrier") == wanted for record in records)
