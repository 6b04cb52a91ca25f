"""The national tables that the package ships: municipalities, regions, programmes, sites of schools."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from importlib.resources import files

from shared.domain.codes import Role
from shared.domain.world import Institution, Municipality, Reference, Site

_ROLES = {"vo": Role.VO_SCHOOL, "pro": Role.VO_SCHOOL, "vso": Role.VO_SCHOOL, "mbo": Role.MBO_INSTITUTION}


def rows(name: str) -> Iterator[dict[str, str]]:
    """The rows of one shipped table."""
    text = (files("shared.reference") / f"{name}.csv").read_text(encoding="utf-8")
    yield from csv.DictReader(text.splitlines())


@lru_cache(maxsize=1)
def reference() -> Reference:
    """The tables as the domain reads them."""
    return Reference(
        municipalities={
            row["code"]: Municipality(
                code=row["code"],
                name=row["name"],
                region=row["rmc_region_code"],
                holiday_region=row["holiday_region"],
                valid_from=date.fromisoformat(row["valid_from"]) if row["valid_from"] else None,
            )
            for row in rows("municipalities")
        },
        regions={row["code"]: row["name"] for row in rows("rmc_regions")},
        levels={row["crebo"]: int(row["level"]) for row in rows("programmes") if row["level"]},
    )


def institutions() -> list[Institution]:
    """Every school and institution of the tables, and the desk of each region.

    A code that has both vo and mbo sites is an mbo institution (it is asked for presence and statuses);
    its vo sites stay among its sites. A site without a known municipality is left out.
    """
    by_brin: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in rows("sites"):
        by_brin[row["brin"]].append(row)
    schools = [_institution(brin, sites) for brin, sites in sorted(by_brin.items())]
    desks = [
        Institution(
            org=f"RMC{code}", role=Role.RMC_DESK, name=f"Doorstroompunt {name}", presence=False, region=code
        )
        for code, name in sorted(reference().regions.items())
    ]
    return schools + desks


def _institution(brin: str, sites: list[dict[str, str]]) -> Institution:
    roles = {_ROLES[row["kind"]] for row in sites}
    municipalities = reference().municipalities
    return Institution(
        org=brin,
        role=Role.MBO_INSTITUTION if Role.MBO_INSTITUTION in roles else Role.VO_SCHOOL,
        name=sites[0]["name"],
        presence=False,
        sites=tuple(
            Site(
                site=row["site"],
                municipality=row["municipality_code"],
                holiday_region=municipalities[row["municipality_code"]].holiday_region,
                name=row["name"],
            )
            for row in sites
            if row["municipality_code"] in municipalities
        ),
    )
