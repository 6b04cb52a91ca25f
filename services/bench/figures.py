"""Figures and how they are shown: what was measured, and its ratio to what it is held against."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Sequence

import msgspec
from rich.console import Console
from rich.table import Table


class Rate(msgspec.Struct, frozen=True):
    """Events a second of one way of working them off; `cpu` are the seconds that this process computed."""

    name: str
    events: int
    seconds: float
    cpu: float

    @property
    def per_second(self) -> float:
        """Events a second."""
        return self.events / self.seconds


class Delay(msgspec.Struct, frozen=True):
    """How long something took, each time, in milliseconds."""

    name: str
    milliseconds: Sequence[float]

    def percentile(self, percent: int) -> float:
        """The value below which this share lies."""
        return statistics.quantiles(self.milliseconds, n=100, method="inclusive")[percent - 1]


def show(rates: Sequence[Rate], delays: Sequence[Delay]) -> None:
    """Both tables on standard output; each rate beside its ratio to every one before it."""
    console = Console(width=None if sys.stdout.isatty() else 120)
    if rates:
        table = Table(title="worked off", title_justify="left")
        table.add_column("what")
        for heading in (
            "events",
            "seconds",
            "events/s",
            "own µs each",
            *(f"/ {one.name}" for one in rates[:-1]),
        ):
            table.add_column(heading, justify="right")
        for number, one in enumerate(rates):
            ratios = [f"{one.per_second / other.per_second:.2f}" for other in rates[:number]]
            table.add_row(
                one.name,
                f"{one.events:,}",
                f"{one.seconds:.2f}",
                f"{one.per_second:,.0f}",
                f"{one.cpu / one.events * 1e6:.0f}",
                *ratios,
            )
        console.print(table)
    if delays:
        table = Table(title="delay in ms", title_justify="left")
        table.add_column("what")
        for heading in ("times", "p50", "p95", "p99", "max"):
            table.add_column(heading, justify="right")
        for delay in delays:
            table.add_row(
                delay.name,
                f"{len(delay.milliseconds):,}",
                *(f"{delay.percentile(percent):.0f}" for percent in (50, 95, 99)),
                f"{max(delay.milliseconds):.0f}",
            )
        console.print(table)


def told(rates: Sequence[Rate], delays: Sequence[Delay]) -> dict[str, object]:
    """The same for machines."""
    return {
        "eventsPerSecond": {one.name: round(one.per_second) for one in rates},
        "milliseconds": {
            one.name: {f"p{percent}": round(one.percentile(percent), 1) for percent in (50, 95, 99)}
            for one in delays
        },
    }
