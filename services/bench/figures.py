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


class Size(msgspec.Struct, frozen=True):
    """What a stored value takes in bytes, and the work of writing and reading one, in microseconds."""

    name: str
    bytes: Sequence[int]
    encode: float
    decode: float


class Domain(msgspec.Struct, frozen=True):
    """The domain alone on one core, in seconds of computing.

    `walks` are the steps of single learners. `checkpoints` say how long it takes to judge everybody in the
    country at one moment.
    """

    events: int
    attendance: int
    walks: int
    merging: float
    taking: float
    walking: float
    checkpoints: dict[str, float]
    sizes: list[Size]

    @property
    def per_second(self) -> float:
        """Events a second, from decoded event to state, alerts and the next due moment."""
        return self.events / (self.merging + self.taking + self.walking)


BARS = {
    "events/s": "at least 10,000, aim 30,000",
    "checkpoint": "at most 30 s, aim 10",
    "bytes": "at most 4,096",
}
"""What is asked of the domain."""


def show_domain(one: Domain) -> None:
    """What was measured beside what is asked."""
    table = Table(title="the domain, one core", title_justify="left")
    for heading, side in (("what", "left"), ("figure", "right"), ("asked", "left")):
        table.add_column(heading, justify="right" if side == "right" else "left")
    share = one.attendance / one.events
    table.add_row(
        f"events/s ({one.events:,}, {share:.0%} attendance)", f"{one.per_second:,.0f}", BARS["events/s"]
    )
    for name, seconds in (("merge", one.merging), ("take", one.taking), ("walk", one.walking)):
        table.add_row(f"  {name}, µs an event", f"{seconds / one.events * 1e6:.1f}", "")
    for name, seconds in one.checkpoints.items():
        table.add_row(f"125,000 learners at the {name}, s", f"{seconds:.1f}", BARS["checkpoint"])
    for size in one.sizes:
        if size.bytes:
            mean, most = statistics.mean(size.bytes), max(size.bytes)
            table.add_row(
                f"{size.name} with a year of attendance, bytes (max)",
                f"{mean:,.0f} ({most:,})",
                BARS["bytes"],
            )
            table.add_row("  write, read, µs", f"{size.encode:.0f}, {size.decode:.0f}", "")
    _console().print(table)


def show(rates: Sequence[Rate], delays: Sequence[Delay]) -> None:
    """Both tables on standard output; each rate beside its ratio to every one before it."""
    console = _console()
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


def _console() -> Console:
    return Console(width=None if sys.stdout.isatty() else 120)


def _told_domain(one: Domain) -> dict[str, object]:
    """The same for machines."""
    each = 1e6 / one.events
    return {
        "eventsPerSecond": round(one.per_second),
        "events": one.events,
        "attendance": one.attendance,
        "walks": one.walks,
        "microseconds": {
            "merge": round(one.merging * each, 1),
            "take": round(one.taking * each, 1),
            "walk": round(one.walking * each, 1),
        },
        "secondsForTheCountry": {name: round(seconds, 1) for name, seconds in one.checkpoints.items()},
        "sizes": {
            size.name: {
                "bytes": round(statistics.mean(size.bytes)),
                "most": max(size.bytes),
                "encode": round(size.encode, 1),
                "decode": round(size.decode, 1),
            }
            for size in one.sizes
            if size.bytes
        },
    }


def told(rates: Sequence[Rate], delays: Sequence[Delay], alone: Domain | None = None) -> dict[str, object]:
    """The same for machines."""
    return {
        "domain": _told_domain(alone) if alone else None,
        "eventsPerSecond": {one.name: round(one.per_second) for one in rates},
        "milliseconds": {
            one.name: {f"p{percent}": round(one.percentile(percent), 1) for percent in (50, 95, 99)}
            for one in delays
        },
    }
