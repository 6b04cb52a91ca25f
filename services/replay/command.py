"""`transfers replay`: states, alerts and cases from a file of events, at any moment."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from rich.console import Console
from rich.progress import Progress

from services.replay import compare, show, totals
from services.replay.compare import Comparison
from services.replay.contrast import comparison
from services.replay.lines import Reading, Rejected
from services.replay.play import play, watches, world_of
from services.replay.totals import Totals
from shared.domain import report
from shared.domain.calendar import AMSTERDAM, local_date
from shared.domain.learner import Learner
from shared.domain.policy import Policy, in_force, read_policy
from shared.domain.watch import Watch
from shared.domain.world import World
from shared.runtime.reference import policies

EXAMPLE = """examples:
  transfers replay tests/histories/placed.json --at 2026-10-09T06:00
  transfers replay events.jsonl --actions actions.jsonl --institutions institutions.jsonl --json
  transfers replay events.jsonl --compare milder.toml

An event counts from its receivedtime when the line has one, else from its time. A policy file has a version,
the date from which it holds (valid_from), and what it changes: what it leaves out is as it is nationally."""


class Replayed(NamedTuple):
    """Where learners and institutions stand in a world."""

    learners: list[Learner]
    watched: list[Watch]
    world: World


def configure(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="events, one CloudEvent a line")
    parser.add_argument("--at", type=moment, metavar="T", help="the moment to judge (default: now)")
    parser.add_argument("--institutions", type=Path, metavar="FILE", help="schools, institutions and desks")
    parser.add_argument("--actions", type=Path, metavar="FILE", help="what people did, one action a line")
    parser.add_argument("--learner", metavar="REF", help="only this learner, in full")
    parser.add_argument("--policy", type=Path, metavar="FILE", help="deadlines and thresholds, in TOML")
    parser.add_argument(
        "--compare", type=Path, metavar="POLICY", help="tell what another policy would change"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(args: argparse.Namespace) -> int:
    """Replay. Exit status 1 when a line was rejected, 2 when a file cannot be used."""
    at = args.at or datetime.now(UTC)
    reading = Reading()
    try:
        policy, other = _policy(args.policy), _policy(args.compare)
        replayed, compared = _replay(args, reading, policy, other, at)
    except (OSError, ValueError) as fault:
        print(f"transfers replay: {fault}", file=sys.stderr)
        return 2
    learners, watched, world = replayed
    rejected = sorted(reading.rejected, key=lambda one: (one.file, one.line))
    if args.json:
        found = document(learners, watched, rejected, world, at)
        found |= {"compare": compare.document(compared, world)} if compared else {}
        print(msgspec.json.encode(found).decode())
    else:
        console = Console()
        show.everything(console, learners, watched, rejected, world, at, args.learner)
        if compared:
            comparison(console, compared)
    return 1 if rejected else 0


def moment(text: str) -> datetime:
    """A moment as people write it; without an offset it is Dutch local time.

    Raises ValueError, also for the edges of the calendar, where Dutch time or UTC has no date.
    """
    at = datetime.fromisoformat(text)
    try:
        at = (at if at.tzinfo else at.replace(tzinfo=AMSTERDAM)).astimezone(UTC)
        local_date(at)
    except OverflowError as beyond:
        raise ValueError(text) from beyond
    return at


def _policy(path: Path | None) -> Policy | None:
    """A policy of one's own. Raises OSError and ValueError, with the name of the file."""
    try:
        return read_policy(path.read_text(), policies()) if path else None
    except ValueError as wrong:
        raise ValueError(f"{path}: {wrong}") from wrong


def document(
    learners: Sequence[Learner],
    watched: Sequence[Watch],
    rejected: Sequence[Rejected],
    world: World,
    at: datetime,
) -> dict[str, Any]:
    """What `--json` prints."""
    return {
        "at": at,
        "policyVersion": in_force(world.policies, at).version,
        "rejected": [_rejected(one) for one in rejected],
        "learners": [
            report.of_learner(learner, year, world)
            for learner in learners
            for year in report.years_of(learner)
        ],
        "institutions": [report.of_institution(watch, world) for watch in watched],
        "summary": summary(learners),
    }


def summary(learners: Iterable[Learner]) -> dict[str, Any]:
    """How many stand where: by state, by alert and by status of the case; once more for each region."""
    whole = totals.of(learners)
    return _counted(whole) | {
        "regions": {region: _counted(part) for region, part in totals.by_region(whole).items()}
    }


def _counted(whole: Totals) -> dict[str, Any]:
    raised, still = whole.raised, whole.still
    return {
        "states": dict(sorted(whole.states.items())),
        "alerts": {code: {"raised": raised[code], "open": still[code]} for code in sorted(raised)},
        "cases": dict(sorted(whole.cases.items())),
    }


def _replay(
    args: argparse.Namespace, reading: Reading, policy: Policy | None, other: Policy | None, at: datetime
) -> tuple[Replayed, Comparison | None]:
    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as progress:
        for path in args.files:
            for _ in progress.track(reading.events(path), total=None, description=f"Reading {path.name}"):
                pass
        if args.institutions:
            reading.registered(args.institutions)
        if args.actions:
            reading.acted(args.actions)
        total = 1 if args.learner else len(reading.arrivals)

        def walk(world: World, what: str) -> Replayed:
            walked = progress.track(play(reading, world, at, args.learner), total=total, description=what)
            learners = list(walked)
            watched = [] if args.learner else [watch for watch in watches(world, at) if watch.alerts]
            return Replayed(learners, watched, world)

        now = walk(world_of(reading, policy), "Walking learners")
        if other is None:
            return now, None
        refused = len(reading.rejected)
        then = walk(world_of(reading, other), f"Under {other.version}")
        found = compare.differences(
            compare.alerts_of(now.learners, now.watched), compare.alerts_of(then.learners, then.watched)
        )
        compared = Comparison(other.version, found, tuple(reading.rejected[refused:]))
        del reading.rejected[refused:]  # what could not be done there was done here
    return now, compared


def _rejected(one: Rejected) -> dict[str, Any]:
    errors = [{"pointer": fault.pointer, "code": fault.code, "detail": fault.detail} for fault in one.faults]
    return {"file": one.file, "line": one.line, "problem": {"code": one.code, "errors": errors}}
