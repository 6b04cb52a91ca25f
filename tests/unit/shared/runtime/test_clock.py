"""Domain time is machine time, moved."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from shared.runtime.clock import LATENESS, Reading

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
OCTOBER = datetime(2025, 10, 1, 6, tzinfo=UTC)


def test_without_a_row_domain_time_is_machine_time() -> None:
    assert Reading().domain_at(NOON) == NOON


@pytest.mark.parametrize(("rate", "expected"), [(0, 0), (1, 90), (1000, 90_000)])
def test_a_moved_clock_runs_at_its_rate(rate: float, expected: float) -> None:
    moved = Reading(version=1, machine=NOON, domain=OCTOBER, rate=rate)
    assert moved.domain_at(NOON + timedelta(seconds=90)) == OCTOBER + timedelta(seconds=expected)


@pytest.mark.parametrize(("rate", "expected"), [(0, LATENESS), (1, LATENESS), (60, 60 * LATENESS)])
def test_lateness_grows_with_the_rate_and_never_vanishes(rate: float, expected: timedelta) -> None:
    assert Reading(rate=rate).lateness == expected
