"""`transfers demo`: start the platform, play a school year into it, and leave the desk open."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import signal
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx2
import msgspec
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from services.demo.people import People
from services.demo.play import CLIENT, FIRST, Played, days, play, register
from services.simulate.region import read
from services.stack.clock import run_clock
from services.stack.connection import Connection, owner
from services.stack.fault import StackFault
from services.stack.folder import Folder, add_option
from services.stack.issuer.tokens import DESK_SCOPES, SYSTEM_SCOPES, Signer
from services.stack.programs import DESK_CLIENT
from services.stack.up import Wishes, down, up
from shared.domain.calendar import AMSTERDAM
from shared.domain.ids import handle

EXAMPLE = """\
examples:
  transfers demo                       region 38, 1,200 learners, about two minutes
  transfers demo --exit-when-done --json
"""
MORNING = "T08:00:00"
SUMMARY = """
SELECT (SELECT count(*) FROM alerts.case WHERE closed_at IS NULL) AS cases,
       (SELECT json_object_agg(code, n) FROM (
           SELECT code, count(*) AS n FROM alerts.alert WHERE resolved_at IS NULL GROUP BY code ORDER BY code
       ) AS one) AS alerts
"""
LOOK_AT = """
SELECT c.case_id::text, c.student_ref, c.body ->> 'opened_by' AS code, c.status FROM alerts.case AS c
WHERE c.closed_at IS NULL AND c.body ->> 'opened_by' IS NOT NULL ORDER BY c.body ->> 'opened_by', c.opened_at
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--region", default="38", metavar="NN")
    parser.add_argument("--learners", type=int, default=1200, metavar="N")
    parser.add_argument(
        "--seconds-per-year", type=float, default=0, metavar="S", help="play no faster than this"
    )
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="the same seed, the same year")
    parser.add_argument(
        "--broker", choices=("kafka", "tansu"), help="default: kafka where Java and Maven are"
    )
    parser.add_argument(
        "--exit-when-done", action="store_true", help="stop everything at the end of the year"
    )
    parser.add_argument("--json", action="store_true", help="print the totals as JSON, as the last line")
    add_option(parser)


def run(args: argparse.Namespace) -> int:
    """Play; a fault is one message and exit status 1."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    folder = Folder(args.dir)
    try:
        read(args.region)
        return _demo(args, folder)
    except (StackFault, ValueError) as fault:
        print(f"transfers demo: {fault}", file=sys.stderr)
    except httpx2.HTTPError as fault:
        print(f"transfers demo: the platform did not answer ({type(fault).__name__})", file=sys.stderr)
        print(f"  what helps: see the logs in {folder.logs}", file=sys.stderr)
    except KeyboardInterrupt:
        print("transfers demo: stopping", file=sys.stderr)
    if folder.plan() is not None:
        down(folder)
    return 1


def _demo(args: argparse.Namespace, folder: Folder) -> int:
    console = Console(stderr=True, soft_wrap=True)
    moment = _first_moment()
    up(folder, Wishes(args.broker, moment), _Voice(console))
    plan = folder.plan()
    fresh = plan is None or plan.broker == "tansu"
    if fresh and _state(folder).exists():
        console.print("The small broker keeps nothing: the year starts anew.")
        _state(folder).unlink()
    played = _read(folder, args)
    begun = time.monotonic()
    totals = asyncio.run(_play(args, folder, played, console))
    totals["seconds"] = round(time.monotonic() - begun, 1)
    if args.exit_when_done:
        down(folder)
    if args.json:
        print(json.dumps(totals))
    if not args.exit_when_done:
        _stay(folder)
    return 0


class _Voice:
    """What the stack says while it comes up."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def progress(self, text: str) -> None:
        """What it is doing."""
        self._console.print(f"  {text}")

    def note(self, text: str) -> None:
        """What the person should know."""
        self._console.print(f"  {text}")


