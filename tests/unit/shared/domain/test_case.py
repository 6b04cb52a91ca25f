"""The table of moves at the desk: every pair is allowed, or refused by name."""

from __future__ import annotations

from datetime import date
from itertools import product

import pytest
from msgspec.structs import replace

from shared.domain import case as moves
from shared.domain.action import Action, Refused
from shared.domain.case import (
    ACTS,
    ENDS,
    MOVES,
    Attempt,
    Case,
    act_of,
    alert_resolved,
    contacted,
    months_later,
    moved_away,
    time_passed,
)
from shared.domain.codes import CaseFlag, CaseStatus, ContactResult, Role
from tests.tale import REF, YEAR, act, local, moment

ASKED: dict[str, Action] = {
    "assign": act("2026-09-21", "assign", by="officer"),
    "contact-attempt": act("2026-09-21", "contact-attempt", date="2026-09-21", result="REACHED"),
    "to-contacting": act("2026-09-21", "move", to="CONTACTING"),
    "to-intake": act("2026-09-21", "move", to="INTAKE"),
    "to-guidance": act("2026-09-21", "move", to="GUIDANCE"),
    "to-aftercare": act("2026-09-21", "move", to="AFTERCARE", destination="LEARN_WORK"),
    "park": act("2026-09-21", "move", to="PARKED", until="2026-10-12"),
    "resume": act("2026-09-21", "move", to="INTAKE"),
    "transfer": act("2026-09-21", "transfer", region="37"),
    "close": act("2026-09-21", "close", destination="OTHER"),
}


def move(before: Case, asked: Action) -> Case | Refused:
    """What an officer does where aftercare lasts three months."""
    return moves.move(before, asked, 3)


def case(status: str = "NEW", **fields: object) -> Case:
    told = Case("c1", REF, YEAR, CaseStatus(status), moment("2026-09-18 06:00"), "38", ("a1",))
    if status == "PARKED":
        told = replace(told, parked_in=CaseStatus.INTAKE, until=date(2026, 10, 1))
    return replace(told, **fields)


@pytest.mark.parametrize(("status", "name"), list(product(CaseStatus, ACTS)))
def test_every_pair_is_allowed_or_refused(status: CaseStatus, name: str) -> None:
    before = case(status)
    after = move(before, ASKED[name])
    if name == "to-intake" and status is CaseStatus.PARKED:
        name = "resume"
    if (status, name) not in MOVES or (name == "resume" and status is not CaseStatus.PARKED):
        if name == "resume" and (status, "to-intake") in MOVES:
            return
        assert isinstance(after, Refused)
        assert after.code == "illegal-move"
        return
    assert isinstance(after, Case)
    wanted = MOVES[status, name] or (CaseStatus.INTAKE if name == "resume" else status)
    assert after.status is wanted
    assert (after.history[-1:] == ()) is (wanted is status)


def test_an_end_is_an_end() -> None:
    assert not [pair for pair in MOVES if pair[0] in ENDS]


def test_the_way_of_a_case_from_beginning_to_end() -> None:
    now: Case | Refused = case()
    for name in ("assign", "contact-attempt", "to-intake", "to-guidance", "to-aftercare"):
        assert isinstance(now, Case)
        now = move(now, ASKED[name])
    assert isinstance(now, Case)
    assert [turn.after for turn in now.history] == [
        "ASSIGNED",
        "CONTACTING",
        "INTAKE",
        "GUIDANCE",
        "AFTERCARE",
    ]
    assert (now.assigned_to, now.destination, local(now.due)) == (
        "officer",
        "LEARN_WORK",
        "2026-12-21 00:00",
    )


@pytest.mark.parametrize(
    "asked",
    [
        act("2026-09-21", "close"),
        act("2026-09-21", "move", to="PARKED"),
        act("2026-09-21", "move", to="PARKED", until="2026-09-21"),
        act("2026-09-21", "transfer", region="38"),
        act("2026-09-21", "contact-attempt", date="2026-09-21"),
        act("2026-09-21", "contact-attempt", date="2026-09-22", result="REACHED"),
        act("2026-09-21", "close", destination="MOVED_OR_UNTRACEABLE"),
        act("2026-09-21", "move"),
        act("2026-09-21", "move", to="MERGED"),
    ],
)
def test_a_move_that_lacks_something_is_refused_with_a_reason(asked: Action) -> None:
    refused = move(case("CONTACTING"), asked)
    assert isinstance(refused, Refused)
    assert refused.detail.endswith(".")


def test_aftercare_closes_with_the_code_given_on_entering() -> None:
    kept = move(case("GUIDANCE"), ASKED["to-aftercare"])
    assert isinstance(kept, Case)
    closed = move(kept, act("2026-10-01", "close"))
    assert isinstance(closed, Case)
    assert (closed.status, closed.destination, closed.closed_reason) == ("CLOSED", "LEARN_WORK", None)


