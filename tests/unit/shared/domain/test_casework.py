"""What alerts, facts and time do to cases."""

from __future__ import annotations

from typing import Any

from shared.domain import casework
from shared.domain.codes import CaseFlag
from tests.tale import Tale, act, cases, local, moment, the_alert, the_case


def stopped(**fields: Any) -> Tale:
    """A14 on 18 September 2026 at six, at the desk, with a case."""
    tale = Tale()
    tale.listed("2025-11-03", expectedDestination="ABROAD", seq=1, **fields)
    tale.left("2026-07-06", "2026-07-31")
    tale.started("2026-07-06")
    tale.present("2026-08-24")
    tale.ended("2026-09-10", "2026-09-10")
    return tale


def test_an_alert_at_the_desk_opens_a_case_with_a_computed_id() -> None:
    one = the_case(stopped().walk("2026-09-18 06:00").learner)
    again = the_case(stopped().walk("2026-09-30").learner)
    assert (one.case_id, one.opened_by, one.region) == (again.case_id, "A14", "38")


def test_a_step_up_to_the_desk_opens_a_case() -> None:
    tale = Tale()
    tale.listed("2025-11-03")
    assert cases(tale.walk("2026-04-20").learner) == []
    assert cases(tale.walk("2026-04-21").learner) == [("NEW", "2026-04-21 06:00")]


def test_later_alerts_join_and_earlier_ones_stand_apart() -> None:
    learner = stopped().walk("2026-10-09 07:00").learner
    case = the_case(learner)
    assert case.alerts == (the_alert(learner, "A14").alert_id, the_alert(learner, "A10").alert_id)
    assert len(learner.cases) == 1


def test_taking_over_does_not_close_the_case() -> None:
    assert the_case(stopped().walk("2026-10-09 07:00").learner).status == "NEW"


def test_a_second_case_of_one_alert_has_an_id_of_its_own() -> None:
    tale = Tale()
    tale.started("2026-07-06")
    tale.moved("2026-07-06", "0957", since="2026-07-06")
    wrong = tale.present("2026-09-14 09:00")
    tale.retract("2026-09-14 10:00", wrong)
    found = tale.walk("2026-09-14 11:00").learner.cases
    assert [case.status for case in found] == ["CLOSED", "NEW"]
    assert found[0].case_id != found[1].case_id


def test_a_sign_of_life_proposes_to_close_and_takes_that_back() -> None:
    tale = stopped()
    moves = [
        act("2026-09-21", "contact-attempt", result="REACHED"),
        act("2026-09-22", "move", to="INTAKE"),
    ]
    tale.applied("2026-09-28", no=2, seq=1)
    assert the_case(tale.walk("2026-09-29", *moves).learner).flags == (CaseFlag.CLOSURE_PROPOSED,)
    tale.applied("2026-10-05", "WITHDRAWN", no=2, seq=2)
    assert the_case(tale.walk("2026-10-06", *moves).learner).flags == ()


def test_a_contact_of_a_municipal_system_moves_the_case_it_names() -> None:
    tale = stopped()
    case_id = the_case(tale.walk("2026-09-18 07:00").learner).case_id
    tale.contact("2026-09-21", "NOT_REACHED", caseId=case_id)
    case = the_case(tale.walk("2026-09-22").learner)
    assert (case.status, [attempt.result for attempt in case.attempts]) == ("CONTACTING", ["NOT_REACHED"])


def test_a_contact_that_names_no_case_moves_none() -> None:
    tale = stopped()
    tale.contact("2026-09-21", "NOT_REACHED")
    assert the_case(tale.walk("2026-09-22").learner).status == "NEW"


def test_a_learner_who_moves_takes_alert_and_case_along() -> None:
    tale = stopped()
    tale.listed("2026-09-21", municipality="0772", expectedDestination="ABROAD", seq=2)
    learner = tale.walk("2026-09-22").learner
    assert the_alert(learner, "A14").region == "37"
    assert [(case.status, case.region) for case in learner.cases] == [("NEW", "37"), ("TRANSFERRED", "38")]
    assert [one.region for one in the_alert(learner, "A14").recipients] == ["38", "38"]


def test_a_case_without_a_region_gets_one_and_leaves_nothing_behind() -> None:
    """A side entrant at an institution that nobody registered: the coordinator's, until a home is known."""
    tale = Tale()
    tale.applied("2026-03-02", mbo="98ZZ")
    assert [(case.status, case.region) for case in tale.walk("2026-03-18").learner.cases] == [("NEW", None)]
    tale.moved("2026-03-19", "0772", since="2026-03-23")
    walked = tale.walk("2026-03-23 00:00").learner
    assert [(case.status, case.region) for case in walked.cases] == [("CLOSED", "37")]


