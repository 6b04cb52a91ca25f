"""`transfers simulate`: a believable school year of a region, as a file of events."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import date, datetime, time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from services.simulate.mix import TARGETS, mix, records, table
from services.simulate.region import read, registered
from services.simulate.year import postings
from shared.domain.calendar import AMSTERDAM
from shared.domain.world import Institution, World
from shared.runtime.reference import institutions, policies, reference

EXAMPLE = """\
example:
  transfers simulate --region 38 --year 2026 --learners 6000 --seed 1 --out year.jsonl
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--region", default="38", metavar="NN", help="number of the region (default 38)")
    parser.add_argument("--year", type=int, default=2026, help="transition year (default 2026)")
    parser.add_argument("--learners", type=int, default=1200, metavar="N")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="the same seed, the same year")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="events, one a line")
    parser.add_argument("--institutions-out", type=Path, metavar="FILE", help="who takes part, one a line")


def run(args: argparse.Namespace) -> int:
    """Write the file and print the mix that came out; 2 for a region that is not known."""
    try:
        region = read(args.region)
    except ValueError as fault:
        print(f"transfers simulate: {fault}", file=sys.stderr)
        return 2
    world = world_of(registered(region))
    last = date(args.year, 10, 16)
    found = postings(region, world, args.year, args.learners, args.seed, last)
    with args.out.open("w", encoding="utf-8") as file:
        for posting in found:
            at = datetime.combine(posting.day, time(17), AMSTERDAM).isoformat()
            file.write(json.dumps(posting.event | {"receivedtime": at}) + "\n")
    if args.institutions_out:
        lines = (json.dumps(told(one), ensure_ascii=False) + "\n" for one in registered(region))
        args.institutions_out.write_text("".join(lines), encoding="utf-8")
    known = records(found)
    console = Console()
    for (month, day), target in TARGETS.items():
        moment = date(args.year, month, day)
        shown = Table("state", "came out %", "target %", title=moment.isoformat())
        for name, percent, wanted in table(mix(known.values(), world, args.year, moment), target):
            shown.add_row(name, f"{percent:.1f}", "" if wanted is None else f"{wanted:g}")
        console.print(shown)
    console.print(f"{len(found)} events of {len(known)} learners in {args.out}")
    return 0


def world_of(taking_part: list[Institution]) -> World:
    """The world in which the year is judged."""
    everybody = {one.org: one for one in institutions()}
    return World(everybody | {one.org: one for one in taking_part}, reference(), policies())


def told(one: Institution) -> dict[str, object]:
    """An institution as `transfers institutions import` reads it."""
    sites = [
        {"site": site.site, "municipality": site.municipality, "holidayRegion": site.holiday_region}
        for site in one.sites
    ]
    line: dict[str, object] = {
        "org": one.org,
        "role": one.role.value,
        "name": one.name,
        "presence": one.presence,
        "sites": sites,
    }
    return line | {"region": one.region} if one.region else line
