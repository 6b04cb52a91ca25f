"""`transfers institutions`: schools, institutions and desks."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from services.registration.reach import database
from services.registration.registry import NotApplied, applied, put_institutions
from services.stack.fault import StackFault
from services.stack.folder import add_option
from shared.domain.world import Institution
from shared.runtime.reference import institutions, read_institution

EXAMPLE = """\
examples:
  transfers institutions import schools.jsonl     one institution a line, as `list` prints them
  transfers institutions import --reference       every school of the national tables that come along
  transfers institutions list
"""
ALL = "SELECT body FROM registration.institution ORDER BY org"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the actions and their options."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    take = actions.add_parser("import", help="make institutions known, or change them")
    take.add_argument("file", nargs="?", type=Path, metavar="FILE")
    take.add_argument("--reference", action="store_true", help="the national tables that come along")
    show = actions.add_parser("list", help="who is known, as `import` reads it")
    show.add_argument("--json", action="store_true", help="as it does anyway: one JSON object a line")
    for action in (take, show):
        add_option(action)


def run(args: argparse.Namespace) -> int:
    """Do one action; `import` returns when every process has applied it."""
    if args.action == "import" and not (args.file or args.reference):
        print("transfers institutions import: name a FILE, or --reference", file=sys.stderr)
        return 2
    try:
        return asyncio.run(_import(args) if args.action == "import" else _list(args))
    except StackFault as fault:
        print(f"transfers institutions {args.action}: {fault}", file=sys.stderr)
    except NotApplied as fault:
        print(f"transfers institutions {args.action}: stored, but not taken yet by {fault}", file=sys.stderr)
    return 1


async def _import(args: argparse.Namespace) -> int:
    found = institutions() if args.reference else []
    faults: list[str] = []
    for number, line in enumerate(_lines(args.file), start=1):
        try:
            found.append(read_institution(line))
        except ValueError as fault:
            faults.append(f"line {number}: {fault}")
    if faults:
        print("\n".join(f"transfers institutions import: {one}" for one in faults), file=sys.stderr)
    if found:
        async with database(args.dir) as conn:
            await applied(conn, await put_institutions(conn, found))
    return 1 if faults else 0


def _lines(path: Path | None) -> Iterator[str]:
    if path is None:
        return
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as fault:
        raise StackFault(f"{path}: {fault.strerror}", "name a file that can be read") from None
    yield from (line for line in text.splitlines() if line.strip())


async def _list(args: argparse.Namespace) -> int:
    async with database(args.dir) as conn:
        rows = await conn.fetch(ALL)
    for row in rows:
        print(json.dumps(_told(msgspec.json.decode(row["body"], type=Institution)), ensure_ascii=False))
    return 0


def _told(one: Institution) -> dict[str, Any]:
    """As `import` reads it."""
    told: dict[str, Any] = {"org": one.org, "role": one.role.value, "name": one.name}
    if one.region is not None:
        return told | {"region": one.region}
    sites = [
        {"site": site.site, "municipality": site.municipality, "holidayRegion": site.holiday_region}
        | ({"name": site.name} if site.name else {})
        for site in one.sites
    ]
    return told | {"presence": one.presence, "sites": sites}
