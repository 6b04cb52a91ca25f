"""Laws of a case: whatever people ask of it, it goes where the table says or it stays as it was."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain import case as moves
from shared.domain.action import Action, Refused
from shared.domain.case import ACTS, ENDS, MOVES, Case, act_of
from shared.domain.codes import CaseStatus, ContactResult, DestinationKind, Role
from tests.tale import REF, YEAR, moment

BEGIN = moment("2026-09-18 09:00")
TODAY = date(2026, 9, 18)
MANY = settings(max_examples=500, deadline=None)
PARKS = sorted(status for status, act in MOVES if act == "park")
"""Where a case can be parked, and so what it can come back to."""

days = st.integers(-5, 60).map(lambda many: TODAY + timedelta(days=many))
roles = st.sampled_from((Role.RMC_DESK, Role.LEERPLICHT_DESK, Role.VSV_BROKER))


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


asked = st.builds(
    Action,
    at=st.integers(0, 40).map(lambda many: BEGIN + timedelta(days=many)),
    role=roles,
    student_ref=st.just(REF),
    transition_year=st.just(YEAR),
    action=st.sampled_from((*ACTS, *["move"] * 10, "open", "acknowledge", "snooze")),
    region=maybe(st.sampled_from(("37", "38"))),
    date=maybe(days),
    result=maybe(st.sampled_from(ContactResult)),
    to=maybe(st.sampled_from(CaseStatus)),
    destination=maybe(st.sampled_from(DestinationKind)),
    until=maybe(days),
    by=maybe(st.just("officer-1")),
)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A case in any status; a parked one knows where it was."""
    status = draw(st.sampled_from(CaseStatus))
    parked = status is CaseStatus.PARKED
    return Case(
        "c1",
        REF,
        YEAR,
        status,
        BEGIN,
        "38",
        destination=draw(maybe(st.sampled_from(DestinationKind))),
        until=draw(days) if parked else None,
        parked_in=draw(st.sampled_from(PARKS)) if parked else None,
    )


def goes_to(case: Case, action: Action) -> CaseStatus | None:
    """Where the table sends the case; None when the move is not in it, and so has to be refused.

    Back to where parking interrupted it is to resume, whatever the status is called.
    """
    act = act_of(action)
    if case.status is CaseStatus.PARKED and action.action == "move" and action.to is case.parked_in:
        act = "resume"
    if (case.status, act) not in MOVES:
        return None
    return MOVES[case.status, act] or (case.parked_in if act == "resume" else case.status)


@MANY
@given(cases(), asked)
def test_a_case_goes_where_the_table_says_or_the_move_is_refused(case: Case, action: Action) -> None:
    wanted, after = goes_to(case, action), moves.move(case, action, 3)
    if isinstance(after, Refused):
        assert after.code == "illegal-move"
        return
    assert after.status is wanted
    turned = [(turn.before, turn.after) for turn in after.history]
    assert turned == ([] if wanted is case.status else [(case.status, wanted)])
    assert (after.worked_by, after.worked_at) == (action.role, action.at)


@MANY
@given(cases(), st.lists(asked, max_size=12))
def test_the_history_of_a_case_is_a_way_through_the_table(case: Case, actions: list[Action]) -> None:
    before = case
    for action in actions:
        after = moves.move(case, action, 3)
        case = case if isinstance(after, Refused) else after
    ways = [turn.before for turn in case.history] + [case.status]
    assert ways[0] is before.status
    for turn, follows in zip(case.history, ways[1:], strict=True):
        assert turn.after is follows
        assert turn.before not in ENDS
    assert (case.closed_at is None) is (case.status is not CaseStatus.CLOSED or before.status in ENDS)
    assert (case.parked_in is not None) is (case.status is CaseStatus.PARKED) or not case.open
