"""Who is reading: the officer behind a token or session, and what is theirs.

A token proves an identity and no more; what a person is and may see stands in the register of officers.
Who is not in it is nobody here.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping

import msgspec

from shared.domain.calendar import local_date
from shared.domain.codes import Role
from shared.domain.deeds import DESKS
from shared.domain.words import ROLES
from shared.domain.world import Institution, World
from shared.runtime.clock import Clock
from shared.runtime.database import Connection
from shared.runtime.problems import Problem

REMEMBERED_SECONDS = 5.0
"""How long the sites at which learners of a region are known are kept (machine time)."""


class Officer(msgspec.Struct, frozen=True):
    """One row of the register. `subject` is issuer and subject of the token, joined by a space."""

    subject: str
    name: str
    role: Role
    region: str | None = None
    org: str | None = None
    sites: tuple[str, ...] = ()

    @property
    def is_desk(self) -> bool:
        """Whether this officer works on cases."""
        return self.role in DESKS

    @property
    def is_broker(self) -> bool:
        """Whether this officer watches learners at schools for the municipality."""
        return self.role is Role.VSV_BROKER


class Reader(msgspec.Struct, frozen=True):
    """An officer with the entries that row-level security compares (`services/alerts/audience.py`)."""

    officer: Officer
    audience: tuple[str, ...]


ONE = "SELECT subject, name, role, region, org, sites FROM alerts.officer WHERE subject = $1"
NAMES = "SELECT subject, name FROM alerts.officer WHERE subject = ANY($1)"
ASSIGNED = """
SELECT DISTINCT unnest(sites) FROM alerts.officer WHERE role = 'vsv_broker' AND region = $1
"""
KNOWN = """
SELECT DISTINCT split_part(entry, '/', 2) FROM alerts.learner, unnest(audience) AS entry
WHERE audience && $1 AND starts_with(entry, $2)
"""


class Register:
    """Finds officers, and works out what each of them may see."""

    def __init__(self, clock: Clock, world: Callable[[], World]) -> None:
        self._clock = clock
        self._world = world
        self._sites: dict[str, tuple[float, frozenset[str]]] = {}

    async def reader(self, conn: Connection, subject: str) -> Reader:
        """The officer with this subject. Raises Problem 403 when there is none."""
        row = await conn.fetchrow(ONE, subject)
        if row is None:
            raise Problem("forbidden", "U staat niet in het register van medewerkers.")
        officer = Officer(
            row["subject"], row["name"], Role(row["role"]), row["region"], row["org"], tuple(row["sites"])
        )
        return Reader(officer, tuple(sorted(await self._audience(conn, officer))))

    async def names(self, conn: Connection, subjects: Iterable[str | None]) -> Mapping[str, str]:
        """The names of officers, for their colleagues."""
        rows = await conn.fetch(NAMES, [subject for subject in set(subjects) if subject])
        return {row["subject"]: row["name"] for row in rows}

    async def _audience(self, conn: Connection, officer: Officer) -> set[str]:
        match officer.role:
            case Role.RMC_DESK | Role.LEERPLICHT_DESK | Role.REGION_COORDINATOR:
                return {f"R{officer.region or '-'}"}
            case Role.VSV_BROKER if officer.region:
                return await self._brokers(conn, officer.region, officer.sites)
            case Role.VO_SCHOOL if officer.org:
                return set(officer.sites) or _sites_of(self._world().institutions.get(officer.org))
            case Role.MBO_INSTITUTION if officer.org:
                return {officer.org}
            case _:
                return set()

    async def _brokers(self, conn: Connection, region: str, own: Iterable[str]) -> set[str]:
        """The broker's own sites, and those that nobody is assigned to (also: no site at all)."""
        assigned = {row[0] for row in await conn.fetch(ASSIGNED, region)}
        pool = (await self._sites_in(conn, region)) - assigned
        return {f"R{region}/{site}" for site in {*own, *pool, "-"}}

    async def _sites_in(self, conn: Connection, region: str) -> frozenset[str]:
        """The school sites of a region, and those elsewhere where learners of the region are known."""
        now = time.monotonic()
        kept_at, known = self._sites.get(region, (0.0, frozenset()))
        if not kept_at or now - kept_at > REMEMBERED_SECONDS:
            async with conn.transaction():
                await see_as(conn, (f"R{region}",))
                known = frozenset(row[0] for row in await conn.fetch(KNOWN, [f"R{region}"], f"R{region}/"))
            self._sites[region] = (now, known)
        return known | self._schools_of(region)

    def _schools_of(self, region: str) -> frozenset[str]:
        world, today = self._world(), local_date(self._clock.now())
        return frozenset(
            site.site
            for institution in world.institutions.values()
            if institution.role is Role.VO_SCHOOL
            for site in institution.sites
            if world.region_of_municipality(site.municipality, today) == region
        )


def spoken_name(names: Mapping[str, str], who: str | None) -> str:
    """Who did something: a colleague by name, else the role, else somebody; empty when nobody did."""
    if not who:
        return ""
    roles = {role.value: words[0] for role, words in ROLES.items()}
    return names.get(who) or roles.get(who) or "een medewerker"


async def see_as(conn: Connection, audience: Iterable[str]) -> None:
    """Let row-level security show only what these entries entitle to, until the transaction ends."""
    await conn.execute("SELECT set_config('transfers.audience', $1, true)", ",".join(audience))


def _sites_of(institution: Institution | None) -> set[str]:
    return {site.site for site in institution.sites} if institution else set()
