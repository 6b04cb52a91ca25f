"""`transfers stack`: start, stop and inspect the embedded platform."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from dataclasses import asdict

from services.stack.fault import StackFault
from services.stack.folder import Folder, add_option, running

EXAMPLE = """\
examples:
  transfers stack up                           all of it, in .transfers
  transfers stack up --dir /tmp/a --only infra PostgreSQL, broker, schema and topics, without services
  transfers stack status --json                where everything listens
  transfers stack settled                      wait until every accepted event has had its effect
  transfers stack down
"""
PARTS = ("infra", "issuer", "registration-web", "placement", "alerts-worker", "alerts-deliver", "alerts-web")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the actions and their options."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    up = actions.add_parser("up", help="start it; says so when it is running already")
    up.add_argument("--broker", choices=("kafka", "tansu"), help="default: kafka where Java 17 and Maven are")
    up.add_argument(
        "--clock", metavar="T", help="a new stack begins at this moment, and its clock stands still"
    )
    up.add_argument(
        "--only",
        nargs="+",
        choices=PARTS,
        default=[],
        metavar="PART",
        help=f"start only these: {', '.join(PARTS)}; `infra` (PostgreSQL, broker, schema, topics) "
        "always comes along",
    )
    up.add_argument("--new-ports", action="store_true", help="choose other ports than last time")
    down = actions.add_parser("down", help="stop everything that `up` started; the data stays in the folder")
    status = actions.add_parser("status", help="where everything listens")
    settled = actions.add_parser("settled", help="wait until every accepted event has had its effect")
    settled.add_argument("--timeout", type=float, default=60, metavar="SECONDS")
    for action in (up, down, status, settled):
        add_option(action)
        action.add_argument("--json", action="store_true", help="print data as JSON")


def run(args: argparse.Namespace) -> int:
    """Do one action; a fault is one message on standard error and exit status 1."""
    action = {"up": _up, "down": _down, "status": _status, "settled": _settled}[args.action]
    try:
        return action(args)
    except StackFault as fault:
        print(f"transfers stack {args.action}: {fault}", file=sys.stderr)
        return 1
    except OSError as problem:
        where = f"{problem.filename}: " if problem.filename else ""
        print(f"transfers stack {args.action}: {where}{problem.strerror or problem}", file=sys.stderr)
        print("  what helps: free some disk space, or choose another folder with --dir", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"transfers stack {args.action}: interrupted", file=sys.stderr)
        return 1


def _up(args: argparse.Namespace) -> int:
    from services.stack.clock import read_moment
    from services.stack.up import Wishes, up

    folder = Folder(args.dir)
    moment = read_moment(args.clock) if args.clock else None
    started = up(folder, Wishes(args.broker, moment, args.only, args.new_ports), Voice())
    if args.json:
        return _status(args)
    found = folder.addresses() or {}
    print(f"The stack in {folder.path} {'is up' if started else 'was running already'}.")
    for name in ("desk", "registration", "alerts", "issuer", "kafka"):
        if name in found:
            print(f"  {name:13}{found[name]}")
    return 0


def _down(args: argparse.Namespace) -> int:
    from services.stack.up import down

    folder = Folder(args.dir)
    stopped = down(folder)
    if args.json:
        print(json.dumps({"stopped": stopped}))
    else:
        print(f"The stack in {folder.path} {'is down' if stopped else 'was not running'}.")
    return 0


def _status(args: argparse.Namespace) -> int:
    from services.stack.status import status

    found = asyncio.run(status(running(args.dir)))
    if args.json:
        print(json.dumps(found))
        return 0
    for name, value in found.items():
        if isinstance(value, dict):
            print(f"{name}:")
            for one, what in value.items():
                print(f"  {one:17}{what}")
        else:
            print(f"{name:19}{value}")
    return 0


def _settled(args: argparse.Namespace) -> int:
    from services.stack.connection import owner
    from services.stack.settled import NotSettled, settle

    async def wait() -> dict[str, object]:
        async with owner(running(args.dir)) as connection:
            return asdict(await settle(connection, args.timeout))

    try:
        left = asyncio.run(wait())
    except NotSettled as fault:
        if args.json:
            print(json.dumps({"settled": False, "waiting": asdict(fault.waiting)}))
        raise
    if args.json:
        print(json.dumps({"settled": True} | left))
    else:
        print(
            "; ".join(
                ["Settled", *(f"{count} {what.replace('_', ' ')}" for what, count in left.items() if count)]
            )
        )
    return 0


class Voice:
    """Speaks on standard error; progress is for a person who watches."""

    def progress(self, text: str) -> None:
        """What is being done, on a terminal only."""
        if sys.stderr.isatty():
            self.note(text)

    def note(self, text: str) -> None:
        """What is good to know."""
        print(text, file=sys.stderr)
