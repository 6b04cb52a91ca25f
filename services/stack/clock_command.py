"""`transfers clock`: show or move the domain time of an embedded stack."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys

from services.stack.clock import now, rate, read_moment, run_clock, set_clock
from services.stack.connection import owner
from services.stack.fault import StackFault
from services.stack.folder import add_option, running
from shared.domain.calendar import AMSTERDAM
from shared.runtime.codec import text

EXAMPLE = """\
examples:
  transfers clock show
  transfers clock set 2026-10-01T08:00     forwards only; Dutch clock time unless an offset is given
  transfers clock run --rate 86400         a day in each second; 1 is real time, 0 stands still
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the actions and their options."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    show = actions.add_parser("show", help="what time it is")
    move = actions.add_parser("set", help="move the clock; returns when every process has the new time")
    move.add_argument("to", metavar="T")
    pace = actions.add_parser("run", help="let the clock run")
    pace.add_argument(
        "--rate", type=float, required=True, metavar="N", help="seconds of domain time a second"
    )
    for action in (show, move, pace):
        add_option(action)
        action.add_argument("--json", action="store_true", help="print data as JSON")


def run(args: argparse.Namespace) -> int:
    """Do one action and print the time; a fault is one message and exit status 1."""
    if args.action == "run" and not 0 <= args.rate <= 1e7:
        print("transfers clock run: the rate lies between 0 and 10 million", file=sys.stderr)
        return 2
    try:
        asyncio.run(_act(args))
    except StackFault as fault:
        print(f"transfers clock {args.action}: {fault}", file=sys.stderr)
        return 1
    return 0


async def _act(args: argparse.Namespace) -> None:
    async with owner(running(args.dir)) as connection:
        if args.action == "set":
            await set_clock(connection, read_moment(args.to))
        if args.action == "run":
            await run_clock(connection, args.rate)
        moment, pace = await now(connection), await rate(connection)
    if args.json:
        print(json.dumps({"clock": text(moment), "rate": pace}))
    else:
        how = "stands still" if pace == 0 else "real time" if pace == 1 else f"{pace:g} times real time"
        print(f"{moment.astimezone(AMSTERDAM).isoformat(' ', 'seconds')} ({how})")
