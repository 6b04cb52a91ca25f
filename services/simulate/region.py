"""The places of a region: where learners come from and where they go, out of the national tables."""

from __future__ import annotations

from collections import Counter
from random import Random
from string import ascii_uppercase

import msgspec

from shared.domain.codes import Role, VoType
from shared.domain.world import Institution, Municipality, Site
from shared.runtime.reference import institutions, reference, rows

OUTSIDE, OUTSIDE_AT_THE_BORDER = 0.125, 0.4
"""The share of learners that goes to an institution outside the region."""
BORDER = frozenset({"01", "08", "12", "13", "31", "32", "33", "34", "37", "38", "39", "40"})
"""The regions at the border: the institutions of their own are few."""
WITHOUT_PRESENCE = 5
"""Every so many institutions cannot send presence."""
UNSEEN = 0.01
"""The share of learners that goes to one of those."""
WEAK = frozenset({VoType.PRO, VoType.ISK, VoType.VSO_VERVOLG, VoType.VSO_ARBEID, VoType.VSO_DAG})
"""Where the states that nobody wants are three times as frequent."""

_TYPES: dict[str, tuple[tuple[VoType, int], ...]] = {
    "vo": (
        (VoType.VMBO_BB, 26),
        (VoType.VMBO_KB, 30),
        (VoType.VMBO_GL, 10),
        (VoType.VMBO_TL, 31),
        (VoType.ISK, 3),
    ),
    "pro": ((VoType.PRO, 1),),
    "vso": ((VoType.VSO_VERVOLG, 5), (VoType.VSO_ARBEID, 4), (VoType.VSO_DAG, 1)),
}
_WEIGHTS = {"vo": 20, "pro": 8, "vso": 2}


class Origin(msgspec.Struct, frozen=True):
    """One school site, and how many learners it sends compared with others."""

    site: str
    municipality: str
    kind: str
    weight: int


class Region(msgspec.Struct, frozen=True):
    """What a year in a region needs to know about places; `listless` is the site that forgets its list."""

    code: str
    origins: tuple[Origin, ...]
    listless: Origin
    inside: tuple[Institution, ...]
    outside: tuple[Institution, ...]
    municipalities: tuple[str, ...]

    @property
    def orgs(self) -> list[str]:
        """Every school and institution that takes part, and the desk of the region."""
        schools = {one.site[:4] for one in (*self.origins, self.listless)}
        return sorted(schools | {one.org for one in self.receivers} | {self.desk})

    @property
    def desk(self) -> str:
        """The desk of the region, as a sender."""
        return f"RMC{self.code}"

    @property
    def receivers(self) -> tuple[Institution, ...]:
        """The institutions inside the region, then those outside."""
        return self.inside + self.outside

    def origin(self, chance: Random) -> Origin:
        """A school of origin."""
        return chance.choices(self.origins, [one.weight for one in self.origins])[0]

    def home(self, origin: Origin, chance: Random) -> str:
        """A home municipality: mostly that of the school."""
        return origin.municipality if chance.random() < 0.7 else chance.choice(self.municipalities)

    @property
    def unseen(self) -> tuple[Institution, ...]:
        """Those that cannot send presence. The first of them falls silent for some weeks in spring."""
        return tuple(one for one in self.receivers if not one.presence)

    @property
    def weak_share(self) -> float:
        """The share of learners who come from pro, vso and isk."""
        sent = sum(one.weight for one in self.origins)
        return sum(one.weight * _weak_part(one) for one in self.origins) / sent

    def receiver(self, chance: Random, seen: bool = False) -> Institution:
        """An institution to apply to; `seen`: only one that can send presence."""
        if chance.random() < UNSEEN and not seen:
            return chance.choice(self.unseen)
        share = OUTSIDE_AT_THE_BORDER if self.code in BORDER else OUTSIDE
        away = chance.random() < share or not self.inside
        choice = self.outside if away and self.outside else self.inside
        return chance.choice([one for one in choice if one.presence] or choice)


