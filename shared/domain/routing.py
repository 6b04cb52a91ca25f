"""Whose a learner is: the region by home municipality, and who is told of an alert.

Source: docs/domain.md 8 (routing) and rulings 8, 21, 30, 42, 55. The region follows the home, as far as
it is known; without one the school site, for a side entrant the institution of the best application or
enrolment.
"""

from __future__ import annotations

import msgspec

from shared.domain.alert import Recipient
from shared.domain.codes import Role
from shared.domain.event import Version
from shared.domain.place import institution_region
from shared.domain.situation import Situation
from shared.domain.world import World

FIRST, COPY = "first", "cc"

BRIN_LENGTH = 4
"""What a site (a BRIN and two digits) has more, tells it from its institution."""

BROKER, DESK, COORDINATOR = 1, 2, 3
"""Levels of escalation; level 0 is the school or the institution (ruling 21)."""


def home_region(now: Situation) -> str | None:
    """The region of the home municipality; None when it is unknown or abroad."""
    if now.home is None:
        return None
    return now.world.region_of_municipality(now.home.municipality, now.today)


class Place(msgspec.Struct, frozen=True):
    """Where somebody is or wants to go in mbo, and the event that says so."""

    brin: str
    site: str | None
    version: Version


def place_of(now: Situation) -> Place | None:
    """The newest enrolment that has not ended, else the best application."""
    if now.active:
        newest = max(now.active, key=lambda one: (one.start, one.key))
        return Place(newest.brin, newest.site, newest.version)
    if now.best:
        return Place(now.best.application.brin, None, now.best.version)
    return None


def region_of_place(now: Situation) -> str | None:
    """The region of that place."""
    place = place_of(now)
    return institution_region(now.world, place.brin, place.site, now.today) if place else None


def region_of(now: Situation) -> str | None:
    """The region whose desk and brokers see this learner; None is the platform's coordinator."""
    home = home_region(now)
    if home is not None:
        return home
    site = now.vo_site
    school = institution_region(now.world, site[:4], site, now.today) if site else None
    return school or region_of_place(now) or _region_of_ended(now)


def _region_of_ended(now: Situation) -> str | None:
    last = now.last_ended
    return institution_region(now.world, last.brin, last.site, now.today) if last else None


def desk_role(now: Situation) -> Role:
    """The attendance desk under 18, else the RMC desk; also without a birth date (ruling 30)."""
    return Role.LEERPLICHT_DESK if now.is_adult is False else Role.RMC_DESK


def broker(region: str | None, kind: str) -> Recipient:
    """The brokers of the region; which of them, the officers' register says."""
    return Recipient(Role.VSV_BROKER, kind, region=region)


def desk(now: Situation, region: str | None, kind: str) -> Recipient:
    """The desk that serves the learner's age."""
    return Recipient(desk_role(now), kind, region=region)


def both_desks(region: str | None) -> tuple[Recipient, ...]:
    """The attendance desk and the RMC desk, when one hands over to the other."""
    roles = (Role.LEERPLICHT_DESK, Role.RMC_DESK)
    return tuple(Recipient(role, FIRST, region=region) for role in roles)


def sender(world: World, org: str, kind: str) -> Recipient:
    """Who sent an event: a school, an institution or a desk, as the register of institutions has it."""
    known = world.institutions.get(org)
    role = known.role if known else Role.PARTNER_CLIENT
    return Recipient(role, kind, org=org, region=known.region if known else None)


def school(now: Situation, kind: str) -> tuple[Recipient, ...]:
    """The school of origin; nobody for a side entrant."""
    site = now.vo_site
    return (Recipient(Role.VO_SCHOOL, kind, org=site[:4], site=site),) if site else ()


def institution(brin: str | None, kind: str) -> tuple[Recipient, ...]:
    """The receiving institution, when there is one."""
    return (Recipient(Role.MBO_INSTITUTION, kind, org=brin),) if brin else ()


def at_place(org: str, kind: str) -> Recipient:
    """The school of a site, or the institution of a BRIN: where hours were missed."""
    if len(org) > BRIN_LENGTH:
        return Recipient(Role.VO_SCHOOL, kind, org=org[:BRIN_LENGTH], site=org)
    return Recipient(Role.MBO_INSTITUTION, kind, org=org)


def role_at(now: Situation, level: int) -> Role:
    """Who is told when an alert steps up to this level."""
    return {BROKER: Role.VSV_BROKER, COORDINATOR: Role.REGION_COORDINATOR}.get(level, desk_role(now))
