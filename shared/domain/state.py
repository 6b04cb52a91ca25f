"""Where a learner stands: the list of twelve states, first match wins; it is total.

A state is a question asked of the facts at a moment, never a register that messages move: the order in
which facts arrived plays no part. Source: docs/domain.md 6 and rulings 2, 5, 28, 34-36, 47, 48.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime

import msgspec

from shared.domain.absence_report import standing
from shared.domain.application import OFFER, OPEN
from shared.domain.calendar import DAY, add_working_days, earlier, midnight
from shared.domain.codes import Expected, Flag, State, WarmHandover
from shared.domain.enrolment import Enrolment
from shared.domain.feedback import awaited_until, is_awaited, is_overdue
from shared.domain.person import birthday, moves_ahead, qualifies_ahead
from shared.domain.picture import Picture
from shared.domain.routing import home_region, region_of_place
from shared.domain.situation import Situation, review_day, situation
from shared.domain.world import World

IN_SIGHT = frozenset({State.APPLIED, State.OFFERED, State.ENROLLED, State.ATTENDING, State.OTHER_DESTINATION})
"""Where a sign of life has to bring a learner before it ends or closes anything (ruling 35)."""


class Projection(msgspec.Struct, frozen=True):
    """A state, what stands beside it, and the next moment at which time alone may change either.

    `next_change` is in UTC and later than the moment asked for; at it nothing may turn out to change. It is
    the first of `next_date` and `unseen_from`, from when nobody may have seen the learner for too long.
    """

    state: State
    flags: tuple[Flag, ...]
    next_date: datetime | None
    unseen_from: datetime | None = None

    @property
    def next_change(self) -> datetime | None:
        """When time alone may change either."""
        return earlier(self.next_date, self.unseen_from)


def project(picture: Picture, year: int, world: World, at: datetime) -> Projection:
    """The state of a learner in a transition year at the moment `at` (UTC), from what the picture knows."""
    return projection(situation(picture, year, world, at))


def projection(now: Situation) -> Projection:
    """The same, of a situation that was already worked out."""
    state = state_of(now)
    gone_from = now.attendance.gone_from
    unseen = midnight(gone_from) if gone_from and gone_from > now.today else None
    return Projection(state, flags_of(now), next_date(now, state), unseen)


def state_of(now: Situation) -> State:
    """The first state of the list that holds."""
    return next(state for state, holds in STATES if holds(now))


def is_closed(now: Situation) -> bool:
    """Deceased, the closing date or the age limit reached, or still in vo at the count date."""
    if now.deceased or now.today >= now.policy.closing(now.year):
        return True
    if now.in_vo_at_count and now.today >= now.policy.count_date(now.year):
        return True
    born = now.birth_date
    return born is not None and birthday(born, now.policy.region_age_max) <= now.today


def attends(now: Situation) -> bool:
    """Seen in an enrolment that has started, or assumed to be; a combined route counts on either side."""
    if any(one.start <= now.today and (one.seen or _is_assumed(one, now.today)) for one in now.active):
        return True
    combined = now.listing is not None and now.listing.effect.combined_route
    return combined and now.in_vo and bool(now.picture.presences)


def is_no_show(now: Situation) -> bool:
    """Started, never seen, and the lesson days of patience are over."""
    return any(is_absent(one, now.today) for one in now.active)


def is_absent(one: Enrolment, today: date) -> bool:
    """Whether nobody was seen in this enrolment for too long."""
    return one.absent_from is not None and one.absent_from <= today


def is_enrolled(now: Situation) -> bool:
    """Any other enrolment that has not ended, one that starts later included."""
    return bool(now.active)


def is_elsewhere(now: Situation) -> bool:
    """A confirmed destination other than mbo, valid today."""
    return now.destination is not None


def has_offer(now: Situation) -> bool:
    """An open application in class offer."""
    return any(one.grade == OFFER for one in now.applied)


def has_applied(now: Situation) -> bool:
    """An open application."""
    return any(one.grade in (OPEN, OFFER) for one in now.applied)


def dropped_out(now: Situation) -> bool:
    """An enrolment ended without a basic qualification, and the term since then is not over."""
    limit = dropped_out_until(now)
    return limit is not None and now.today <= limit


def dropped_out_until(now: Situation) -> date | None:
    """The last day of DROPPED_OUT: `sight_wd` working days after the end or the last contact."""
    last = now.last_ended
    if last is None or last.end is None or now.qualified:
        return None
    since = max(last.end, now.contact or last.end)
    return add_working_days(since, now.policy.sight_wd)


def stays_in_vo(now: Situation) -> bool:
    """Still in vo, and the school expects the learner to stay there."""
    return now.in_vo and now.listing is not None and now.listing.effect.expected is Expected.VO


def is_unplaced(now: Situation) -> bool:
    """In vo with every application closed, or out of vo with a sign of life not too long ago."""
    if now.in_vo:
        return bool(now.applied)
    return now.out_since is not None and now.today < now.out_since


def is_expected(now: Situation) -> bool:
    """In vo, no application yet."""
    return now.in_vo and not now.applied


def otherwise(_: Situation) -> bool:
    """Nowhere enrolled, nothing open, no destination, no sign of life: what is left."""
    return True


STATES: tuple[tuple[State, Callable[[Situation], bool]], ...] = (
    (State.CLOSED, is_closed),
    (State.ATTENDING, attends),
    (State.NO_SHOW, is_no_show),
    (State.ENROLLED, is_enrolled),
    (State.OTHER_DESTINATION, is_elsewhere),
    (State.OFFERED, has_offer),
    (State.APPLIED, has_applied),
    (State.DROPPED_OUT, dropped_out),
    (State.STAYS_IN_VO, stays_in_vo),
    (State.UNPLACED, is_unplaced),
    (State.EXPECTED, is_expected),
    (State.OUT_OF_SIGHT, otherwise),
)


def flags_of(now: Situation) -> tuple[Flag, ...]:
    """What stands beside the state, in the order of `Flag`."""
    return tuple(flag for flag, holds in FLAGS if holds(now))


def is_vulnerable(now: Situation) -> bool:
    """The school of origin says that this learner needs more care."""
    return now.listing is not None and now.listing.effect.vulnerable


def is_out_of_region(now: Situation) -> bool:
    """The enrolment, else the best application, lies outside the home region (ruling 42)."""
    home = home_region(now)
    there = region_of_place(now)
    return home is not None and there is not None and home != there


def lacks_feedback(now: Situation) -> bool:
    """An application in class open without news for longer than agreed."""
    return any(is_overdue(one, now.policy, now.year, now.today) for one in now.applied)


def has_missed_16_hours(now: Situation) -> bool:
    """Sixteen unauthorised hours in four lesson weeks, and neither a report nor time has ended that."""
    return any(standing(now.attendance.reached, now.picture.reports, now.today))


def is_gone_4_weeks(now: Situation) -> bool:
    """Four lesson weeks without presence, and not yet seen again for two running."""
    return bool(now.attendance.gone)


def needs_handover(now: Situation) -> bool:
    """A transfer file asks for a hand-over in person that was not done yet."""
    return any(known.effect.warm_handover is WarmHandover.NEEDED for known in now.picture.dossiers)


def is_assumed(now: Situation) -> bool:
    """Nobody can report presence there; after twenty lesson days it is taken for granted (ruling 47)."""
    started = [one for one in now.active if one.start <= now.today]
    return any(_is_assumed(one, now.today) for one in started) and not any(one.seen for one in started)


def _is_assumed(one: Enrolment, today: date) -> bool:
    return one.assumed_from is not None and one.assumed_from <= today


FLAGS: tuple[tuple[Flag, Callable[[Situation], bool]], ...] = (
    (Flag.QUALIFIED, lambda now: now.qualified),
    (Flag.VULNERABLE, is_vulnerable),
    (Flag.OUT_OF_REGION, is_out_of_region),
    (Flag.FEEDBACK_OVERDUE, lacks_feedback),
    (Flag.ABSENCE_16H, has_missed_16_hours),
    (Flag.ABSENCE_4W, is_gone_4_weeks),
    (Flag.NEEDS_WARM_HANDOVER, needs_handover),
    (Flag.ASSUMED, is_assumed),
    (Flag.CONFLICT, lambda now: bool(now.picture.conflicts)),
)


def next_date(now: Situation, state: State) -> datetime | None:
    """The first midnight (Europe/Amsterdam, in UTC) at which a date of these facts is reached."""
    ahead = min((day for day in _dates(now, state) if day > now.today), default=None)
    return midnight(ahead) if ahead else None


def _dates_of_policy(now: Situation) -> Iterator[date]:
    return (policy.valid_from for policy in now.world.policies)


def _dates(now: Situation, state: State) -> Iterator[date]:
    """Every day on which one of the questions above may get another answer."""
    yield from _dates_of_policy(now)
    yield now.policy.closing(now.year)
    if now.in_vo_at_count:
        yield now.policy.count_date(now.year)
    if now.birth_date and state is not State.CLOSED:
        yield birthday(now.birth_date, now.policy.region_age_max)
    yield from (day + DAY for day in now.vo_end_days)
    for one in now.active:
        yield one.start
        yield from (day for day in (one.absent_from, one.assumed_from) if day)
        if one.end:
            yield one.end + DAY
    for known in now.picture.destinations:
        yield known.effect.valid_from
        yield review_day(known.effect, now.policy) + DAY
    yield from (reach.lapses for reach in now.attendance.reached)
    yield from _ends_of_terms(now, state)


def _ends_of_terms(now: Situation, state: State) -> Iterator[date]:
    dropped = dropped_out_until(now)
    if dropped and state is State.DROPPED_OUT:
        yield dropped + DAY
    if now.out_since and state in (State.DROPPED_OUT, State.UNPLACED):
        yield now.out_since
    if now.next_sign and state is State.OUT_OF_SIGHT:
        yield now.next_sign
    for one in now.applied:
        if is_awaited(one):
            yield awaited_until(one, now.policy, now.year) + DAY
    yield from moves_ahead(now.picture, now.today)
    yield from qualifies_ahead(now.picture, now.today)
    if now.home:
        place = now.world.reference.municipalities.get(now.home.municipality)
        if place and place.valid_to:
            yield place.valid_to + DAY
