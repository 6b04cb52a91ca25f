"""What the facts of one learner and year say on one day, before it is given a name.

`state.py` names it, the rules read it. Everything here is worked out from a picture (what was known at a
moment), the world and the moment itself; nothing is remembered. Days are local dates in Europe/Amsterdam.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from shared.domain import effect
from shared.domain.absence import Attendance, attendance
from shared.domain.application import CLASS, CLOSED, Applied, applications, taken_up
from shared.domain.calendar import DAY, add_working_days, local_date
from shared.domain.case import months_later
from shared.domain.codes import ConfirmedBy, ContactResult, ExamOutcome, RegisterKind, VoType
from shared.domain.duty import ADULT, bound_until
from shared.domain.enrolment import Enrolment, Look, enrolments, promised
from shared.domain.event import Version
from shared.domain.person import Home, birth_date, birthday, home, is_deceased, is_qualified
from shared.domain.picture import Known, Picture
from shared.domain.policy import Policy, in_force
from shared.domain.world import World

WEIGHT = {ConfirmedBy.SCHOOL: 0, ConfirmedBy.DESK: 1, ConfirmedBy.REGISTER: 2}
"""Whose word about a destination weighs most (ruling 9)."""

EXEMPT = frozenset({VoType.PRO, VoType.VSO_ARBEID, VoType.VSO_DAG})
"""Whose learners have no duty to qualify (kwalificatieplicht) [L]."""

ENROLMENTS = frozenset(
    {RegisterKind.ENROLMENT_ADDED, RegisterKind.ENROLMENT_CHANGED, RegisterKind.ENROLMENT_ENDED}
)
"""What the register tells of an enrolment."""


class Sign(msgspec.Struct, frozen=True):
    """A sign of life (ruling 35)."""

    day: date
    version: Version


class Situation(msgspec.Struct, frozen=True):
    """Everything that states and rules ask about one learner and year at the moment `at` (UTC).

    `listing` is the newest one at a school that has not ended, else the newest. `in_vo` holds while a
    listed enrolment in vo goes on; who has started in mbo has left vo, whatever the school forgot to
    post, unless the route is combined. `destination` is the one that decides today. `policy` is the one in
    force, for the year and the home region; an institution's own parameters are asked of it by `where`.
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
    birth_date: date | None
    home: Home | None
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
    attendance: Attendance

    @property
    def is_void(self) -> bool:
        """Whether nothing is known: a record without any fact (docs/domain.md 6.4)."""
        return is_void(self.picture)

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
        if any(known.effect.outcome is ExamOutcome.PRO_DIPLOMA for known in self.picture.exams):
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
        """The enrolment that ended last; to who is still in vo one that never began is none."""
        over = [one for one in self.ended if one.took_place or not self.in_vo]
        return max(over, key=lambda one: (one.end or date.min, one.key), default=None)


def is_void(picture: Picture) -> bool:
    """Whether a picture holds nothing that makes a transition, not even a contradiction.

    Facts of the person (a home, leave to share, a link, a register change beside an enrolment), absence and
    a transfer file follow a transition; they do not begin one (project decision).
    """
    return not any(
        (
            picture.conflicts,
            picture.listings,
            picture.applications,
            picture.starts,
            picture.ends,
            picture.vo_ends,
            picture.exams,
            picture.destinations,
            picture.was_seen,
            picture.contacts,
            any(known.effect.kind in ENROLMENTS for known in picture.register),
        )
    )


def review_day(destination: effect.Destination, policy: Policy) -> date:
    """The last day on which a destination counts without a new look."""
    return destination.review_date or months_later(destination.valid_from, policy.review_months)