async def _play(args: argparse.Namespace, folder: Folder, played: Played, console: Console) -> dict[str, Any]:
    found = folder.addresses() or {}
    signer = Signer(folder, str(found["issuer"]))
    async with owner(folder) as connection, httpx2.AsyncClient(timeout=60, trust_env=False) as http:
        people = People(
            http,
            str(found["alerts"]),
            signer.access_token(f"makelaar-1-{played.region}", DESK_CLIENT, DESK_SCOPES),
            signer.access_token(f"rmc-{played.region}", DESK_CLIENT, DESK_SCOPES),
            played.seed,
        )
        if played.finished:
            console.print("This folder has played its year already; the desk opens where it stands.")
        else:
            await register(connection, played.region)
            token = signer.access_token(CLIENT, CLIENT, SYSTEM_SCOPES)
            await _year(
                args, folder, played, console, connection, http, str(found["registration"]), token, people
            )
        await run_clock(connection, 1)
        totals = await _totals(connection, played, found)
        _show(console, totals, await connection.fetch(LOOK_AT), people.counted)
    return totals


async def _year(
    args: argparse.Namespace,
    folder: Folder,
    played: Played,
    console: Console,
    connection: Connection,
    http: httpx2.AsyncClient,
    registration: str,
    token: str,
    people: People,
) -> None:
    year = days(played)
    pace = args.seconds_per_year / max(1, len(year))
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        bar = progress.add_task("a school year", total=len(year))
        month = 0
        begun = time.monotonic()
        async for one in play(connection, http, registration, token, people, year):
            played.day = one.day
            played.events += one.events
            played.accepted += one.accepted
            _state(folder).write_bytes(msgspec.json.encode(played))
            text = (
                f"{one.day:%a %d %b %Y}  {one.events:4} events, {sum(people.counted.values())} actions so far"
            )
            progress.update(bar, advance=1, description=text)
            if not console.is_terminal and one.day.month != month:
                month = one.day.month
                console.print(f"{time.monotonic() - begun:6.1f} s  {text}")
            await asyncio.sleep(
                max(0.0, pace - (time.monotonic() - begun) / max(1, progress.tasks[0].completed))
            )


async def _totals(connection: Connection, played: Played, found: dict[str, Any]) -> dict[str, Any]:
    row = await connection.fetchrow(SUMMARY)
    states: Counter[str] = Counter()
    for body in await connection.fetch("SELECT body FROM placement.learner"):
        record = msgspec.msgpack.decode(body["body"])
        for year in record[2].values():
            states[str(year[2])] += 1
    assert row is not None  # noqa: S101
    return {
        "events": played.events,
        "accepted": played.accepted,
        "states": dict(sorted(states.items())),
        "alertsOpen": json.loads(row["alerts"] or "{}"),
        "casesOpen": row["cases"],
        "seconds": 0.0,
        "desk": found["desk"],
    }


def _show(console: Console, totals: dict[str, Any], cases: list[Any], counted: Counter[str]) -> None:
    """The end of the year, and what to look at."""
    console.print()
    console.print(
        f"[bold]The year is over:[/bold] {totals['events']} events, {totals['casesOpen']} open cases."
    )
    did = ", ".join(f"{count} {what}" for what, count in sorted(counted.items()))
    console.print(f"People did: {did or 'nothing today'}.")
    console.print(f"\nOpen the desk:  [bold]{totals['desk']}[/bold]   (choose Samira Voorbeeld, RMC)\n")
    console.print("What to look at; each page says why it stands there and which events lie behind it:")
    told: set[str] = set()
    for case in cases:
        if case["code"] not in told and len(told) < 4:
            told.add(case["code"])
            where = f"{totals['desk']}/cases/{case['case_id']}"
            console.print(f"  {case['code']}  {handle(case['student_ref'])}  {where}")
    console.print("\nA token to post events yourself:  transfers token --client demo")


def _stay(folder: Folder) -> None:
    """Until Ctrl-C; then everything that was started stops."""
    print("The platform runs until Ctrl-C.", file=sys.stderr, flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        signal.pause()
    down(folder)
    print("Everything is stopped. `make demo` goes on from here.", file=sys.stderr)


def _first_moment() -> Any:
    from datetime import datetime, time

    return datetime.combine(FIRST, time(8), AMSTERDAM)


def _state(folder: Folder) -> Path:
    return folder.path / "demo.json"


def _read(folder: Folder, args: argparse.Namespace) -> Played:
    try:
        return msgspec.json.decode(_state(folder).read_bytes(), type=Played)
    except (OSError, msgspec.MsgspecError):
        return Played(args.region, args.learners, args.seed)
