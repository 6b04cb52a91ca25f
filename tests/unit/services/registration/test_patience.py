"""Work that waits for a database or a broker, and for nothing else."""

from __future__ import annotations

import asyncio

import pytest
from aiokafka.errors import KafkaConnectionError

from services.registration import patience
from services.registration.patience import persist, whenever


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """No pause between two attempts."""
    monkeypatch.setattr(patience, "RETRY_SECONDS", 0)


@pytest.mark.parametrize("passing", [ConnectionResetError(), TimeoutError(), KafkaConnectionError()])
async def test_what_passes_is_waited_for(passing: Exception) -> None:
    faults = [passing, passing]

    async def work() -> None:
        if faults:
            raise faults.pop()

    await persist(work, "work")
    assert faults == []


async def test_a_defect_is_not_waited_for() -> None:
    async def work() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await persist(work, "work")


async def test_what_is_asked_for_during_the_work_is_done_after_it() -> None:
    asked, begun, go_on = asyncio.Event(), asyncio.Semaphore(0), asyncio.Event()
    times = 0

    async def work() -> None:
        nonlocal times
        times += 1
        begun.release()
        await go_on.wait()

    task = asyncio.create_task(whenever(asked, work, "work"))
    asked.set()
    await begun.acquire()
    asked.set()
    asked.set()
    go_on.set()
    await begun.acquire()
    await asyncio.sleep(0)
    task.cancel()
    assert times == 2
