"""Which attendance is kept without a judgement, and which is not."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from shared.domain.codes import Flag, State
from shared.domain.quiet import is_quiet, unseen_from
from tests.tale import WORLD, Tale, moment

AT = "2026-09-21 18:00"
SEEN, MISSED = "pres:99MA:E1:2026-W39", "abs:99MA:E1:2026-09-21"


def uuid(number: int) -> str:
    return str(UUID(int=0xA << 124 | number))


def attending() -> Tale:
    """Seen in every week from 24 August on."""
    tale = Tale()
    tale.started("2026-07-01")
    for number, day in enumerate(("2026-08-24", "2026-08-31", "2026-09-07", "2026-09-14")):
        tale.present(day, id=uuid(number))
    return tale


def quiet(tale: Tale, key: str, *flags: Flag, state: State | None = State.ATTENDING) -> bool:
    facts = tale.record().years[2026]
    return is_quiet(facts, key, state, flags, moment(AT), WORLD.policies)


def test_seen_again_and_an_hour_missed_change_nothing() -> None:
    tale = attending()
    tale.present("2026-09-21 09:00", id=uuid(10))
    tale.absent("2026-09-21 17:00", hours=2, id=uuid(11))
    assert quiet(tale, SEEN)
    assert quiet(tale, MISSED)


def test_one_day_missed_in_a_week_without_presence_counts_as_the_week_did_before() -> None:
    tale = attending()
    tale.absent("2026-09-21 17:00", hours=2, id=uuid(11))
    assert quiet(tale, MISSED)
    tale.tell("attendance.absent", "2026-09-22 17:00", "99MA", **_hours("2026-09-22", 2), id=uuid(12))
    facts = tale.record().years[2026]
    later = moment("2026-09-22 18:00")
    assert not is_quiet(facts, "abs:99MA:E1:2026-09-22", State.ATTENDING, (), later, WORLD.policies)


@pytest.mark.parametrize(
    ("state", "flags"),
    [
        (State.NO_SHOW, ()),
        (None, ()),
        (State.ATTENDING, (Flag.ASSUMED,)),
        (State.ATTENDING, (Flag.ABSENCE_16H,)),
    ],
)
def test_elsewhere_attendance_is_looked_at(state: State | None, flags: tuple[Flag, ...]) -> None:
    tale = attending()
    tale.present("2026-09-21 09:00", id=uuid(10))
    assert not quiet(tale, SEEN, *flags, state=state)


def test_hours_that_could_reach_a_limit_are_looked_at_in_rows_or_in_full() -> None:
    rows, full = attending(), attending()
    for number, day in enumerate(("2026-09-07", "2026-09-14", "2026-09-21")):
        rows.absent(f"{day} 17:00", hours=6, id=uuid(20 + number))
        full.absent(f"{day} 17:00", hours=6, id=uuid(20 + number) if day == "2026-09-21" else f"e{number}")
    assert not quiet(rows, MISSED)
    assert not quiet(full, MISSED)


def test_what_is_told_twice_or_taken_back_or_lies_ahead_is_looked_at() -> None:
    twice = attending()
    twice.present("2026-09-21 09:00", id=uuid(10))
    twice.present("2026-09-22 09:00", id=uuid(11))
    assert not quiet(twice, SEEN)
    mixed = attending()
    mixed.present("2026-09-21 09:00", id=uuid(10))
    mixed.present("2026-09-22 09:00", id="e-1")
    assert not quiet(mixed, SEEN)
    gone = attending()
    gone.present("2026-09-21 09:00", id=uuid(10))
    gone.retract("2026-09-21 10:00", uuid(10))
    assert not quiet(gone, SEEN)
    ahead = attending()
    ahead.tell("attendance.absent", "2026-09-25 08:00", "99MA", **_hours("2026-09-25", 2), id=uuid(12))
    assert not quiet(ahead, "abs:99MA:E1:2026-09-25")
    assert not quiet(ahead, "app:99MA:00000001")


def _hours(day: str, hours: float) -> dict[str, Any]:
    told = {"mboBrin": "99MA", "enrolmentNo": "E1", "date": day}
    return told | {"unauthorisedHours": float(hours), "authorisedHours": 0.0}


def test_who_was_seen_this_week_is_away_too_long_after_four_more_at_the_earliest() -> None:
    facts = attending().record().years[2026]
    seen = unseen_from(facts, State.ATTENDING, (), moment(AT), WORLD.policies)
    assert seen == moment("2026-10-19 00:00")  # seen in the week of 14 September
    by_then = unseen_from(facts, State.ATTENDING, (), moment("2026-09-01 18:00"), WORLD.policies)
    assert by_then == moment("2026-10-05 00:00")  # what was not received yet was not seen


def test_a_look_is_put_off_only_for_who_attends_without_anything_else() -> None:
    tale = attending()
    facts = tale.record().years[2026]
    assert unseen_from(facts, State.NO_SHOW, (), moment(AT), WORLD.policies) is None
    assert unseen_from(facts, State.ATTENDING, (Flag.ABSENCE_4W,), moment(AT), WORLD.policies) is None
    assert unseen_from(facts, State.ATTENDING, (), moment("2026-08-01"), WORLD.policies) is None
    tale.retract("2026-09-15", uuid(3))
    assert unseen_from(tale.record().years[2026], State.ATTENDING, (), moment(AT), WORLD.policies) is None


def test_an_hour_missed_beside_leave_in_another_enrolment_makes_the_week_count() -> None:
    tale = attending()
    tale.absent("2026-09-21 10:00", hours=0, authorised=4, no="E2", id=uuid(20))
    tale.absent("2026-09-21 17:00", hours=2, id=uuid(21))
    assert not quiet(tale, MISSED)
