"""What the owner of a subscription may hear: the same that they may see at the desk, no more. Pure.

Worked out when an event is parted into deliveries, by the register of officers as it stands then.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgspec

from shared.domain.codes import Role
from shared.domain.deeds import DESKS
from shared.domain.ids import SITE

SEE_CASES = DESKS | {Role.VSV_BROKER}
HEARS_NOTHING = frozenset({Role.PRIVACY_OFFICER, Role.PARTNER_CLIENT})
"""Roles that see no alert and no case."""

ESCALATED = 3
"""The level from which a coordinator is told of an alert about a learner."""


class Owner(msgspec.Struct, frozen=True):
    """The row of the register; `sites` are those assigned to this officer."""

    role: Role
    region: str | None
    org: str | None
    sites: Collection[str]


class About(msgspec.Struct, frozen=True):
    """The alert or case that an event tells of, as its row stands.

    `audience` as row-level security has it; of an alert `level` is where it stands, and `of_learner` tells
    whether it is about a learner or an institution.
    """

    audience: Collection[str]
    of_case: bool
    level: int = 0
    of_learner: bool = True


def may_hear(owner: Owner, about: About, assigned: Mapping[str, Collection[str]]) -> bool:
    """Whether this is the owner's by role and region; `assigned` are the sites of each region's brokers."""
    if about.of_case and owner.role not in SEE_CASES:
        return False
    if owner.role is Role.REGION_COORDINATOR and about.of_learner and about.level < ESCALATED:
        return False
    return any(_is_theirs(owner, entry, assigned) for entry in about.audience)


def _is_theirs(owner: Owner, entry: str, assigned: Mapping[str, Collection[str]]) -> bool:
    match owner.role:
        case Role.RMC_DESK | Role.LEERPLICHT_DESK | Role.REGION_COORDINATOR:
            return entry == f"R{owner.region or '-'}"
        case Role.VSV_BROKER:
            region, _, site = entry.partition("/")
            theirs = site in owner.sites or site not in assigned.get(owner.region or "", ())
            return bool(owner.region and region == f"R{owner.region}" and site and theirs)
        case Role.VO_SCHOOL:
            of_school = SITE.fullmatch(entry) is not None and entry[:4] == owner.org
            return of_school and (not owner.sites or entry in owner.sites)
        case Role.MBO_INSTITUTION:
            return entry == owner.org
        case _:
            return False
