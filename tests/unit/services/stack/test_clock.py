"""Moments as people type them."""

from __future__ import annotations

import pytest

from services.stack.clock import read_moment
from services.stack.fault import StackFault


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("2026-10-01T08:00+02:00", "2026-10-01T08:00:00+02:00"),
        ("2026-10-01T06:00Z", "2026-10-01T06:00:00+00:00"),
        ("2026-10-01T08:00", "2026-10-01T08:00:00+02:00"),
        ("2026-12-01", "2026-12-01T00:00:00+01:00"),
    ],
)
def test_without_an_offset_it_is_dutch_clock_time(typed: str, meant: str) -> None:
    assert read_moment(typed).isoformat() == meant


def test_what_is_no_moment_is_refused_with_an_example() -> None:
    with pytest.raises(StackFault, match="2026-10-01T08:00"):
        read_moment("tomorrow")
