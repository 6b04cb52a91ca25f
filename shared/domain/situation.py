"""What the facts of one learner and year say on one day, before it is given a name.

`state.py` names it, the rules read it. Everything here is worked out from a picture (what was known at a
moment), the world and the moment itself; nothing is remembered. Days are local dates in Europe/Amsterdam.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

import msgspec

from shared.domain import effect
from shared.domain.calendar import DAY, add_working_days, local_date, study_year
from shared.domain.case import months_later
from shared.domain.codes import (
    ApplicationStatus,
    ConfirmedBy,
    ContactResult,
    DestinationKind,
    ExamOutcome,
    LeavingReason,
    VoEndReason,
    VoType,
)
from shared.domain.event import Version
from shared.domain.picture import Known, Picture, effect_of
from shared.domain.policy import Policy, in_force
from shared.domain.world import Institution, Site, World, calendar_of, first_lesson_day, nth_lesson_day

ADULT = 18
BASIC_LEVEL = 2
"""From this mbo level on a diploma is a basic qualification (startkwalificatie) [L]."""

UNKNOWN_LEVEL = 2
"""What rules read when a relay sent no level (ruling 14)."""

CLOSED, OPEN, OFFER, POSITIVE = range(4)
"""Classes of an application, the best last (ruling 23)."""

CLASS: dict[ApplicationStatus, int] = {
    ApplicationStatus.RECEIVED: OPEN,
    ApplicationStatus.INTAKE_PLANNED: OPEN,
    ApplicationStatus.INTAKE_DONE: OPEN,
    ApplicationStatus.WAITLISTED: OPEN,
    ApplicationStatus.PLACED_PROVISIONAL: OFFER,
    ApplicationStatus.OFFERED: OFFER,
    ApplicationStatus.NOT_ENROLLABLE: CLOSED,
    ApplicationStatus.WITHDRAWN: CLOSED,
    ApplicationStatus.ENROLLED: POSITIVE,
    ApplicationStatus.ENDED: CLOSED,
}
"""The class of each status; INTEREST is no application."""

WEIGHT = {ConfirmedBy.SCHOOL: 0, ConfirmedBy.DESK: 1, ConfirmedBy.REGISTER: 2}
"""Whose word about a destination weighs most (ruling 9)."""

QUALIFYING = frozenset({VoType.HAVO, VoType.VWO})
EXEMPT = frozenset({VoType.PRO, VoType.VSO_ARBEID, VoType.VSO_DAG})
"""Whose learners have no duty to qualify (kwalificatieplicht) [L]."""


class Enrolment(msgspec.Struct, frozen=True):
    """One enrolment in mbo, from its own events or from an application that says ENROLLED or ENDED.

    `end` is its last day. `seen` is a presence on or after the start. `absent_from` is the day from
    which nobody was seen too long (NO_SHOW), `assumed_from` the one from which presence is assumed
    because the institution cannot send it; at most one of the two is there, and neither once seen.
    """

    key: str
    brin: str
    site: str | None
    level: int | None
    start: date
    end: date | None
    version: Version
    end_version: Version | None
    seen: Version | None
    absent_from: date | None = None
    assumed_from: date | None = None

    @property
    def took_place(self) -> bool:
        """False when it was ended before it began: then nobody left another school for it."""
        return self.end is None or self.start <= self.end


class Applied(msgspec.Struct, frozen=True):
    """One application and the class it counts in on the day, its enrolment taken into account."""

    application: effect.Application
    version: Version
    first_date: date
    grade: int

    @property
    def rank(self) -> tuple[int, date, str]:
        """The greatest is the best (ruling 23)."""
        return self.grade, self.application.status_date, self.application.ref


class Sign(msgspec.Struct, frozen=True):
    """A sign of life (ruling 35)."""

    day: date
    version: Version


class Situation(msgspec.Struct, frozen=True):
    """Everything that states and rules ask about one learner and year at the moment `at` (UTC).

    `listing` is the newest one at a school that has not ended, else the newest. `in_vo` holds while a
    listed enrolment in vo goes on; who has started in mbo has left vo, whatever the school forgot to
    post, unless the route is combined. `destination` is the one that decides today.
    """

    picture: Picture
    year: int
    world: World
    at: datetime
    today: date
    policy: Policy
    listing: Known[effect.Listing] | None
    in_vo: bool
    in_vo_at_count: bool
    vo_end_days: tuple[date, ...]
    active: tuple[Enrolment, ...]
    ended: tuple[Enrolment, ...]
    applied: tuple[Applied, ...]
    best: Applied | None
    destination: Known[effect.Destination] | None
    deceased: bool
    qualified: bool
    sign: Sign | None
    next_sign: date | None
    contact: date | None

    @property
    def is_void(self) -> bool:
        """Whether nothing is known: a record without any fact (docs/domain.md 6.4)."""
        return is_void(self.picture)

    @property
    def birth_date(self) -> date | None:
        """The birth date, when a school gave it."""
        return self.listing.effect.birth_date if self.listing else None

    @property
    def best_class(self) -> int:
        """The class of the best application, or below CLOSED without one."""
        return self.best.grade if self.best else CLOSED - 1

    @property
    def is_adult(self) -> bool | None:
        """Whether the learner is 18 or over; None when nobody gave the birth date."""
        return None if self.birth_date is None else birthday(self.birth_date, ADULT) <= self.today

    @property
    def duty(self) -> bool | None:
        """Whether the learner has to be in education; None when the age is unknown (ruling 30)."""
        if self.listing and self.listing.effect.vo_type in EXEMPT:
            return False
        return None if self.is_adult is None else not (self.is_adult or self.qualified)

    @property
    def is_free(self) -> bool:
        """Qualified and of age: no duty and no early leaver, so no A07-A10 and A14."""
        return self.qualified and bool(self.is_adult)

    @property
    def vo_site(self) -> str | None:
        """The school site of origin, when one is known."""
        if self.listing:
            return self.listing.effect.vo_site
        picture = self.picture
        ends: Sequence[Known[effect.VoEnd] | Known[effect.Exam]] = (*picture.vo_ends, *picture.exams)
        return max(ends, key=_newest).effect.vo_site if ends else None

    @property
    def out_since(self) -> date | None:
        """The first day of the last term that a learner without a place is still in sight."""
        return add_working_days(self.sign.day, self.policy.sight_wd) + DAY if self.sign else None

    @property
    def last_ended(self) -> Enrolment | None:
        """The enrolment that ended last."""
        return max(self.ended, key=lambda one: (one.end or date.min, one.key)) if self.ended else None


def is_void(picture: Picture) -> bool:
    """Whether a picture holds no fact at all, not even a contradiction."""
    return not picture.conflict and not any(
        (
            picture.listings,
            picture.applications,
            picture.starts,
            picture.ends,
            picture.vo_ends,
            picture.exams,
            picture.destinations,
            picture.presences,
            picture.contacts,
        )
    )


def birthday(birth_date: date, age: int) -> date:
    """The day on which an age is reached; born on 29 February: 1 March of other years."""
    try:
        return birth_date.replace(year=birth_date.year + age)
    except ValueError:
        return date(birth_date.year + age, 3, 1)


def review_day(destination: effect.Destination, policy: Policy) -> date:
    """The last day on which a destination counts without a new look."""
    return destination.review_date or months_later(destination.valid_from, policy.review_months)


def situation(picture: Picture, year: int, world: World, at: datetime) -> Situation:
    """Read a picture on the day of `at` (UTC)."""
    today = local_date(at)
    policy = in_force(world.policies, at)
    last_days = {known.effect.vo_site: known.effect.end_date for known in picture.vo_ends}
    enrolments, taken = _enrolments(picture, year, world, at, today, policy)
    applied = _applied(picture, taken, today)
    listing = _listing(picture, last_days, today)
    sign, next_sign = _signs(picture, enrolments, today)
    active = tuple(one for one in enrolments if one.end is None or one.end >= today)
    ended = tuple(one for one in enrolments if one.end is not None and one.end < today)
    return Situation(
        picture=picture,
        year=year,
        world=world,
        at=at,
        today=today,
        policy=policy,
        listing=listing,
        in_vo=_in_vo(picture, last_days, enrolments, today),
        in_vo_at_count=_in_vo(picture, last_days, enrolments, policy.count_date(year)),
        vo_end_days=tuple(last_days.values()),
        active=active,
        ended=ended,
        applied=applied,
        best=max(applied, key=lambda one: one.rank) if applied else None,
        destination=_destination(picture, policy, today),
        deceased=_deceased(picture),
        qualified=_qualified(picture, enrolments),
        sign=sign,
        next_sign=next_sign,
        contact=max((day for day, _ in _contacts(picture)), default=None),
    )


def institution_region(world: World, brin: str, site: str | None, day: date) -> str | None:
    """The region of a site, else of the seat of its institution."""
    found = world.site(site) if site else None
    found = found or seat(world.institutions.get(brin))
    return world.region_of_municipality(found.municipality, day) if found else None


def seat(institution: Institution | None) -> Site | None:
    """The main site of an institution (ending in 00), else its first one."""
    if institution is None or not institution.sites:
        return None
    return next((site for site in institution.sites if site.site.endswith("00")), institution.sites[0])


def lesson_day(world: World, site: Site | None, start: date, count: int, at: datetime) -> date:
    """The lesson day with number `count` from `start` on, as known at `at` (UTC); see `nth_lesson_day`."""
    year = study_year(start)
    if calendar_of(world, site, year, at) or calendar_of(world, site, year + 1, at):
        return nth_lesson_day(world, site, start, count, at)
    return _usual_lesson_day(site.holiday_region if site else None, start, count)


@lru_cache(maxsize=4096)
def _usual_lesson_day(holiday_region: str | None, start: date, count: int) -> date:
    site = Site("", "", holiday_region) if holiday_region else None
    return nth_lesson_day(_NOWHERE, site, start, count, datetime.min.replace(tzinfo=UTC))


_NOWHERE = World()


def _newest(known: Known[Any]) -> tuple[datetime, datetime, str]:
    version = known.version
    return version.occurred_at, version.recorded_at, version.event_id


def _listing(picture: Picture, last_days: dict[str, date], today: date) -> Known[effect.Listing] | None:
    if len(picture.listings) <= 1:
        return picture.listings[0] if picture.listings else None
    still = [known for known in picture.listings if _goes_on(last_days, known.effect.vo_site, today)]
    return max(still or picture.listings, key=_newest)


def _goes_on(last_days: dict[str, date], site: str, day: date) -> bool:
    """The last day itself is still enrolled (ruling 28)."""
    return site not in last_days or last_days[site] >= day


def _in_vo(picture: Picture, last_days: dict[str, date], enrolments: Sequence[Enrolment], day: date) -> bool:
    listed = [known.effect for known in picture.listings if _goes_on(last_days, known.effect.vo_site, day)]
    if any(listing.combined_route for listing in listed):
        return True
    return bool(listed) and not any(one.took_place and one.start <= day for one in enrolments)


def _enrolments(
    picture: Picture, year: int, world: World, at: datetime, today: date, policy: Policy
) -> tuple[list[Enrolment], dict[str, Enrolment]]:
    """All enrolments, and by application the one that takes it up (rulings 34 and 43)."""
    ends = {known.effect.enrolment: known for known in picture.ends}
    found: list[Enrolment] = []
    taken: dict[str, Enrolment] = {}
    nameless: list[tuple[Enrolment, effect.EnrolmentStart]] = []
    for start in picture.starts:
        one = _watched(
            _registered(start, ends.pop(start.effect.enrolment, None), picture), world, at, today, policy
        )
        found.append(one)
        if start.effect.application_ref:
            taken[start.effect.application_ref] = one
        else:
            nameless.append((one, start.effect))
    found += map(_only_ended, ends.values())
    for one, started in nameless:
        ref = _best_of(picture, one, started, taken)
        if ref:
            taken[ref] = one
    found += [
        _watched(_by_application(known, picture, year, world, at), world, at, today, policy)
        for known in picture.applications
        if known.effect.ref not in taken and known.effect.status in _ENROLLED
    ]
    return found, taken


_ENROLLED = (ApplicationStatus.ENROLLED, ApplicationStatus.ENDED)


def _registered(
    start: Known[effect.EnrolmentStart], end: Known[effect.EnrolmentEnd] | None, picture: Picture
) -> Enrolment:
    told = start.effect
    return Enrolment(
        key=told.enrolment,
        brin=told.brin,
        site=told.site,
        level=told.level,
        start=told.start_date,
        end=end.effect.end_date if end else None,
        version=start.version,
        end_version=end.version if end else None,
        seen=_seen(picture, told.enrolment, told.start_date),
    )


def _only_ended(end: Known[effect.EnrolmentEnd]) -> Enrolment:
    """An end of which the start never came: it counts as an enrolment that ended."""
    told = end.effect
    return Enrolment(
        key=told.enrolment,
        brin=told.brin,
        site=None,
        level=told.diploma_level,
        start=told.end_date,
        end=told.end_date,
        version=end.version,
        end_version=end.version,
        seen=None,
    )


def _by_application(
    known: Known[effect.Application], picture: Picture, year: int, world: World, at: datetime
) -> Enrolment:
    """An application that says ENROLLED or ENDED where no enrolment of its own is known."""
    told = known.effect
    main = seat(world.institutions.get(told.brin))
    start = told.start_date or first_lesson_day(world, main, year, at)
    ended = told.status is ApplicationStatus.ENDED
    return Enrolment(
        key=told.ref,
        brin=told.brin,
        site=main.site if main else None,
        level=told.level,
        start=start,
        end=told.status_date if ended else None,
        version=known.version,
        end_version=known.version if ended else None,
        seen=_seen(picture, f"{told.brin}:", start),
    )


def _seen(picture: Picture, enrolment: str, start: date) -> Version | None:
    """The first presence on or after the start; where no number is known, at the institution."""
    seen = [
        known
        for known in picture.presences
        if known.effect.day >= start and _is_of(known.effect.enrolment, enrolment)
    ]
    return min(seen, key=lambda known: known.effect.day).version if seen else None


def _is_of(seen_in: str, enrolment: str) -> bool:
    return seen_in == enrolment or (enrolment.endswith(":") and seen_in.startswith(enrolment))


def _watched(one: Enrolment, world: World, at: datetime, today: date, policy: Policy) -> Enrolment:
    """The enrolment with the day from which silence means something, when nobody was seen yet."""
    if one.seen or one.start > today or (one.end is not None and one.end < today):
        return one
    institution = world.institutions.get(one.brin)
    site = (world.site(one.site) if one.site else None) or seat(institution)
    if institution is not None and institution.presence:
        day = lesson_day(world, site, one.start, policy.no_show_days + 1, at)
        return msgspec.structs.replace(one, absent_from=day)
    day = lesson_day(world, site, one.start, policy.assumed_days + 1, at)
    return msgspec.structs.replace(one, assumed_from=day)


def _best_of(
    picture: Picture, one: Enrolment, started: effect.EnrolmentStart, taken: dict[str, Enrolment]
) -> str | None:
    """The application that an enrolment takes up which names none (ruling 43)."""
    fitting = [
        known
        for known in picture.applications
        if known.effect.brin == one.brin
        and known.effect.ref not in taken
        and known.effect.status in CLASS
        and known.effect.intake_year in (one.start.year, study_year(one.start))
        and first_status_date(known) <= one.start
    ]
    if not fitting:
        return None
    return max(
        fitting, key=lambda known: (CLASS[known.effect.status], known.effect.status_date, known.effect.ref)
    ).effect.ref


def first_status_date(known: Known[effect.Application]) -> date:
    """When the application was first heard of."""
    first = effect_of(known.first)
    return min(
        known.effect.status_date, first.status_date if isinstance(first, effect.Application) else date.max
    )


def _applied(picture: Picture, taken: dict[str, Enrolment], today: date) -> tuple[Applied, ...]:
    return tuple(
        Applied(
            known.effect,
            known.version,
            first_status_date(known),
            _class_of(known.effect, taken.get(known.effect.ref), today),
        )
        for known in picture.applications
        if known.effect.status in CLASS
    )


def _class_of(application: effect.Application, enrolment: Enrolment | None, today: date) -> int:
    """ENROLLED from the enrolment's start, ENDED from its end, also before it began (ruling 34)."""
    if enrolment is None:
        return CLASS[application.status]
    if enrolment.end is not None and enrolment.end < today:
        return CLOSED
    return CLASS[application.status] if today < enrolment.start else POSITIVE


