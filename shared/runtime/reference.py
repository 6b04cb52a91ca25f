"""What the package ships: municipalities, regions, programmes, sites of schools, and the policies."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache
from importlib.resources import files
from io import StringIO

import msgspec

from shared.domain.codes import Role
from shared.domain.ids import BRIN, DESK, SITE
from shared.domain.policy import Policy, read_policies
from shared.domain.world import HOLIDAY_REGIONS, Institution, Municipality, Reference, Site

_MBO = "mbo"


def rows(name: str) -> Iterator[dict[str, str]]:
    """The rows of one shipped table."""
    text = (files("shared.reference") / f"{name}.csv").read_text(encoding="utf-8")
    yield from csv.DictReader(StringIO(text, newline=""))


@lru_cache(maxsize=1)
def reference() -> Reference:
    """The tables as the domain reads them."""
    return Reference(
        municipalities={
            row["code"]: Municipality(
                code=row["code"],
                name=row["name"],
                region=legal_region(row["rmc_region_code"]),
                holiday_region=row["holiday_region"],
                valid_from=date.fromisoformat(row["valid_from"]) if row["valid_from"] else None,
            )
            for row in rows("municipalities")
        },
        regions={row["code"]: row["name"] for row in rows("rmc_regions")},
        levels={row["crebo"]: int(row["level"]) for row in rows("programmes") if row["level"]},
    )


@lru_cache(maxsize=1)
def policies() -> tuple[Policy, ...]:
    """Every version of the deadlines and thresholds, the oldest first. Raises PolicyFault."""
    shipped = (files("shared.reference") / "policies").iterdir()
    return read_policies({one.name: one.read_text(encoding="utf-8") for one in shipped})


@lru_cache(maxsize=1)
def _aliases() -> Mapping[str, str]:
    return {row["duo_alias"]: row["code"] for row in rows("rmc_regions") if row["duo_alias"]}


def legal_region(code: str) -> str:
    """A region by its legal number; files of DUO write 41 for region 14."""
    return _aliases().get(code, code)


def institutions() -> list[Institution]:
    """Every school and institution of the tables, and the desk of each region.

    An institution has one role, that of the duties it has here: a code with mbo sites is an mbo institution
    (it is asked for statuses and presence), and its vo sites stay among its sites (project decision). A site
    without a known municipality is left out: it could not be routed.
    """
    by_brin: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in rows("sites"):
        by_brin[row["brin"]].append(row)
    schools = [_institution(brin, found) for brin, found in sorted(by_brin.items())]
    desks = [
        Institution(
            org=f"RMC{code}", role=Role.RMC_DESK, name=f"Doorstroompunt {name}", presence=False, region=code
        )
        for code, name in sorted(reference().regions.items())
    ]
    return schools + desks


def _institution(brin: str, found: list[dict[str, str]]) -> Institution:
    mbo_first = sorted(found, key=lambda row: (row["kind"] != _MBO, row["site"]))
    municipalities = reference().municipalities
    sites: dict[str, Site] = {}
    for row in mbo_first:
        municipality = municipalities.get(row["municipality_code"])
        if municipality is not None:
            site = Site(row["site"], municipality.code, municipality.holiday_region, _name(row))
            sites.setdefault(row["site"], site)
    return Institution(
        org=brin,
        role=Role.MBO_INSTITUTION if mbo_first[0]["kind"] == _MBO else Role.VO_SCHOOL,
        name=_name(mbo_first[0]),
        presence=False,
        sites=tuple(site for _, site in sorted(sites.items())),
    )


def _name(row: dict[str, str]) -> str:
    return " ".join(row["name"].split())


class _SiteLine(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """A site as a file names it; the holiday region follows from the municipality unless given."""

    site: str
    municipality: str
    holiday_region: str | None = None
    name: str | None = None


class _Line(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """An institution or desk as a file names it."""

    org: str
    role: Role
    name: str = ""
    presence: bool = False
    region: str | None = None
    sites: tuple[_SiteLine, ...] = ()


def read_institution(text: str) -> Institution:
    """One line of an institutions file. Raises ValueError, which says what is wrong with it."""
    try:
        line = msgspec.json.decode(text, type=_Line)
    except msgspec.MsgspecError as fault:
        raise ValueError(str(fault)) from None
    if not (BRIN.match(line.org) or DESK.match(line.org)):
        raise ValueError(f"org {line.org!r} is not a BRIN or RMCnn")
    return Institution(
        org=line.org,
        role=line.role,
        name=line.name or line.org,
        presence=line.presence,
        region=line.region and legal_region(line.region),
        sites=tuple(_site(line.org, site) for site in line.sites),
    )


def _site(org: str, line: _SiteLine) -> Site:
    municipality = reference().municipalities.get(line.municipality)
    if not SITE.match(line.site) or not line.site.startswith(org):
        raise ValueError(f"site {line.site!r} is not a site of {org}")
    if municipality is None:
        raise ValueError(f"municipality {line.municipality!r} is not known")
    region = line.holiday_region or municipality.holiday_region
    if region not in HOLIDAY_REGIONS:
        raise ValueError(f"holidayRegion {region!r} is not one of {', '.join(HOLIDAY_REGIONS)}")
    return Site(line.site, line.municipality, region, line.name)
