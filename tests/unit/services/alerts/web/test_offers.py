"""What each officer may do with an alert or a case: nothing else becomes a button."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from services.alerts.web.offers import Offer, must_do, of_alert, of_case
from services.alerts.web.officers import Officer
from shared.domain.case import ACTS, MOVES, Case
from shared.domain.codes import AlertStatus, CaseStatus, Role
from shared.runtime.problems import Problem
from tests.unit.services.alerts.web.test_alert_page import COORDINATOR
from tests.unit.services.alerts.web.test_pages import BROKER, COLLEGE, DESK, SCHOOL, told

LEARNER, WORLD, AT = told("not-applied", "2026-04-14T09:00:00+02:00")
ALERT = next(one for one in LEARNER.alerts if one.code == "A02")
CASE = told("out-of-sight", "2026-10-09T09:00:00+02:00")[0].cases[-1]


def acts(offers: list[Offer]) -> list[str]:
    """What is offered."""
    return [one.act for one in offers]


def on_alert(officer: Officer, cases: tuple[Case, ...] = ()) -> list[str]:
    """What is offered on an open alert that nobody picked up."""
    return acts(of_alert(officer, ALERT, cases, "Leerplicht"))


def test_who_may_do_what_with_an_alert() -> None:
    assert on_alert(DESK) == on_alert(BROKER) == ["acknowledge", "contact-attempt", "snooze", "open"]
    assert on_alert(COLLEGE) == on_alert(SCHOOL) == ["acknowledge", "snooze"]
    assert on_alert(COORDINATOR) == []
    assert on_alert(DESK, (CASE,)) == ["acknowledge", "contact-attempt", "snooze"]
    picked = replace(ALERT, status=AlertStatus.ACKNOWLEDGED)
    assert acts(of_alert(DESK, picked, (CASE,), "Leerplicht")) == ["contact-attempt", "snooze"]
    assert of_alert(DESK, replace(ALERT, resolved_at=AT), (), "Leerplicht") == []


@pytest.mark.parametrize("action", ["assign", "move", "transfer", "close"])
def test_only_desks_work_on_cases(action: str) -> None:
    must_do(DESK, action)
    for officer in (BROKER, COLLEGE, SCHOOL, COORDINATOR):
        with pytest.raises(Problem) as refused:
            must_do(officer, action)
        assert refused.value.status == 403


def test_schools_pick_up_and_call_nobody() -> None:
    must_do(SCHOOL, "snooze")
    must_do(BROKER, "contact-attempt")
    for officer, action in ((SCHOOL, "contact-attempt"), (COLLEGE, "open"), (COORDINATOR, "acknowledge")):
        with pytest.raises(Problem):
            must_do(officer, action)


def test_a_broker_hands_on_and_a_desk_opens() -> None:
    words = [of_alert(one, ALERT, (), "Leerplicht")[-1].words for one in (BROKER, DESK)]
    assert words == ["Doorzetten naar Leerplicht", "Dossier openen"]


@pytest.mark.parametrize("status", list(CaseStatus))
def test_a_case_offers_what_the_table_of_moves_allows(status: CaseStatus) -> None:
    case = replace(CASE, status=status, assigned_to=None, parked_in=CaseStatus.INTAKE)
    assert acts(of_case(DESK, case)) == [act for act in ACTS if (status, act) in MOVES]


def test_only_the_desk_that_has_it_works_on_a_case() -> None:
    assert of_case(BROKER, CASE) == of_case(COORDINATOR, CASE) == []
    assert of_case(Officer("s", "Jo", Role.RMC_DESK, "37"), CASE) == []


def test_nobody_is_assigned_what_is_theirs() -> None:
    mine = replace(CASE, status=CaseStatus.ASSIGNED, assigned_to=DESK.subject)
    assert "assign" not in acts(of_case(DESK, mine))
    assert "assign" in acts(of_case(DESK, replace(mine, assigned_to="somebody else")))


def test_each_says_where_it_leads() -> None:
    parked = replace(CASE, status=CaseStatus.PARKED, parked_in=CaseStatus.INTAKE)
    resume = next(one for one in of_case(DESK, parked) if one.act == "resume")
    assert (resume.words, resume.to) == ("Hervatten", CaseStatus.INTAKE)
    onward = of_case(DESK, replace(CASE, status=CaseStatus.CONTACTING))
    assert [one.words for one in onward if not one.aside][1:] == ["Contact vastleggen", "Naar intake"]
    assert [one.words for one in onward if one.aside] == ["Parkeren", "Overdragen", "Sluiten"]
