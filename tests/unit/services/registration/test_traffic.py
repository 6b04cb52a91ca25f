"""Requests under way: a barrier waits for those that had begun, and for no others."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from services.registration import traffic as module
from services.registration.traffic import Traffic
from shared.runtime.clock import Clock
from shared.runtime.problems import Problem


class Row:
    """The clock in the database, held or not."""

    def __init__(self, *, held: bool) -> None:
        self._row = (1, datetime.now(UTC), datetime.now(UTC), 0.0, held)

    async def fetchrow(self, _: str) -> tuple[object, ...]:
        """Its one row."""
        return self._row


@pytest.fixture
def clock() -> Clock:
    return Clock(embedded=True)


@pytest.fixture
def traffic(clock: Clock) -> Traffic:
    return Traffic(clock)


async def test_a_barrier_waits_for_what_had_begun_and_not_for_what_comes_later(traffic: Traffic) -> None:
    async with traffic.request():
        barrier = asyncio.create_task(traffic.ended())
        await asyncio.sleep(0)
        late = traffic.request()
        await late.__aenter__()
        assert not barrier.done()
    await asyncio.wait_for(barrier, 1)
    await late.__aexit__(None, None, None)


async def test_without_requests_there_is_nothing_to_wait_for(traffic: Traffic) -> None:
    await asyncio.wait_for(traffic.ended(), 1)


async def test_a_request_waits_while_the_clock_is_being_set(
    traffic: Traffic, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await clock.read(Row(held=True))  # type: ignore[arg-type]
    entering = asyncio.create_task(traffic.request().__aenter__())
    await asyncio.sleep(0)
    await asyncio.wait_for(traffic.ended(), 1)  # it has not begun
    assert not entering.done()
    await clock.read(Row(held=False))  # type: ignore[arg-type]
    await asyncio.wait_for(entering, 1)
    monkeypatch.setattr(module, "HELD_SECONDS", 0)
    await clock.read(Row(held=True))  # type: ignore[arg-type]
    with pytest.raises(Problem, match="unavailable"):
        await traffic.request().__aenter__()


async def test_a_request_that_failed_has_ended(traffic: Traffic) -> None:
    with pytest.raises(ZeroDivisionError):
        async with traffic.request():
            raise ZeroDivisionError
    await asyncio.wait_for(traffic.ended(), 1)


async def test_more_than_can_be_handled_is_refused_and_not_queued(
    traffic: Traffic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_ITEMS", 3)
    async with traffic.items(2):
        with pytest.raises(Problem, match="unavailable"):
            async with traffic.items(2):
                pass
        async with traffic.items(1):
            pass
    async with traffic.items(3):
        pass