def test_a_move_that_lies_ahead_takes_the_case_along_on_its_day() -> None:
    tale = stopped()
    tale.moved("2026-09-21", "0772", since="2026-10-01")
    assert [case.region for case in tale.walk("2026-09-30 23:00").learner.cases] == ["38"]
    learner = tale.walk("2026-10-01 00:00").learner
    assert [(case.status, case.region) for case in learner.cases] == [("NEW", "37"), ("TRANSFERRED", "38")]
    assert the_alert(learner, "A14").region == "37"


def test_aftercare_closes_by_itself_while_the_learner_has_a_place() -> None:
    tale = stopped()
    moves = [
        act("2026-09-21", "contact-attempt", result="REACHED"),
        act("2026-09-22", "move", to="INTAKE"),
        act("2026-09-23", "move", to="GUIDANCE"),
        act("2026-09-30", "move", to="AFTERCARE", destination="EDUCATION_FULLTIME"),
    ]
    tale.started("2026-09-29", start="2026-09-29", no="E2")
    tale.present("2026-09-30", no="E2")
    step = tale.walk("2026-12-30 00:00", *moves)
    case = the_case(step.learner)
    assert (case.status, case.destination, local(case.closed_at)) == (
        "CLOSED",
        "EDUCATION_FULLTIME",
        "2026-12-30 00:00",
    )
    assert step.happenings[-1].kind == "case.closed"


def test_parking_is_a_due_moment_of_its_own() -> None:
    parked = act("2026-09-21", "move", to="PARKED", until="2026-09-25")
    learner = stopped().walk("2026-09-22", parked).learner
    assert learner.next_due is not None
    assert learner.next_due <= moment("2026-09-25 00:00")
    assert the_case(stopped().walk("2026-09-25 00:00", parked).learner).status == "NEW"


def test_an_alert_that_goes_on_under_another_id_joins_the_case_of_the_former() -> None:
    learner = stopped().walk("2026-09-21").learner
    (case,) = learner.cases
    (former,) = case.alerts
    (after,) = casework.takes_in(learner.cases, former, "other")
    assert after.alerts == (former, "other")
    assert casework.takes_in((after,), former, "other") == (after,)
    assert casework.takes_in(learner.cases, "unknown", "other") == learner.cases


def lost(**fields: Any) -> Tale:
    """Out of sight on 11 March 2026, with a case; eighteen already."""
    tale = Tale()
    tale.listed("2025-11-03", birthDate="2007-01-10", **fields)
    tale.left("2026-02-10", end="2026-02-10", reason="OTHER")
    return tale


def test_a_case_that_the_desk_closed_does_not_come_back_when_its_alert_steps_up() -> None:
    closed = act("2026-03-12 09:00", "close", destination="NO_DAYTIME_ACTIVITY")
    learner = lost().walk("2026-06-01", closed).learner
    assert the_alert(learner, "A10").level == 3
    assert cases(learner) == [("CLOSED", "2026-03-11 06:00")]


def tried() -> list[Any]:
    attempts = [
        act(f"{day} 09:00", "contact-attempt", result="NOT_REACHED")
        for day in ("2026-04-01", "2026-04-15", "2026-05-08")
    ]
    return [*attempts, act("2026-05-11 09:00", "close", destination="MOVED_OR_UNTRACEABLE")]


def test_whom_nobody_could_find_is_looked_for_again_on_1_october() -> None:
    assert cases(lost().walk("2026-09-30", *tried()).learner) == [("CLOSED", "2026-03-11 06:00")]
    learner = lost().walk("2026-10-02", *tried()).learner
    assert cases(learner) == [("CLOSED", "2026-03-11 06:00"), ("NEW", "2026-10-01 00:00")]
    first, again = learner.cases
    assert (again.alerts, again.region, again.opened_by) == (first.alerts, "38", "A10")
    assert again.case_id != first.case_id


def test_who_is_back_in_sight_by_then_is_not() -> None:
    tale = lost()
    tale.placed("2026-08-20")
    assert len(tale.walk("2026-10-02", *tried()).learner.cases) == 1


def test_nor_who_has_a_case_already() -> None:
    opened = act("2026-09-01 09:00", "open")
    assert len(lost().walk("2026-10-02", *tried(), opened).learner.cases) == 2


def test_a_case_opened_by_hand_is_offered_again_too() -> None:
    by_hand = act("2026-03-16 09:00", "open")
    learner = lost(hasStartkwalificatie=True).walk("2026-10-02", by_hand, *tried()).learner
    assert [case.opened_by for case in learner.cases if local(case.opened_at) == "2026-10-01 00:00"] == [None]
