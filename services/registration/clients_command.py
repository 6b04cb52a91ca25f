"""`transfers clients`: the systems that may post events."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys

from services.registration.access import ALL, Client, client_of
from services.registration.reach import database
from services.registration.registry import NotApplied, applied, put_client, revoke_client
from services.stack.fault import StackFault
from services.stack.folder import add_option
from shared.domain.codes import Role
from shared.domain.envelope import SOURCE
from shared.domain.ids import BRIN, DESK

EXAMPLE = """\
examples:
  transfers clients add --id sis --role mbo_institution --org 99MA --scope events:write \\
      --source urn:nld:oin:00000099000000001000:systeem:sis
  transfers clients list --json
  transfers clients revoke --id sis
"""
SCOPES = (
    "events:write",
    "receipts:read",
    "alerts:read",
    "alerts:write",
    "cases:read",
    "cases:write",
    "subscriptions:read",
    "subscriptions:write",
    "exports:read",
    "admin:write",
)
USUAL = SCOPES[:2]


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the actions and their options."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    add = actions.add_parser("add", help="register a system, or change it")
    add.add_argument("--id", required=True)
    add.add_argument("--source", action="append", required=True, help="its URN; may be repeated")
    add.add_argument("--org", action="append", required=True, help="BRIN or RMCnn; may be repeated")
    add.add_argument("--role", choices=[role.value for role in Role], default=Role.PARTNER_CLIENT.value)
    add.add_argument("--scope", action="append", choices=SCOPES, help=f"default: {' and '.join(USUAL)}")
    add.add_argument("--rate", type=int, default=1000, help="events a second")
    add.add_argument("--no-presence", action="store_true", help="it cannot send presence")
    add.add_argument("--relay", action="store_true", help="a trusted relay for others")
    show = actions.add_parser("list", help="who may post")
    show.add_argument("--json", action="store_true", help="print data as JSON")
    revoke = actions.add_parser("revoke", help="let a system in no more")
    revoke.add_argument("--id", required=True)
    for action in (add, show, revoke):
        add_option(action)


def run(args: argparse.Namespace) -> int:
    """Do one action; returns when every process has applied it."""
    if args.action == "add" and (faults := _faults(args)):
        print("\n".join(f"transfers clients add: {fault}" for fault in faults), file=sys.stderr)
        return 2
    try:
        return asyncio.run({"add": _add, "list": _list, "revoke": _revoke}[args.action](args))
    except StackFault as fault:
        print(f"transfers clients {args.action}: {fault}", file=sys.stderr)
    except NotApplied as fault:
        print(f"transfers clients {args.action}: stored, but not taken yet by {fault}", file=sys.stderr)
    return 1


def _faults(args: argparse.Namespace) -> list[str]:
    found = [f"{source!r} is not a source URN" for source in args.source if not SOURCE.fullmatch(source)]
    found += [
        f"{org!r} is not a BRIN or RMCnn"
        for org in args.org
        if not (BRIN.fullmatch(org) or DESK.fullmatch(org))
    ]
    return found + (["--rate must be at least 1"] if args.rate < 1 else [])


async def _add(args: argparse.Namespace) -> int:
    client = Client(
        client_id=args.id,
        role=args.role,
        sources=frozenset(args.source),
        orgs=frozenset(args.org),
        scopes=frozenset(args.scope or USUAL),
        rate=args.rate,
        presence=not args.no_presence,
        relay=args.relay,
    )
    async with database(args.dir) as conn:
        await applied(conn, *await put_client(conn, client))
    return 0


async def _list(args: argparse.Namespace) -> int:
    async with database(args.dir) as conn:
        clients = sorted((client_of(row) for row in await conn.fetch(ALL)), key=lambda one: one.client_id)
    for one in clients:
        told = {
            "id": one.client_id,
            "role": one.role,
            "sources": sorted(one.sources),
            "orgs": sorted(one.orgs),
            "scopes": sorted(one.scopes),
            "rate": one.rate,
            "presence": one.presence,
            "relay": one.relay,
        }
        line = f"{one.client_id}: {one.role} for {', '.join(sorted(one.orgs))}"
        print(json.dumps(told) if args.json else line)
    return 0


async def _revoke(args: argparse.Namespace) -> int:
    async with database(args.dir) as conn:
        versions = await revoke_client(conn, args.id)
        if versions is None:
            raise StackFault(f"there is no client {args.id!r}", "see `transfers clients list`")
        await applied(conn, *versions)
    return 0
