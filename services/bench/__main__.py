"""`python -m services.bench`: measures on embedded stacks of its own, in one run.

Placement is held against the same lane with a job that does nothing but write rows as large.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import sys

import uvloop
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from services.bench import bare, domain, events, figures, lanes, visible, webhooks
from services.bench.figures import Delay, Domain, Rate
from services.bench.platform import BenchFault, platform
from shared.runtime import logs
from shared.runtime.worker import GARBAGE

EXAMPLE = "example: python -m services.bench --learners 6000 --seconds 10"


def main(argv: list[str] | None = None) -> int:
    """Measure and print; 1 when a measurement could not be made."""
    args = _parser().parse_args(argv)
    logs.configure("bench", "1")
    gc.set_threshold(*GARBAGE)
    progress = Progress(
        TextColumn("{task.description:32}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        disable=not sys.stderr.isatty(),
    )
    rates: list[Rate] = []
    delays: list[Delay] = []
    alone: Domain | None = None
    try:
        with progress:
            bars = _Bars(progress)
            if args.domain:
                alone = domain.measure(args.domain, bars.step)
            if args.learners:
                rates = _throughput(args.learners, bars)
            if args.seconds:
                delays = [_visible(args.seconds, args.rate, bars), *_webhooks(args.seconds, bars)]
    except BenchFault as fault:
        print(f"bench: {fault}", file=sys.stderr)
        return 1
    if args.json:
        print(json.dumps(figures.told(rates, delays, alone)))
    else:
        if alone is not None:
            figures.show_domain(alone)
        figures.show(rates, delays)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m services.bench", description=__doc__, epilog=EXAMPLE)
    parser.add_argument("--learners", type=int, default=6000, help="of the simulated year; 0: no throughput")
    parser.add_argument(
        "--domain", type=int, default=2000, help="learners of a whole year for the domain alone; 0: none"
    )
    parser.add_argument("--seconds", type=int, default=10, help="of posting to the whole platform; 0: none")
    parser.add_argument("--rate", type=int, default=50, help="events a second that are posted")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


class _Bars:
    """One progress bar for each step."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def step(self, name: str, total: int | None = None) -> _Bar:
        """Begin the next one."""
        return _Bar(self._progress, self._progress.add_task(name, total=total))


class _Bar:
    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress = progress
        self._task = task

    def __call__(self, completed: int) -> None:
        """So far."""
        self._progress.update(self._task, completed=completed)

    def end(self) -> None:
        """All of it."""
        self._progress.update(self._task, total=1, completed=1)


def _throughput(learners: int, bars: _Bars) -> list[Rate]:
    bar = bars.step("a year of events")
    messages = list(events.year(learners))
    bar.end()
    bar = bars.step("Kafka and PostgreSQL")
    with platform("--only", "infra") as where:
        bar.end()
        bar = bars.step("events into the log")
        uvloop.run(events.fill(where, messages))
        bar.end()
        count = len(messages)
        found = [
            uvloop.run(bare.consume(where, count, bars.step("bare consumer", count))),
            uvloop.run(lanes.place(where, count, bars.step("placement", count))),
        ]
        size = asyncio.run(lanes.row_size(where))
        idle = uvloop.run(lanes.idle(where, size, count, bars.step("lane, no-op", count)))
        return [found[0], idle, found[1]]


def _visible(seconds: int, rate: int, bars: _Bars) -> Delay:
    bar = bars.step("the whole platform")
    with platform("--clock", visible.BEGIN) as where:
        bar.end()
        return uvloop.run(visible.measure(where, seconds, rate, bars.step("posted, seen", seconds * rate)))


def _webhooks(seconds: int, bars: _Bars) -> list[Delay]:
    bar = bars.step("the process that delivers")
    with platform("--only", *webhooks.PARTS) as where:
        bar.end()
        total = 2 * seconds * webhooks.A_SECOND
        return uvloop.run(webhooks.measure(where, seconds, bars.step("events, delivered", total)))


if __name__ == "__main__":
    sys.exit(main())
