"""What holds for everybody: institutions, calendars, municipalities and policies, as values."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

import msgspec

from shared.domain.calendar import (
    DAY,
    is_school_holiday,
    is_working_day,
    local_date,
    study_year,
    summer_ends,
)
from shared.domain.codes import Role
from shared.domain.heard import Spell
from shared.domain.policy import Policy, in_force


class Site(msgspec.Struct, frozen=True):
    """One location (vestiging) of an institution; the holiday region is that of its municipality."""

    site: str
    municipality: str
    holiday_region: str
    name: str | None = None


class PublishedCalendar(msgspec.Struct, frozen=True):
    """The lesson calendar that counts for one site and study year from `received_at` on (UTC).

    `counts` is false when from then on none does: the sender took it back, or contradicted itself.
    """

    site: str
    study_year: int
    first_lesson_day: date
    free_days: tuple[date, ...]
    received_at: datetime
    counts: bool = True


class Institution(msgspec.Struct, frozen=True):
    """A school, an mbo institution or a desk: one record of the topic `institutions`.

    `presence` tells whether a registered client of it can send presence; `last_received_at` is
    per event family (the part of the event type before its first dot), for `vo.learner.listed`
    per site. `heard` tells between which silences something arrived.
    """

    org: str
    role: Role
    name: str
    presence: bool
    sites: tuple[Site, ...] = ()
    region: str | None = None
    calendars: tuple[PublishedCalendar, ...] = ()
    last_received_at: dict[str, datetime] = {}
    heard: dict[str, tuple[Spell, ...]] = {}
    version: int = 0
    changed_at: datetime | None = None


class Municipality(msgspec.Struct, frozen=True):
    """A municipality, the region it belongs to, and the holiday region of schools in it."""

    code: str
    name: str
    region: str
    holiday_region: str
    valid_from: date | None = None
    valid_to: date | None = None


class Reference(msgspec.Struct, frozen=True):
    """National tables: municipalities by code, names of regions by number, level of a programme by crebo."""

    municipalities: Mapping[str, Municipality] = {}
    regions: Mapping[str, str] = {}
    levels: Mapping[str, int] = {}


class World(msgspec.Struct, frozen=True):
    """Everything that a judgement needs beside the learner. A new registry is a new world."""

    institutions: Mapping[str, Institution] = {}
    reference: Reference = Reference()
    policies: tuple[Policy, ...] = ()

    def site(self, code: str) -> Site | None:
        """A site by its code; the institution's code is its first four characters."""
        institution = self.institutions.get(code[:4])
        if institution is None:
            return None
        return next((site for site in institution.sites if site.site == code), None)

    def region_of_municipality(self, code: str, day: date) -> str | None:
        """The region that a municipality belongs to on a day; None when unknown, abroad or ended.

        A code that has yet to begin already has its region: schools write it some days too early.
        """
        found = self.reference.municipalities.get(code)
        if found is None or (found.valid_to is not None and day > found.valid_to):
            return None
        return found.region


HOLIDAY_REGIONS = ("noord", "midden", "zuid")


def calendar_of(world: World, site: Site | None, year: int, at: datetime) -> PublishedCalendar | None:
    """The calendar that a site had published for a study year, as known at a moment (UTC)."""
    institution = world.institutions.get(site.site[:4]) if site else None
    if institution is None or site is None:
        return None
    known = [
        one
        for one in institution.calendars
        if one.site == site.site and one.study_year == year and one.received_at <= at
    ]
    newest = max(known, key=lambda one: one.received_at, default=None)
    return newest if newest is not None and newest.counts else None


def day_set_by_hand(world: World, site: Site | None, year: int, at: datetime) -> date | None:
    """The first lesson day of a study year as the policy has it, for a site that published none."""
    if not world.policies:
        return None
    policy, region = in_force(world.policies, at), None
    if site is not None and policy.overrides:
        region = world.region_of_municipality(site.municipality, local_date(at))
    return policy.where(year=year, region=region, org=site.site[:4] if site else None).first_lesson_day(year)


def first_lesson_day(world: World, site: Site | None, year: int, at: datetime) -> date:
    """The first lesson day of a study year: as published, else as the policy has it by hand.

    Where neither says, the first Monday after the summer holiday; without a site the latest of the three
    holiday regions (project decision).
    """
    published = calendar_of(world, site, year, at)
    if published is not None:
        return published.first_lesson_day
    by_hand = day_set_by_hand(world, site, year, at)
    if by_hand is not None:
        return by_hand
    regions = (site.holiday_region,) if site else HOLIDAY_REGIONS
    return max(summer_ends(region, year) for region in regions)


def is_lesson_day(world: World, site: Site | None, day: date, at: datetime) -> bool:
    """Whether a site has lessons on a day: a working day that is no holiday there (project decision).

    Without a site no holiday region may have holiday. A published calendar replaces the default one.
    """
    if not is_working_day(day):
        return False
    year = study_year(day)
    if day < first_lesson_day(world, site, year, at):
        return False
    published = calendar_of(world, site, year, at)
    if published is not None:
        return day not in published.free_days
    regions = (site.holiday_region,) if site else HOLIDAY_REGIONS
    return not any(is_school_holiday(region, day) for region in regions)


def nth_lesson_day(world: World, site: Site | None, start: date, count: int, at: datetime) -> date:
    """The lesson day with number `count`, where `start` is number 1 when it is a lesson day itself."""
    day = start
    for _ in range(400):
        count -= is_lesson_day(world, site, day, at)
        if count <= 0:
            break
        day += DAY
    return day