def _destination(picture: Picture, policy: Policy, today: date) -> Known[effect.Destination] | None:
    """The one that decides among those valid today (rulings 9 and 36)."""
    valid = [
        known
        for known in picture.destinations
        if known.effect.valid_from <= today <= review_day(known.effect, policy)
    ]
    return max(
        valid,
        key=lambda known: (known.effect.valid_from, WEIGHT[known.effect.confirmed_by], _newest(known)),
        default=None,
    )


def _deceased(picture: Picture) -> bool:
    return (
        any(known.effect.reason is VoEndReason.DECEASED for known in picture.vo_ends)
        or any(known.effect.reason is LeavingReason.DECEASED for known in picture.ends)
        or any(known.effect.kind is DestinationKind.DECEASED for known in picture.destinations)
    )


def _qualified(picture: Picture, enrolments: Iterable[Enrolment]) -> bool:
    """A basic qualification (startkwalificatie): havo, vwo or mbo level 2 and up, from whatever fact [L]."""
    levels = {one.key: one.level or UNKNOWN_LEVEL for one in enrolments}
    leaves = {known.effect.vo_site for known in picture.listings if known.effect.vo_type in QUALIFYING}
    return (
        any(known.effect.qualified for known in picture.listings)
        or any(_diploma_level(known.effect, levels) >= BASIC_LEVEL for known in picture.ends)
        or any(
            known.effect.outcome is ExamOutcome.PASSED and known.effect.vo_site in leaves
            for known in picture.exams
        )
    )


