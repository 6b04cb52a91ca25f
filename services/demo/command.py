"""`transfers demo`: start the platform, play a school year into it, and leave the desk open."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
import time
import webbrowser
from pathlib import Path
from typing import Any

import asyncpg
import httpx2
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from services.demo.closing import sights, silences, text, totals
from services.demo.people import People
from services.demo.play import CLIENT, Day, Stage, days, evening, play, register
from services.demo.played import BEFORE, FILE, LAST, Played, keep, recall
from services.simulate.command import world_of
from services.simulate.region import read, registered
from services.stack.clock import now, run_clock
from services.stack.connection import Connection, owner
from services.stack.fault import StackFault
from services.stack.folder import Folder, add_option
from services.stack.issuer.persons import admit, cast
from services.stack.issuer.tokens import DESK_SCOPES, SYSTEM_SCOPES, Signer
from services.stack.programs import DESK_CLIENT
from services.stack.up import Wishes, down, up

EXAMPLE = """\
examples:
  transfers demo                       region 38, 1,200 learners, about two minutes
  transfers demo --exit-when-done --json
  transfers demo --region 39 --dir .transfers-39
"""
SILENT = (httpx2.HTTPError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError)
"""What is raised when a part of the platform is gone."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--region", default="38", metavar="NN", help="number of the region (default 38)")
    parser.add_argument("--learners", type=int, default=1200, metavar="N", help="how many (default 1200)")
    parser.add_argument(
        "--seconds-per-year",
        type=float,
        default=120,
        metavar="S",
        help="how long a year should take (default 120): it never waits, and says when it took longer",
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
    """Play; a fault is one message and exit status 1. What this command started, it stops."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    folder, console = Folder(args.dir), Console(stderr=True, soft_wrap=True, highlight=False)
    try:
        read(args.region)
        started = up(folder, Wishes(args.broker, evening(BEFORE).replace(hour=8)), _Voice(console))
        try:
            return _demo(args, folder, console, started)
        finally:
            if started:
                signal.signal(signal.SIGINT, signal.SIG_IGN)
                down(folder)
    except (StackFault, ValueError) as fault:
        console.print(f"transfers demo: {fault}", markup=False)
    except SILENT as fault:
        console.print(f"transfers demo: the platform did not answer ({type(fault).__name__})", markup=False)
        console.print(f"  what helps: see the logs in {folder.logs}", markup=False)
    except KeyboardInterrupt:
        console.print(f"transfers demo: stopped; the same command {_hereafter(folder)}")
    return 1


def _demo(args: argparse.Namespace, folder: Folder, console: Console, started: bool) -> int:
    played = _whose(args, folder, console, started)
    told = asyncio.run(_play(args, folder, played, console))
    if args.json:
        print(json.dumps(told), flush=True)
    if args.exit_when_done:
        return 0
    if not started:
        console.print(f"It ran before this command and goes on: {_command(folder).format('stack down')}")
        return 0
    if _has_display():
        webbrowser.open(told["desk"])
    console.print("The platform runs until Ctrl-C.")
    try:
        signal.pause()
    except KeyboardInterrupt:
        console.print(f"Stopping everything. The same command {_hereafter(folder)}.")
    return 0


def _whose(args: argparse.Namespace, folder: Folder, console: Console, started: bool) -> Played:
    """The year that this folder plays: the one that it began, else the one that was asked for."""
    asked, kept, plan = Played(args.region, args.learners, args.seed), recall(folder), folder.plan()
    if kept and started and plan and plan.broker == "tansu":
        console.print("The broker in memory has kept nothing: the year starts anew.")
        (folder.path / FILE).unlink()
        return asked
    if kept and kept.differs(asked):
        console.print(
            f"This folder plays region {kept.region}, {kept.learners} learners, seed {kept.seed}, "
            "and goes on with that; for another year choose another folder with --dir."
        )
    return kept or asked


class _Voice:
    """What the stack says while it comes up."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def progress(self, text: str) -> None:
        """What it is doing."""
        self._console.print(f"  {text}", markup=False)

    def note(self, text: str) -> None:
        """What the person should know."""
        self._console.print(f"  {text}", markup=False)


async def _play(args: argparse.Namespace, folder: Folder, played: Played, console: Console) -> dict[str, Any]:
    begun = time.monotonic()
    found = folder.addresses() or {}
    async with owner(folder) as connection, httpx2.AsyncClient(timeout=60, trust_env=False) as http:
        stage = await _stage(folder, found, connection, http, played)
        if played.finished:
            console.print("This folder has played its year already: here is where it stands.")
        else:
            await _year(folder, played, console, stage)
            if (took := time.monotonic() - begun) > args.seconds_per_year:
                console.print(f"The year took {took:.0f} s on this machine, not {args.seconds_per_year:g}.")
        await run_clock(connection, 1)
        told = await totals(connection, played, str(found["desk"]))
        told["seconds"] = round(time.monotonic() - begun, 1)
        world = world_of(registered(read(played.region)))
        seen = await sights(connection, world, str(found["desk"]), played.region)
        sources = await silences(connection)
    done = stage.people.counted
    print(text(told, seen, sources, done, played.region, _command(folder)), flush=True)
    return told


async def _stage(
    folder: Folder,
    found: dict[str, Any],
    connection: Connection,
    http: httpx2.AsyncClient,
    played: Played,
) -> Stage:
    """Everybody in place: schools and institutions registered, people known, tokens in hand."""
    issuer, region = str(found["issuer"]), played.region
    signer = Signer(folder, issuer)
    if not played.finished and await now(connection) > evening(LAST).replace(hour=18):
        raise StackFault(
            f"the clock of the stack in {folder.path} stands after the year that the demo plays",
            "choose another folder with --dir",
        )
    if played.day is None:
        await admit(folder, connection, issuer, cast(region))
        await register(connection, region)
    people = People(
        http,
        str(found["alerts"]),
        signer.access_token(f"makelaar-1-{region}", DESK_CLIENT, DESK_SCOPES),
        signer.access_token(f"rmc-{region}", DESK_CLIENT, DESK_SCOPES),
        signer.access_token(f"leerplicht-{region}", DESK_CLIENT, DESK_SCOPES),
        played.seed,
    )
    token = signer.access_token(CLIENT, CLIENT, SYSTEM_SCOPES)
    return Stage(connection, http, str(found["registration"]), token, people)


async def _year(folder: Folder, played: Played, console: Console, stage: Stage) -> None:
    year = days(played)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        bar = progress.add_task("a school year", total=len(year))
        month = 0
        async for one in play(stage, year):
            played.day = one.day
            played.events += one.events
            played.accepted += one.accepted
            keep(folder, played)
            progress.update(bar, advance=1, description=_told(one))
            if not console.is_terminal and one.day.month != month:
                month = one.day.month
                console.print(f"{one.day:%B %Y}: {played.events} events so far", markup=False)


def _told(one: Day) -> str:
    """A day and what happened on it, in a width that does not jump."""
    done = ", ".join(f"{count} {what}" for what, count in one.done.items())
    return f"{one.day:%a %d %b %Y}  {one.events:4} events  {done:32}"


def _command(folder: Folder) -> str:
    """What a person types for `transfers`, with the folder where it is not the usual one."""
    name = sys.argv[0] if Path(sys.argv[0]).name == "transfers" else "transfers"
    usual = Path(os.environ.get("TRANSFERS_STACK_DIR", ".transfers"))
    return f"{name} {{}}" + ("" if folder.path.resolve() == usual.resolve() else f" --dir {folder.path}")


def _hereafter(folder: Folder) -> str:
    """What a second demo in this folder will do."""
    plan = folder.plan()
    anew = plan is not None and plan.broker == "tansu"
    return "starts anew: this broker keeps everything in memory" if anew else "goes on from here"


def _has_display() -> bool:
    """Whether a browser would be seen by a person."""
    if not sys.stderr.isatty():
        return False
    return sys.platform == "darwin" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
