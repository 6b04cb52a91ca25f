"""What holds for everybody: institutions, calendars, municipalities and policies, as values."""

from __future__ import annotations

from datetime import date, datetime

import msgspec

from shared.domain.codes import Role


class Site(msgspec.Struct, frozen=True):
    """One location (vestiging) of an institution; the holiday region is that of its municipality."""

    site: str
    municipality: str
    holiday_region: str
    name: str | None = None


class PublishedCalendar(msgspec.Struct, frozen=True):
    """The lesson calendar that an institution published for one site and study year."""

    site: str
    study_year: int
    first_lesson_day: date
    free_days: tuple[date, ...]
    received_at: datetime


class Institution(msgspec.Struct, frozen=True):
    """A school, an mbo institution or a desk: one record of the topic `institutions`.

    `presence` tells whether a registered client of it can send presence; `last_received_at` is
    per event family (the part of the event type before its first dot), for `vo.learner.listed`
    per site.
    """

    org: str
    role: Role
    name: str
    presence: bool
    sites: tuple[Site, ...] = ()
    region: str | None = None
    calendars: tuple[PublishedCalendar, ...] = ()
    last_received_at: dict[str, datetime] = {}
    version: int = 0
    changed_at: datetime | None = None