def vo_type(origin: Origin, chance: Random) -> VoType:
    """The kind of education that a learner of this school leaves."""
    types = _TYPES[origin.kind]
    return chance.choices([one for one, _ in types], [weight for _, weight in types])[0]


def municipality(origin: Origin) -> Municipality:
    """Where a school of origin stands."""
    return reference().municipalities[origin.municipality]


def _weak_part(origin: Origin) -> float:
    types = _TYPES[origin.kind]
    return sum(part for one, part in types if one in WEAK) / sum(part for _, part in types)


def read(code: str) -> Region:
    """A region by its number. Raises ValueError when no school of it is known."""
    known = reference()
    origins = tuple(
        Origin(row["site"], row["municipality_code"], row["kind"], _WEIGHTS[row["kind"]])
        for row in rows("sites")
        if row["rmc_region_code"] == code
        and row["kind"] in _TYPES
        and row["municipality_code"] in known.municipalities
    )
    if not origins:
        raise ValueError(f"no school of region {code!r} is known")
    everybody = {one.org: one for one in institutions()}
    receivers = [_receiver(everybody[row["brin"]]) for row in rows("sites") if _can_receive(row)]
    listless = min(origins, key=lambda one: (one.kind != "vo", one.site))
    inside = [one for one in receivers if _region(one) == code] or [_stand_in(code, origins)]
    near = _neighbours(code)
    outside = [one for one in receivers if _region(one) in near]
    outside = outside or [one for one in receivers if one not in inside][:5]
    if all(one.presence for one in inside + outside):
        outside[-1] = msgspec.structs.replace(outside[-1], presence=False)
    return Region(
        code=code,
        origins=tuple(one for one in origins if one is not listless) or origins,
        listless=listless,
        inside=tuple(inside),
        outside=tuple(outside),
        municipalities=tuple(sorted(one.code for one in known.municipalities.values() if one.region == code)),
    )


def registered(region: Region) -> list[Institution]:
    """The schools and institutions of the year, as the registry has to know them."""
    receivers = {one.org: one for one in region.receivers}
    everybody = {one.org: one for one in institutions()}
    taking_part = everybody | receivers
    return [taking_part[org] for org in region.orgs if org in taking_part]


def _can_receive(row: dict[str, str]) -> bool:
    return row["kind"] == "mbo" and row["municipality_code"] in reference().municipalities


def _receiver(one: Institution) -> Institution:
    return msgspec.structs.replace(one, presence=sum(one.org.encode()) % WITHOUT_PRESENCE != 0)


def _stand_in(code: str, origins: tuple[Origin, ...]) -> Institution:
    """An invented mbo institution for a region of which the tables know none (project decision).

    It stands in the municipality that sends most learners. No code in the tables begins with 99.
    """
    sent = Counter[str]()
    for one in origins:
        sent[one.municipality] += one.weight
    place = reference().municipalities[min(sent, key=lambda there: (-sent[there], there))]
    row, column = divmod(int(code), len(ascii_uppercase))
    org, name = f"99{'RS'[row]}{ascii_uppercase[column]}", f"Voorbeeld mbo {place.name}"
    site = Site(f"{org}00", place.code, place.holiday_region, name)
    return Institution(org=org, role=Role.MBO_INSTITUTION, name=name, presence=True, sites=(site,))


def _region(institution: Institution) -> str:
    return reference().municipalities[seat(institution).municipality].region


def _neighbours(code: str) -> frozenset[str]:
    """The regions with numbers close by: the law numbers them from north to south."""
    number = int(code)
    return frozenset(f"{one:02}" for one in range(number - 3, number + 4) if one != number)


def seat(institution: Institution) -> Site:
    """Where an institution teaches: its main mbo site, else its first."""
    main = f"{institution.org}00"
    return next((site for site in institution.sites if site.site == main), institution.sites[0])
