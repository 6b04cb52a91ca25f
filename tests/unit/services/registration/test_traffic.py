"""Requests under way: a barrier waits for those that had begun, and for no others."""

from __future__ import annotations

import asyncio

import pytest

from services.registration import traffic as module
from services.registration.traffic import Traffic
from shared.runtime.clock import Clock
from shared.runtime.problems import Problem


@pytest.fixture
def traffic() -> Traffic:
    return Traffic(Clock(embedded=True))


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
