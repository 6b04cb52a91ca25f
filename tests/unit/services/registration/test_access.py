"""The client registry in memory: who is known, and how fast each may send."""

from __future__ import annotations

import time

import pytest

from services.registration.access import Bucket, Registry
from shared.runtime.problems import Problem
from tests.unit.services.registration.door import client


@pytest.fixture
def seconds(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The monotonic clock, as a list with one number in it."""
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


def test_a_bucket_holds_two_seconds_and_fills_by_its_rate(seconds: list[float]) -> None:
    bucket = Bucket(10)
    assert bucket.take(20) == 0
    assert bucket.take(1) == pytest.approx(0.1)
    seconds[0] += 0.5
    assert bucket.take(5) == 0
    seconds[0] += 3600
    assert bucket.take(20) == 0
    assert bucket.take(1) > 0


def test_one_batch_may_be_larger_than_the_rate_and_is_paid_off_later(seconds: list[float]) -> None:
    bucket = Bucket(10)
    assert bucket.take(50) == 0
    assert bucket.take(1) == pytest.approx(3.1)
    seconds[0] += 3.1
    assert bucket.take(1) == 0


def test_a_new_list_replaces_the_old_one_and_leaves_what_was_spent(seconds: list[float]) -> None:
    registry = Registry()
    registry.fill([client("one", rate=10), client("two", rate=10)])
    registry.spend(registry.client("one"), 20)
    registry.fill([client("one", rate=10), client("three", rate=10)])
    with pytest.raises(Problem, match="forbidden"):
        registry.client("two")
    with pytest.raises(Problem, match="too-many-requests") as fault:
        registry.spend(registry.client("one"), 1)
    assert fault.value.headers == {"retry-after": "1"}
    registry.spend(registry.client("three"), 1)


def test_another_rate_is_in_force_at_once(seconds: list[float]) -> None:
    registry = Registry()
    registry.fill([client("one", rate=1)])
    registry.spend(registry.client("one"), 100)
    registry.fill([client("one", rate=1000)])
    registry.spend(registry.client("one"), 100)
