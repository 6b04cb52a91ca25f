"""What becomes of learners, and how often; chosen so that a year shows the mix of states that is seen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from services.simulate.learner import WEAK, Life
from shared.domain.calendar import add_working_days

Fate = Callable[[Life, date], None]
SECOND = 0.35
"""The share of learners that applies at a second institution."""
FOUND = 0.55
"""The share of learners out of sight that the desk finds in autumn."""


def placed(life: Life, last: date) -> None:
    """Applies in time, gets an offer, comes and stays."""
    _placed(life, last, date(life.year - 1, 11, 3), date(life.year, 3, 27))


def late(life: Life, last: date) -> None:
    """Applies after the application date, and is placed before the summer."""
    _placed(life, last, date(life.year, 4, 20), date(life.year, 6, 5))


def _placed(life: Life, last: date, first_day: date, last_day: date) -> None:
    life.listed()
    institution = life.region.receiver(life.chance)
    step = life.application(institution)
    begun = day = life.between(first_day, last_day)
    step(day, "RECEIVED")
    day = add_working_days(day, life.chance.randint(5, 15))
    step(day, "INTAKE_PLANNED")
    day = add_working_days(day, life.chance.randint(5, 12))
    step(day, "INTAKE_DONE")
    day = add_working_days(day, life.chance.randint(2, 10))
    step(day, life.chance.choice(("PLACED_PROVISIONAL", "OFFERED")))
    if life.chance.random() < SECOND:
        _second_application(life, begun, day)
    life.leaves_school()
    enrolled = life.between(max(date(life.year, 6, 15), day), max(date(life.year, 7, 10), day))
    life.enrols(institution, step, enrolled).attends(date(life.year, 8, 1), last)


def _second_application(life: Life, first: date, until: date) -> None:
    """Applies elsewhere too, and withdraws there when the better place is sure."""
    step = life.application(life.region.receiver(life.chance))
    step(first, "RECEIVED")
    if life.chance.random() < 0.5:
        step(add_working_days(first, life.chance.randint(5, 15)), "INTAKE_DONE")
    step(add_working_days(until, life.chance.randint(1, 5)), "WITHDRAWN", closeReason="OTHER_INSTITUTION")


def slow(life: Life, last: date) -> None:
    """Applied in time, but hears nothing until July."""
    life.listed()
    institution = life.region.receiver(life.chance)
    step = life.application(institution)
    step(life.between(date(life.year, 1, 12), date(life.year, 3, 20)), "RECEIVED")
    step(life.between(date(life.year, 6, 22), date(life.year, 7, 3)), "OFFERED")
    life.leaves_school()
    enrolled = life.between(date(life.year, 7, 6), date(life.year, 7, 8))
    life.enrols(institution, step, enrolled).attends(date(life.year, 8, 1), last)


def second_choice(life: Life, last: date) -> None:
    """Refused in spring, finds another programme."""
    life.listed()
    first = life.application(life.region.receiver(life.chance))
    first(life.between(date(life.year, 1, 12), date(life.year, 3, 20)), "RECEIVED")
    refused = life.between(date(life.year, 5, 11), date(life.year, 5, 29))
    first(refused, "NOT_ENROLLABLE", closeReason=life.chance.choice(("CAPACITY", "ENTRY_REQUIREMENT")))
    institution = life.region.receiver(life.chance)
    step = life.application(institution)
    day = add_working_days(refused, life.chance.randint(5, 22))
    step(day, "RECEIVED")
    day = add_working_days(day, 6)
    step(day, "OFFERED")
    life.leaves_school()
    enrolled = life.between(max(date(life.year, 7, 1), day), date(life.year, 7, 9))
    life.enrols(institution, step, enrolled).attends(date(life.year, 8, 1), last)


def offer_only(life: Life, last: date) -> None:
    """Has an offer that nobody turns into an enrolment; some come after all."""
    life.listed()
    institution = life.region.receiver(life.chance)
    step = life.application(institution)
    step(life.between(date(life.year, 1, 12), date(life.year, 3, 20)), "RECEIVED")
    step(life.between(date(life.year, 4, 13), date(life.year, 5, 22)), "OFFERED")
    life.leaves_school()
    if life.chance.random() < 0.6:
        enrolled = life.between(date(life.year, 8, 31), date(life.year, 9, 11))
        life.enrols(institution, step, enrolled).attends(enrolled, last)


def withdrawn(life: Life, last: date) -> None:
    """Withdraws in silence when summer comes; some are found in time."""
    life.listed()
    institution = life.region.receiver(life.chance)
    step = life.application(institution)
    step(life.between(date(life.year, 1, 12), date(life.year, 3, 20)), "RECEIVED")
    step(life.between(date(life.year, 4, 13), date(life.year, 5, 22)), "PLACED_PROVISIONAL")
    step(
        life.between(date(life.year, 6, 15), date(life.year, 7, 3)),
        "WITHDRAWN",
        closeReason=life.chance.choice(("UNKNOWN", "WORK")),
    )
    life.leaves_school()
    if life.chance.random() < 0.35:
        again = life.application(life.region.receiver(life.chance))
        again(life.between(date(life.year, 8, 24), date(life.year, 9, 25)), "RECEIVED")
    else:
        _found(life)


def regrets(life: Life, last: date) -> None:
    """Has a place, and gives it up when the lessons begin."""
    life.listed()
    step = life.application(life.region.receiver(life.chance))
    step(life.between(date(life.year, 1, 12), date(life.year, 3, 20)), "RECEIVED")
    step(life.between(date(life.year, 4, 13), date(life.year, 5, 22)), "OFFERED")
    life.leaves_school()
    step(
        life.between(date(life.year, 8, 24), date(life.year, 10, 2)),
        "WITHDRAWN",
        closeReason=life.chance.choice(("UNKNOWN", "WORK")),
    )


def never(life: Life, last: date) -> None:
    """Never applies; leaves school in summer."""
    life.listed(life.chance.choice(("MBO", "UNKNOWN")))
    life.leaves_school()
    _found(life)


def _found(life: Life) -> None:
    if life.chance.random() < FOUND:
        day = life.between(date(life.year, 9, 14), date(life.year, 10, 8))
        life.found(day, life.chance.choice(("WORK_NO_QUALIFICATION", "LEARN_WORK", "DAY_ACTIVITY")))


def no_show(life: Life, last: date) -> None:
    """Enrolled, and not there on the first days."""
    life.listed()
    institution = next(
        (one for _ in range(20) if (one := life.region.receiver(life.chance)).presence),
        life.region.receiver(life.chance),
    )
    step = life.application(institution)
    step(life.between(date(life.year - 1, 12, 1), date(life.year, 3, 27)), "RECEIVED")
    step(life.between(date(life.year, 4, 13), date(life.year, 5, 22)), "OFFERED")
    life.leaves_school()
    enrolment = life.enrols(institution, step, life.between(date(life.year, 6, 22), date(life.year, 7, 9)))
    luck = life.chance.random()
    if luck < 0.65:
        back = add_working_days(enrolment.start, life.chance.randint(7, 30))
        enrolment.attends(back, last)
    elif luck < 0.8:
        enrolment.ends(add_working_days(enrolment.start, life.chance.randint(12, 25)), "7")


def dropped_out(life: Life, last: date) -> None:
    """Begins, and stops within weeks; some begin elsewhere."""
    life.listed()
    institution = life.region.receiver(life.chance)
    step = life.application(institution)
    step(life.between(date(life.year - 1, 12, 1), date(life.year, 3, 27)), "RECEIVED")
    step(life.between(date(life.year, 4, 13), date(life.year, 5, 22)), "OFFERED")
    life.leaves_school()
    enrolment = life.enrols(institution, step, life.between(date(life.year, 6, 22), date(life.year, 7, 9)))
    end = add_working_days(enrolment.start, life.chance.randint(8, 25))
    enrolment.attends(enrolment.start, end)
    enrolment.ends(end, life.chance.choice(("1", "2", "4", "4", "7")))
    if life.chance.random() < 0.3:
        other = life.region.receiver(life.chance)
        again = life.application(other)
        day = add_working_days(end, life.chance.randint(3, 10))
        again(day, "RECEIVED")
        begun = add_working_days(day, 3)
        life.enrols(other, again, begun).attends(begun, last)


def stays(life: Life, last: date) -> None:
    """Stays in secondary education after all."""
    listed = life.listed()
    life.again(
        listed, life.between(date(life.year, 2, 9), date(life.year, 3, 20)), expectedDestination="VO", grade=5
    )


def elsewhere(life: Life, last: date) -> None:
    """Goes to work or to daytime activities; the school says so."""
    life.listed("WORK" if life.vo_type not in WEAK else "DAY_ACTIVITY")
    life.leaves_school()
    known = life.between(date(life.year, 5, 18), date(life.year, 6, 26))
    life.tell(
        known,
        "destination.confirmed",
        life.origin.site[:4],
        kind="DAY_ACTIVITY" if life.vo_type in WEAK else "LEARN_WORK",
        validFrom=(known + timedelta(days=20)).isoformat(),
        confirmedBy="school",
        hoursPerWeek=24,
        reviewDate=date(life.year + 1, 1, 31).isoformat(),
    )


SHARES: tuple[tuple[Fate, float, bool], ...] = (
    (placed, 0.810, False),
    (late, 0.031, True),
    (slow, 0.028, False),
    (second_choice, 0.019, True),
    (offer_only, 0.006, True),
    (withdrawn, 0.006, True),
    (regrets, 0.008, True),
    (never, 0.006, True),
    (no_show, 0.023, True),
    (dropped_out, 0.009, True),
    (stays, 0.020, False),
    (elsewhere, 0.013, True),
)
"""Each fate, its share, and whether it is three times as frequent in pro, vso and isk."""


def choose(life: Life) -> Fate:
    """What becomes of this learner."""
    weak = life.vo_type in WEAK
    weights = [share * (3 if weak and unwanted else 1) for _, share, unwanted in SHARES]
    return life.chance.choices([fate for fate, _, _ in SHARES], weights)[0]
