"""`transfers stack`: start, stop and inspect the embedded platform."""

from __future__ import annotations

import argparse
import sys

from services.stack.fault import StackFault
from services.stack.folder import Folder, add_option

EXAMPLE = """\
examples:
  transfers stack up                           all of it, in .transfers
  transfers stack up --dir /tmp/a --only infra PostgreSQL, broker, schema and topics, without services
  transfers stack status --json                where everything listens
  transfers stack settled                      wait until every accepted event has had its effect
  transfers stack down
"""
PARTS = ("infra", "issuer", "registration", "placement", "alerts", "alerts-web")


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
    try:
        return {"up": _up, "down": _down}[args.action](args)
    except StackFault as fault:
        print(f"transfers stack: {fault}", file=sys.stderr)
        return 1


def _up(args: argparse.Namespace) -> int:
    from services.stack.up import Wishes, up

    folder = Folder(args.dir)
    up(
        folder,
        Wishes(args.broker, None, args.only, args.new_ports),
        lambda text: print(text, file=sys.stderr),
    )
    return 0


def _down(args: argparse.Namespace) -> int:
    from services.stack.up import down

    down(Folder(args.dir))
    return 0
