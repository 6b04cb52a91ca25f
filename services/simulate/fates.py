"""What becomes of learners, and how often; chosen so that a year shows the mix of states that is seen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import msgspec

from services.simulate.beside import hands_over
from services.simulate.enrolment import Application, Enrolment
from services.simulate.learner import Life
from services.simulate.lessons import Lessons
from services.simulate.school_year import Period
from shared.domain.calendar import add_working_days, working_days_before

SECOND = 0.35
"""The share of learners that applies at a second institution."""
INFORMED = 0.75
"""The share of those who wait long that hears something meanwhile."""
STOPS_LATER = 0.05
"""The share of those with a usual life that stops between November and June."""
OCCUPIED = "LEARN_WORK", "WORK_NO_QUALIFICATION", "DAY_ACTIVITY"
ENDINGS = (
    ("NOT_ENROLLABLE", "CAPACITY"),
    ("NOT_ENROLLABLE", "ENTRY_REQUIREMENT"),
    ("WITHDRAWN", "UNKNOWN"),
)
"""How a first choice comes to nothing."""

IN_TIME: Period = (-1, 11, 3), (0, 3, 27)
NEW_YEAR: Period = (0, 1, 12), (0, 3, 27)
MARCH: Period = (0, 3, 2), (0, 3, 27)
SPRING: Period = (0, 4, 13), (0, 5, 22)
AGREED: Period = (0, 6, 15), (0, 7, 10)
AGREED_LATE: Period = (0, 7, 13), (0, 8, 7)
LATE_AGREED = 0.12
"""The share of agreements that is made in the summer holiday."""


def placed(life: Life) -> None:
    """Applies in time, gets an offer in spring, comes and stays; or stops in the course of the first year."""
    if life.chance.random() < STOPS_LATER:
        _stops(life, ((0, 11, 2), (1, 6, 25)))
    else:
        _takes_a_place(life, IN_TIME).attends()


def patient(life: Life) -> None:
    """Applied in time, and has an offer in the first days of June."""
    _takes_a_place(life, MARCH, ((0, 6, 2), (0, 6, 5))).attends()


def slow(life: Life) -> None:
    """Applied in time, and has no offer before the end of June."""
    _takes_a_place(life, MARCH, ((0, 6, 22), (0, 7, 3))).attends()


def late(life: Life) -> None:
    """Applies soon after the application date, and has a place before June."""
    _takes_a_place(life, ((0, 4, 14), (0, 5, 6)), ((0, 5, 18), (0, 5, 28))).attends()


def later(life: Life) -> None:
    """Applies in May, and has a place in summer."""
    _takes_a_place(life, ((0, 5, 11), (0, 5, 28)), ((0, 6, 8), (0, 6, 26))).attends()


def last_minute(life: Life) -> None:
    """Applies when the exams are over."""
    _takes_a_place(life, ((0, 6, 8), (0, 6, 19)), ((0, 6, 29), (0, 7, 10))).attends()


def second_choice(life: Life) -> None:
    """Refused in spring, or had other thoughts; finds another programme."""
    life.listed()
    first = Application(life, life.region.receiver(life.chance))
    begun, ended = life.within(NEW_YEAR, life.known), life.within(((0, 5, 18), (0, 5, 28)))
    first.step(begun, "RECEIVED")
    first.waits(begun, ended)
    status, reason = life.chance.choice(ENDINGS)
    first.step(ended, status, closeReason=reason)
    again = add_working_days(date(life.year.year, 6, 1), life.chance.randint(1, 15))
    _applies_and_comes(life, again, add_working_days(again, life.chance.randint(5, 9))).attends()


def changes_mind(life: Life) -> None:
    """Was to stay in vo, and moves on after all."""
    listed = life.listed()
    life.changes(listed, life.within(((0, 2, 9), (0, 3, 20))), expectedDestination="VO", grade=5)
    life.changes(listed, life.within(((0, 4, 8), (0, 4, 17))))
    applied, offered = life.within(((0, 4, 20), (0, 4, 30))), life.within(((0, 5, 11), (0, 5, 27)))
    _applies_and_comes(life, applied, offered).attends()


def stays(life: Life) -> None:
    """Stays in secondary education."""
    listed = life.listed()
    life.changes(listed, life.within(((0, 2, 9), (0, 3, 20))), expectedDestination="VO", grade=5)


def truant(life: Life) -> None:
    """Comes, and stays away from lessons so often that it has to be reported."""
    enrolment = _takes_a_place(life, IN_TIME)
    enrolment.lessons.plays_truant(enrolment.start + timedelta(days=life.chance.randint(5, 20)))
    enrolment.attends()


def truant_in_vo(life: Life) -> None:
    """The same, but in the last year of vo."""
    enrolment = _takes_a_place(life, IN_TIME)
    site = life.year.world.site(life.origin.site)
    if site is not None:
        lessons = Lessons(life, life.school, site, {"voSite": site.site})
        lessons.plays_truant(life.within(((0, 1, 12), (0, 5, 8)), life.known))
    enrolment.attends()


def stays_away(life: Life) -> None:
    """Comes for a few days, and is not seen for weeks."""
    enrolment = _takes_a_place(life, IN_TIME)
    away = enrolment.start + timedelta(days=7)
    enrolment.attends(last=away - timedelta(days=1))
    back = away + timedelta(days=life.chance.choice((35, 49, 63)))
    enrolment.lessons.stays_away(away, back - timedelta(days=1))
    enrolment.attends(back)


def removed(life: Life) -> None:
    """The school of origin removes the learner in spring, who has a place in mbo after the summer."""
    _takes_a_place(life, IN_TIME, removed=life.within(((0, 4, 13), (0, 5, 29)))).attends()


def summer_gap(life: Life) -> None:
    """Has an offer that becomes an enrolment only when the lessons have begun."""
    _takes_a_place(life, IN_TIME, SPRING, ((0, 8, 26), (0, 9, 8))).attends()


def starts_late(life: Life) -> None:
    """Begins weeks after the others: the place of work was not there yet."""
    told = AGREED if life.chance.random() < 0.5 else ((0, 8, 31), (0, 9, 9))
    start = life.within(((0, 9, 21), (0, 9, 28)))
    _takes_a_place(life, IN_TIME, SPRING, told, start).attends()


def comes_after_all(life: Life) -> None:
    """Not there on the first days, then comes."""
    enrolment = _not_there(life)
    enrolment.attends(life.within(((0, 9, 21), (0, 10, 6))))


def never_comes(life: Life) -> None:
    """Enrolled, and not seen all autumn."""
    enrolment = _not_there(life)
    life.called(life.within(((0, 9, 14), (0, 10, 7))), "NOT_REACHED", "vsv_broker")
    if life.chance.random() < 0.5:
        enrolment.lessons.concern(add_working_days(enrolment.start, life.chance.randint(8, 14)))


def written_off(life: Life) -> None:
    """Not seen, and taken off the books before long."""
    enrolment = _not_there(life)
    enrolment.ends(life.within(((0, 9, 22), (0, 10, 6))), "7")


def dropped_out(life: Life) -> None:
    """Begins, and stops within weeks."""
    _stops(life, ((0, 9, 22), (0, 10, 7)))


def switches(life: Life) -> None:
    """Begins, stops, and begins elsewhere."""
    end = _stops(life, ((0, 9, 4), (0, 9, 9)))
    applied = add_working_days(end, life.chance.randint(1, 2))
    application = Application(life, life.region.receiver(life.chance))
    application.step(applied, "RECEIVED")
    begun = add_working_days(applied, life.chance.randint(1, 2))
    application.enrols(begun).attends()


def regrets(life: Life) -> None:
    """Has a place, and gives it up when the lessons begin; nobody knows what follows."""
    _gives_up(life, ((0, 8, 26), (0, 9, 7)))


def regrets_and_works(life: Life) -> None:
    """The same, and the desk hears of work in October."""
    _gives_up(life, ((0, 8, 26), (0, 9, 7)))
    _found(life, ((0, 9, 22), (0, 10, 7)))


def regrets_late(life: Life) -> None:
    """The same, but not before the middle of September."""
    _gives_up(life, ((0, 9, 15), (0, 9, 17)))


def waits_in_vain(life: Life) -> None:
    """On a waiting list until it turns out that there is no room."""
    application, begun = _applies(life, NEW_YEAR)
    application.waits(begun, life.year.dates(AGREED)[0])
    life.leaves_school()
    application.step(life.within(((0, 9, 22), (0, 10, 2))), "NOT_ENROLLABLE", closeReason="CAPACITY")


def withdraws(life: Life) -> None:
    """Has a place and withdraws before the summer, in silence."""
    _gives_up(life, ((0, 6, 15), (0, 7, 3)))


def silent(life: Life) -> None:
    """Never applies, leaves school in summer, and is not heard of again."""
    life.listed(life.chance.choice(("MBO", "UNKNOWN")))
    life.leaves_school()
    life.called(life.within(((0, 9, 7), (0, 9, 30))), "NOT_REACHED")


def found(life: Life) -> None:
    """Never applies, and is found by the desk in autumn."""
    life.listed(life.chance.choice(("MBO", "UNKNOWN")))
    life.leaves_school()
    _found(life, ((0, 9, 22), (0, 10, 7)))


def elsewhere(life: Life) -> None:
    """Goes to work or to daytime activities; the school says so."""
    life.listed("DAY_ACTIVITY" if life.weak else "WORK")
    life.leaves_school()
    known = life.within(((0, 5, 18), (0, 6, 26)))
    kind = "DAY_ACTIVITY" if life.weak else "LEARN_WORK"
    life.goes_elsewhere(known, max(known, date(life.year.year, 7, 13)), kind, "school")


def side_entrant(life: Life) -> None:
    """Comes without a school of origin: no list, no exam."""
    application = Application(life, life.region.receiver(life.chance))
    begun = life.within(NEW_YEAR)
    application.step(begun, "RECEIVED")
    offered = add_working_days(begun, life.chance.randint(5, 12))
    application.step(offered, "OFFERED")
    application.enrols(life.within(AGREED)).attends()


def _takes_a_place(
    life: Life,
    applies: Period,
    offered: Period | None = None,
    agreed: Period | None = None,
    start: date | None = None,
    removed: date | None = None,
    seen: bool = False,
) -> Enrolment:
    """From the list to the enrolment; without a period for it, the offer follows the intake."""
    application, day = _applies(life, applies, seen)
    day = _is_offered(life, application, day, offered)
    if removed:
        life.ends_school(removed, "REMOVED")
    else:
        life.leaves_school()
    return _agrees(life, application, day, agreed, start)


def _applies(life: Life, period: Period, seen: bool = False) -> tuple[Application, date]:
    """On the list, and an application; the day of it is returned."""
    life.listed()
    application = Application(life, life.region.receiver(life.chance, seen))
    day = life.within(period, life.known)
    application.step(day, "RECEIVED")
    return application, day


def _is_offered(life: Life, application: Application, begun: date, period: Period | None = None) -> date:
    """The offer, and the second application that it makes needless; the day is returned."""
    day = begun
    if period is None:
        for status, least, most in (("INTAKE_PLANNED", 5, 13), ("INTAKE_DONE", 5, 12)):
            day = add_working_days(day, life.chance.randint(least, most))
            application.step(day, status)
        day = add_working_days(day, life.chance.randint(2, 10))
    else:
        day = life.within(period, day)
        if life.chance.random() < INFORMED:
            application.waits(begun, day)
    application.step(day, life.chance.choice(("PLACED_PROVISIONAL", "OFFERED")))
    if life.chance.random() < SECOND:
        other = Application(life, life.region.receiver(life.chance))
        other.step(begun, "RECEIVED")
        other.waits(begun, day)
        end = add_working_days(day, life.chance.randint(1, 3))
        other.step(end, "WITHDRAWN", closeReason="OTHER_INSTITUTION")
    return day


def _agrees(
    life: Life,
    application: Application,
    offered: date,
    period: Period | None = None,
    start: date | None = None,
) -> Enrolment:
    """The enrolment that follows an offer, and the hand-over between the schools."""
    if period is None:
        period = AGREED_LATE if life.chance.random() < LATE_AGREED else AGREED
    agreed = life.within(period, offered)
    hands_over(life, application.institution, offered)
    return application.enrols(agreed, start)


def _applies_and_comes(life: Life, applied: date, offered: date) -> Enrolment:
    """A later application of a learner who is known already."""
    application = Application(life, life.region.receiver(life.chance))
    application.step(applied, "RECEIVED")
    application.step(offered, "OFFERED")
    life.leaves_school()
    return _agrees(life, application, offered)


def _not_there(life: Life) -> Enrolment:
    """An enrolment where somebody would be missed."""
    return _takes_a_place(life, IN_TIME, SPRING, AGREED, seen=True)


def _stops(life: Life, period: Period) -> date:
    """Begins, and ends the enrolment; the last day of it is returned."""
    enrolment = _takes_a_place(life, IN_TIME)
    end = max(life.within(period), add_working_days(enrolment.start, 3))
    enrolment.attends(last=end)
    enrolment.ends(end, life.chance.choice(("1", "2", "4", "4", "7", "REMOVED")))
    return end


def _gives_up(life: Life, period: Period) -> None:
    """An offer that the learner withdraws from."""
    application, day = _applies(life, IN_TIME)
    _is_offered(life, application, day)
    life.leaves_school()
    application.step(life.within(period), "WITHDRAWN", closeReason=life.chance.choice(("UNKNOWN", "WORK")))


def _found(life: Life, period: Period) -> None:
    """The desk reaches the learner, and hears where he or she is."""
    day = life.within(period)
    life.called(working_days_before(day, life.chance.randint(1, 5)), "NOT_REACHED")
    life.called(day, "REACHED")
    life.goes_elsewhere(day, day, life.chance.choice(OCCUPIED), "desk")


class Fate(msgspec.Struct, frozen=True):
    """What becomes of how many in a hundred; hard: three times as often from pro, vso and isk."""

    lived: Callable[[Life], object]
    percent: float
    hard: bool = True


FATES = (
    Fate(patient, 3.2, hard=False),
    Fate(slow, 2.2, hard=False),
    Fate(late, 1.6),
    Fate(later, 1.5),
    Fate(last_minute, 0.5),
    Fate(second_choice, 2.1),
    Fate(changes_mind, 1.7, hard=False),
    Fate(stays, 0.3, hard=False),
    Fate(truant, 1.5),
    Fate(truant_in_vo, 0.8),
    Fate(stays_away, 0.4),
    Fate(removed, 0.3),
    Fate(summer_gap, 0.8),
    Fate(starts_late, 0.8, hard=False),
    Fate(comes_after_all, 0.6),
    Fate(never_comes, 0.65),
    Fate(written_off, 0.2),
    Fate(dropped_out, 0.6),
    Fate(switches, 0.3),
    Fate(regrets, 0.3),
    Fate(regrets_and_works, 0.3),
    Fate(regrets_late, 0.35),
    Fate(waits_in_vain, 0.15),
    Fate(withdraws, 0.2),
    Fate(silent, 0.4),
    Fate(found, 0.5),
    Fate(elsewhere, 1.45),
    Fate(side_entrant, 0.3, hard=False),
)
"""Everything that is not `placed`, the lot of all others."""
TRIPLE = 3
"""How much more often a hard fate is that of a learner from pro, vso or isk."""
GOLDEN = 0.6180339887498949


def choose(life: Life) -> Callable[[Life], object]:
    """What becomes of this learner. Numbers are spread evenly, so that a small year shows the mix too."""
    draw = 100 * ((life.number * GOLDEN + life.year.seed * GOLDEN**2) % 1)
    usual = 1 + (TRIPLE - 1) * life.region.weak_share
    for fate in FATES:
        draw -= fate.percent * (TRIPLE if life.weak else 1) / usual if fate.hard else fate.percent
        if draw < 0:
            return fate.lived
    return placed
