"""What each role may see of a learner (docs/domain.md 3, the desk's design).

Desks read the whole timeline while a case is open, else where the learner stands; brokers read the timeline,
and of a case no more than its status; a school reads its own facts and the steps of applications, an
institution its own facts. Row-level security has already left out whoever is not the reader's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from services.alerts.web.facts import Fact, facts_of
from services.alerts.web.officers import Officer, spoken_name
from services.alerts.web.records import AlertRow, CaseRow, LearnerRow
from shared.domain import report
from shared.domain.codes import Flag, Role
from shared.domain.ids import handle
from shared.domain.learner import Learner
from shared.domain.words import explain
from shared.domain.world import World
from shared.runtime.problems import Problem

Report = dict[str, Any]

STEPS = frozenset({"mbo.application.status", "mbo.enrolment.started", "mbo.enrolment.ended"})
"""What the school of origin reads of others: how applications and enrolments go."""

REGISTER = "register.delta"
"""What the national register tells is for the desks."""

PARTIES = (Role.VO_SCHOOL, Role.MBO_INSTITUTION)
ESCALATED = 3
"""The level from which a coordinator sees an alert about a learner."""

OF_COORDINATORS = f"(level >= {ESCALATED} OR org IS NOT NULL)"
"""The same for the database: alerts about institutions are a coordinator's from the start."""

OF_A_CASE = ("caseId", "status", "openedAt", "region", "until")
"""What a broker reads of a case."""


def sees_learners(officer: Officer) -> bool:
    """Whether the role looks at single learners at all."""
    return officer.role not in (Role.REGION_COORDINATOR, Role.PRIVACY_OFFICER, Role.PARTNER_CLIENT)


def must_see_learners(officer: Officer) -> None:
    """Raises Problem 403 for roles that look at no single learner."""
    if not sees_learners(officer):
        raise Problem("forbidden", "Uw rol ziet geen leerlingen.")


def sees_cases(officer: Officer) -> bool:
    """Whether the role sees cases at all."""
    return officer.is_desk or officer.is_broker


def must_see_cases(officer: Officer) -> None:
    """Raises Problem 403 for roles that see no case."""
    if not sees_cases(officer):
        raise Problem("forbidden", "Uw rol ziet geen dossiers.")


def sees_alert(officer: Officer, row: AlertRow) -> bool:
    """Whether an alert that is this officer's by region or organisation may be shown now."""
    if officer.role is not Role.REGION_COORDINATOR:
        return True
    return row.student_ref is None or row.alert.level >= ESCALATED


def sees_person(officer: Officer) -> bool:
    """Whether the role reads where a learner stands: that tells an institution of applications elsewhere."""
    return officer.role is not Role.MBO_INSTITUTION


def sees_timeline(officer: Officer, learner: Learner) -> bool:
    """Whether the facts may be shown: to a desk only while it works on a case."""
    if officer.is_desk:
        return any(case.open for case in learner.cases)
    return officer.is_broker or officer.role in PARTIES


def facts_for(officer: Officer, learner: Learner, world: World, at: datetime) -> list[Fact]:
    """The facts that this officer may read, newest first, as they stand at `at` (UTC)."""
    if not sees_timeline(officer, learner):
        return []
    found = facts_of(learner.record, world, at, desk=officer.is_desk)
    return [fact for fact in found if _is_theirs(officer, fact)]


def _is_theirs(officer: Officer, fact: Fact) -> bool:
    version = fact.version
    if version.kind == REGISTER:
        return officer.is_desk
    if officer.role is Role.VO_SCHOOL:
        return version.sender == officer.org or version.kind in STEPS
    if officer.role is Role.MBO_INSTITUTION:
        return officer.org in (version.sender, version.fields.get("mboBrin"))
    return True


def of_alert(row: AlertRow, world: World) -> Report:
    """One alert as the API shows it, with whose it is: a learner's, or an institution's."""
    said = explain(row.alert, world)
    found = report.of_alert(row.alert, world) | {"title": said.title, "firstStep": said.step}
    found |= report.about(row.alert)
    return found | _whose(row.student_ref, row.learner_id) | {"revision": row.revision}


def of_case(row: CaseRow, officer: Officer, names: Mapping[str, str] | None = None) -> Report:
    """One case as the API shows it."""
    found = _case(report.of_case(row.case), officer)
    found |= {"transitionYear": row.case.year, "revision": row.revision}
    if names is not None and row.case.assigned_to and officer.is_desk:
        found["assignedTo"] = spoken_name(names, row.case.assigned_to)
    return found | _whose(row.case.student_ref, row.learner_id)


def of_learner(row: LearnerRow, officer: Officer, world: World) -> Report:
    """Where a learner stands in each year, with the alerts and cases that the officer may see."""
    years = [_year(row.learner, year, officer, world) for year in report.years_of(row.learner)]
    return _whose(row.learner.student_ref, row.learner_id) | {"revision": row.revision, "years": years}


def timeline(facts: Sequence[Fact]) -> list[Report]:
    """The facts as the API shows them."""
    return [
        {
            "eventId": fact.version.event_id,
            "type": fact.version.kind,
            "what": fact.what,
            "transitionYear": fact.year,
            "occurredAt": fact.version.occurred_at,
            "recordedAt": fact.version.recorded_at,
            "receivedAt": fact.version.received_at,
            "sender": fact.version.sender,
            "senderName": fact.sender,
            "standing": fact.standing,
        }
        for fact in facts
    ]


def _year(learner: Learner, year: int, officer: Officer, world: World) -> Report:
    found = report.of_learner(learner, year, world)
    del found["studentRef"], found["handle"]
    cases = found.pop("cases")
    if sees_cases(officer):
        return found | {"cases": [_case(one, officer) for one in cases]}
    if officer.role is Role.MBO_INSTITUTION:  # the state would tell of applications elsewhere
        return {name: found[name] for name in ("transitionYear", "alerts")}
    return found | {"flags": [flag for flag in found["flags"] if flag != Flag.VULNERABLE]}


def _case(found: Report, officer: Officer) -> Report:
    if officer.is_desk:
        return found
    return {name: found[name] for name in OF_A_CASE if name in found}


def _whose(student_ref: str | None, learner_id: str | None) -> Report:
    if student_ref is None:
        return {}
    return {"learnerId": learner_id, "studentRef": student_ref, "handle": handle(student_ref)}
