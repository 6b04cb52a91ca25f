"""`transfers simulate`: a believable school year of a region, as a file of events."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from services.simulate.mix import TARGETS, mix, records, table
from services.simulate.posting import Posting, received_at
from services.simulate.region import Region, read, registered
from services.simulate.shares import spread, untidiness
from services.simulate.year import begin, in_order, lives
from shared.domain.facts import Record
from shared.domain.world import Institution, World
from shared.runtime.reference import institutions, policies, reference

EXAMPLE = """\
examples:
  transfers simulate --region 38 --year 2026 --learners 6000 --seed 1 --out year.jsonl
  transfers simulate --learners 1200 --until 2027-07-31 --out year.jsonl --institutions-out who.jsonl
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--region", default="38", metavar="NN", help="number of the region (default 38)")
    parser.add_argument("--year", type=int, default=2026, help="transition year (default 2026)")
    parser.add_argument("--learners", type=int, default=1200, metavar="N")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="the same seed, the same year")
    parser.add_argument(
        "--until",
        type=date.fromisoformat,
        metavar="DAY",
        help="the last day that is told (default: 16 October of the year)",
    )
    parser.add_argument(
        "--absences",
        type=float,
        default=1.0,
        metavar="N",
        help="days a week on which a learner in mbo misses a lesson, on average (default 1)",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="events, one a line")
    parser.add_argument("--institutions-out", type=Path, metavar="FILE", help="who takes part, one a line")


def run(args: argparse.Namespace) -> int:
    """Write the file and print the mix that came out; 2 for a region that is not known."""
    try:
        region = read(args.region)
    except ValueError as fault:
        print(f"transfers simulate: {fault}", file=sys.stderr)
        return 2
    last = args.until or date(args.year, 10, 16)
    begun = begin(region, world_of(registered(region)), args.year, args.seed, last, args.absences)
    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as progress:
        lived = progress.track(lives(begun.year, args.learners), args.learners, description="Living a year")
        found = in_order(begun, lived)
        with args.out.open("w", encoding="utf-8") as file:
            for number, posting in enumerate(progress.track(found, description="Writing")):
                at = received_at(posting.day) + timedelta(microseconds=number)
                file.write(json.dumps(posting.event | {"receivedtime": at.isoformat()}) + "\n")
        known = records(progress.track(found, description="Measuring"))
    if args.institutions_out:
        lines = (json.dumps(told(one), ensure_ascii=False) + "\n" for one in registered(region))
        args.institutions_out.write_text("".join(lines), encoding="utf-8")
    _show(Console(), found, known, begun.year.world, args.year, region)
    print(f"{len(found)} events of {len(known)} learners in {args.out}")
    return 0


def _show(
    console: Console,
    found: Sequence[Posting],
    known: Mapping[str, Record],
    world: World,
    year: int,
    region: Region,
) -> None:
    """What came out, beside what is aimed at."""
    days = [date(year, month, day) for month, day in TARGETS]
    for day, target in zip(days, TARGETS.values(), strict=True):
        if day > found[-1].day:
            continue
        shown = Table("state", "came out %", "target %", title=day.isoformat())
        for name, percent, wanted in table(mix(known.values(), world, year, day), target):
            shown.add_row(name, f"{percent:.1f}", "" if wanted is None else f"{wanted:g}")
        console.print(shown)
    shown = Table("share", "came out %", "target %", title="events and learners")
    for one in (*untidiness(found), *spread(found, known.values(), world, days[-1], region.code)):
        shown.add_row(one.name, f"{one.percent:.1f}", one.target)
    console.print(shown)


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