def situation(picture: Picture, year: int, world: World, at: datetime) -> Situation:
    """Read a picture on the day of `at` (UTC)."""
    today = local_date(at)
    lives = home(picture, today)
    policy = _policy(world, lives, year, at)
    look = Look(world, policy, at, today)
    last_days = {known.effect.vo_site: known.effect.end_date for known in picture.vo_ends}
    enrolled = enrolments(picture, look)
    taken = taken_up(picture, enrolled)
    enrolled += promised(picture, taken, year, look)
    applied = applications(picture, taken, today)
    listing = _listing(picture, last_days, today)
    in_vo = _in_vo(picture, last_days, enrolled, today)
    born, qualified = birth_date(picture, listing), is_qualified(picture, today)
    schools = [one.effect.vo_site for one in picture.listings if in_vo and _is_there(one, last_days, today)]
    sign, next_sign = _signs(picture, enrolled, today)
    return Situation(
        picture=picture,
        year=year,
        world=world,
        at=at,
        today=today,
        policy=policy,
        listing=listing,
        in_vo=in_vo,
        in_vo_at_count=_in_vo(picture, last_days, enrolled, policy.count_date(year)),
        vo_end_days=tuple(last_days.values()),
        birth_date=born,
        home=lives,
        active=tuple(one for one in enrolled if one.end is None or one.end >= today),
        ended=tuple(one for one in enrolled if one.end is not None and one.end < today),
        applied=applied,
        best=max(applied, key=lambda one: one.rank) if applied else None,
        destination=_destination(picture, policy, today),
        deceased=is_deceased(picture),
        qualified=qualified,
        sign=sign,
        next_sign=next_sign,
        contact=max((day for day, _ in _contacts(picture)), default=None),
        attendance=attendance(picture, enrolled, schools, look, bound_until(born, qualified)),
    )


def _policy(world: World, lives: Home | None, year: int, at: datetime) -> Policy:
    """The parameters of this transition year in the home region; without a home the national ones."""
    region = world.region_of_municipality(lives.municipality, local_date(at)) if lives else None
    return in_force(world.policies, at).where(year=year, region=region)


def _newest(known: Known[Any]) -> tuple[datetime, datetime, str]:
    version = known.version
    return version.occurred_at, version.recorded_at, version.event_id


def _listing(picture: Picture, last_days: dict[str, date], today: date) -> Known[effect.Listing] | None:
    if len(picture.listings) <= 1:
        return picture.listings[0] if picture.listings else None
    still = [known for known in picture.listings if _is_there(known, last_days, today)]
    return max(still or picture.listings, key=_newest)


def _is_there(known: Known[effect.Listing], last_days: dict[str, date], day: date) -> bool:
    return _goes_on(last_days, known.effect.vo_site, day)


def _goes_on(last_days: dict[str, date], site: str, day: date) -> bool:
    """The last day itself is still enrolled (ruling 28)."""
    return site not in last_days or last_days[site] >= day


def _in_vo(picture: Picture, last_days: dict[str, date], enrolled: Sequence[Enrolment], day: date) -> bool:
    listed = [known.effect for known in picture.listings if _goes_on(last_days, known.effect.vo_site, day)]
    if any(listing.combined_route for listing in listed):
        return True
    return bool(listed) and not any(one.took_place and one.start <= day for one in enrolled)


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


def _contacts(picture: Picture) -> Iterable[tuple[date, Version]]:
    return [
        (known.effect.day, known.version)
        for known in picture.contacts
        if known.effect.result is ContactResult.REACHED
    ]


def _signs(picture: Picture, enrolled: Iterable[Enrolment], today: date) -> tuple[Sign | None, date | None]:
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
    for one in enrolled:
        if one.end is None or one.start <= one.end:
            found.append((one.start, one.version))
        if one.end is not None and one.end_version is not None:
            found.append((one.end, one.end_version))
    found += [(known.effect.valid_from, known.version) for known in picture.destinations]
    found += [(known.effect.valid_from, known.version) for known in picture.register]
    last = picture.last_seen()
    found += [last] if last else []
    past = [one for one in found if one[0] <= today]
    ahead = min((day for day, _ in found if day > today), default=None)
    if not past:
        return None, ahead
    day, version = max(past, key=lambda one: (one[0], one[1].occurred_at, one[1].event_id))
    return Sign(day, version), ahead