def test_untraceable_asks_for_three_attempts_over_fifteen_working_days() -> None:
    days = (date(2026, 9, 21), date(2026, 9, 28), date(2026, 10, 5))
    tried = tuple(
        Attempt(moment("2026-10-05"), day, ContactResult.NOT_REACHED, Role.RMC_DESK) for day in days
    )
    now = case("CONTACTING", attempts=tried)
    early = act("2026-10-09", "close", destination="MOVED_OR_UNTRACEABLE")
    late = act("2026-10-12", "close", destination="MOVED_OR_UNTRACEABLE")
    assert isinstance(move(now, early), Refused)
    assert isinstance(move(now, late), Case)
    reached = Attempt(moment("2026-10-06"), date(2026, 10, 6), ContactResult.REACHED, Role.RMC_DESK)
    assert isinstance(move(replace(now, attempts=(*tried, reached)), late), Refused)


@pytest.mark.parametrize("status", ["NEW", "ASSIGNED", "CONTACTING"])
def test_before_intake_a_case_closes_with_its_last_alert(status: str) -> None:
    after = alert_resolved(case(status), moment("2026-09-21"), corrected=False)
    assert (after.status, after.closed_reason) == ("CLOSED", "RESOLVED_BEFORE_CONTACT")


@pytest.mark.parametrize("status", ["INTAKE", "GUIDANCE", "AFTERCARE", "PARKED"])
def test_from_intake_on_it_is_only_proposed(status: str) -> None:
    after = alert_resolved(case(status), moment("2026-09-21"), corrected=False)
    assert (after.status, after.flags) == (status, (CaseFlag.CLOSURE_PROPOSED,))


def test_a_correction_closes_an_untouched_case_and_marks_any_other() -> None:
    untouched = alert_resolved(case(), moment("2026-09-21"), corrected=True)
    assert (untouched.status, untouched.closed_reason) == ("CLOSED", "CORRECTED")
    touched = alert_resolved(case("ASSIGNED"), moment("2026-09-21"), corrected=True)
    assert (touched.status, touched.flags) == ("ASSIGNED", (CaseFlag.GROUND_REMOVED,))
    assert alert_resolved(touched, moment("2026-09-22"), corrected=False) == touched


def test_parking_ends_by_itself() -> None:
    parked = move(case("GUIDANCE"), ASKED["park"])
    assert isinstance(parked, Case)
    assert local(parked.due) == "2026-10-12 00:00"
    assert time_passed(parked, moment("2026-10-11"), placed=False) == parked
    back = time_passed(parked, moment("2026-10-12 00:00"), placed=False)
    assert (back.status, back.until, back.due) == ("GUIDANCE", None, None)


def test_aftercare_ends_by_itself_only_while_the_learner_has_a_place() -> None:
    kept = case("AFTERCARE", until=date(2026, 12, 21))
    assert time_passed(kept, moment("2026-12-21 00:00"), placed=True).status == "CLOSED"
    stays = time_passed(kept, moment("2026-12-21 00:00"), placed=False)
    assert (stays.status, stays.due) == ("AFTERCARE", None)
    marked = replace(kept, flags=(CaseFlag.GROUND_REMOVED,))
    assert time_passed(marked, moment("2026-12-21 00:00"), placed=True).status == "AFTERCARE"


def test_a_contact_moves_a_case_that_waits_for_one() -> None:
    for status, after in (("NEW", "CONTACTING"), ("ASSIGNED", "CONTACTING"), ("GUIDANCE", "GUIDANCE")):
        now = contacted(
            case(status), moment("2026-09-21"), date(2026, 9, 21), ContactResult.REACHED, Role.VSV_BROKER
        )
        assert (now.status, len(now.attempts)) == (after, 1)


def test_a_stub_tells_nothing() -> None:
    gone, stub = moved_away(case("INTAKE"), moment("2026-09-21"), "37", "s1")
    assert (gone.status, gone.region, gone.case_id) == ("INTAKE", "37", "c1")
    assert (stub.status, stub.region, stub.alerts, stub.history, stub.attempts) == (
        "TRANSFERRED",
        "38",
        (),
        (),
        (),
    )


@pytest.mark.parametrize(
    ("day", "count", "later"),
    [
        (date(2026, 9, 21), 3, date(2026, 12, 21)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2026, 12, 1), 1, date(2027, 1, 1)),
    ],
)
def test_months_end_on_the_same_day_or_the_last(day: date, count: int, later: date) -> None:
    assert months_later(day, count) == later


def test_a_move_is_named_after_where_it_goes() -> None:
    assert act_of(act("2026-09-21", "move", to="CLOSED")) == "close"
    assert act_of(act("2026-09-21", "move", to="ASSIGNED")) == "assign"
    assert act_of(act("2026-09-21", "move", to="GUIDANCE")) == "to-guidance"


@pytest.mark.parametrize(
    ("asked", "detail"),
    [
        ({}, "Kies een bestemming."),
        (
            {"destination": "MOVED_OR_UNTRACEABLE"},
            "Nazorg is er voor wie een plek heeft: sluit het dossier.",
        ),
        ({"destination": "LEARN_WORK", "until": "2026-09-21"}, "Kies een datum na vandaag."),
    ],
)
def test_aftercare_needs_a_place_to_look_after_and_a_day_to_end(asked: dict[str, str], detail: str) -> None:
    refused = move(case("GUIDANCE"), act("2026-09-21", "move", to="AFTERCARE", **asked))
    assert isinstance(refused, Refused)
    assert refused.detail == detail