def _diploma_level(end: effect.EnrolmentEnd, levels: Mapping[str, int]) -> int:
    """The level of the diploma with which an enrolment ended, else of the enrolment; 0 without a diploma."""
    if end.diploma_level is not None:
        return end.diploma_level
    return levels.get(end.enrolment, 0) if end.reason is LeavingReason.DIPLOMA else 0


def _contacts(picture: Picture) -> Iterable[tuple[date, Version]]:
    return [
        (known.effect.day, known.version)
        for known in picture.contacts
        if known.effect.result is ContactResult.REACHED
    ]


def _signs(picture: Picture, enrolments: Iterable[Enrolment], today: date) -> tuple[Sign | None, date | None]:
    """The newest sign of life, and the day on which a date that still lies ahead becomes one."""
    found: list[tuple[date, Version]] = list(_contacts(picture))
    found += [(known.effect.end_date, known.version) for known in picture.vo_ends]
    found += [
        (known.effect.result_date, known.version)
        for known in picture.exams
        if known.effect.outcome is not ExamOutcome.NONE
    ]
    found += [
        (known.effect.status_date, known.version)
        for known in picture.applications
        if known.effect.status in CLASS
    ]
    for one in enrolments:
        if one.end is None or one.start <= one.end:
            found.append((one.start, one.version))
        if one.end is not None and one.end_version is not None:
            found.append((one.end, one.end_version))
    found += [(known.effect.valid_from, known.version) for known in picture.destinations]
    if picture.presences:
        last = max(picture.presences, key=lambda known: known.effect.day)
        found.append((last.effect.day, last.version))
    past = [one for one in found if one[0] <= today]
    ahead = min((day for day, _ in found if day > today), default=None)
    if not past:
        return None, ahead
    day, version = max(past, key=lambda one: (one[0], one[1].occurred_at, one[1].event_id))
    return Sign(day, version), ahead
