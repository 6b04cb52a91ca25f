"""What an officer may do with an alert or a case now: only that becomes a button. Pure.

Who may act at all is docs/domain.md 3; what a case allows is the table of moves (`shared/domain/case.py`).
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from services.alerts.web.officers import Officer
from shared.domain.alert import Alert
from shared.domain.case import ACTS as ORDER
from shared.domain.case import MOVES, Case
from shared.domain.casework import open_case
from shared.domain.codes import AlertStatus, CaseStatus
from shared.domain.deeds import HELPERS, WHO
from shared.domain.words import ACTS, CASE_STATUSES
from shared.runtime.problems import Problem

ACKNOWLEDGEMENTS, SNOOZES, CASES = "acknowledgements", "snoozes", "cases"
ASSIGNMENTS, ATTEMPTS, TRANSITIONS = "assignments", "contact-attempts", "transitions"


def must_do(officer: Officer, action: str) -> None:
    """Raises Problem 403 when this is not for the officer's role, whatever it is asked about."""
    if officer.role not in WHO.get(action, HELPERS):
        raise Problem("forbidden", "Dit doet uw rol niet.")


class Offer(msgspec.Struct, frozen=True):
    """One thing to do: `act` as the table of moves calls it, asked for at `path` below the alert or case.

    `to` is the status it leads to. `asks`: it needs more than a button, and has a page of its own.
    `aside`: it stands after the way onward.
    """

    act: str
    words: str
    path: str
    to: CaseStatus | None = None
    asks: bool = False
    aside: bool = False


def of_alert(officer: Officer, alert: Alert, cases: tuple[Case, ...], desk: str) -> list[Offer]:
    """What this officer may do with an alert about a learner; `desk` is the name of the learner's desk."""
    return list(_of_alert(officer, alert, cases, desk)) if alert.open else []


def _of_alert(officer: Officer, alert: Alert, cases: tuple[Case, ...], desk: str) -> Iterator[Offer]:
    if officer.role not in WHO["acknowledge"]:
        return
    if alert.status is AlertStatus.RAISED:
        yield Offer("acknowledge", ACTS["acknowledge"][0], ACKNOWLEDGEMENTS)
    if officer.role in WHO["contact-attempt"]:
        yield Offer("contact-attempt", ACTS["contact-attempt"][0], ATTEMPTS, asks=True)
    yield Offer("snooze", ACTS["snooze"][0], SNOOZES, asks=True)
    if officer.role in WHO["open"] and open_case(cases) is None:
        words = ACTS["forward"][0].format(desk=desk) if officer.is_broker else ACTS["open"][0]
        yield Offer("open", words, CASES)


def of_case(officer: Officer, case: Case) -> list[Offer]:
    """What this officer may do with a case: desks of its region only."""
    if officer.role not in WHO["assign"] or case.region not in (None, officer.region):
        return []
    offers = (_move(case, act) for act in ORDER if (case.status, act) in MOVES)
    return [one for one in offers if one.act != "assign" or case.assigned_to != officer.subject]


def _move(case: Case, act: str) -> Offer:
    words = ACTS[act if act in ACTS else "to"][0]
    match act:
        case "assign":
            return Offer(act, words, ASSIGNMENTS)
        case "contact-attempt":
            return Offer(act, words, ATTEMPTS, asks=True)
        case "park":
            return Offer(act, words, TRANSITIONS, CaseStatus.PARKED, asks=True, aside=True)
        case "transfer":
            return Offer(act, words, TRANSITIONS, CaseStatus.TRANSFERRED, asks=True, aside=True)
        case "close":
            return Offer(act, words, TRANSITIONS, CaseStatus.CLOSED, asks=True, aside=True)
        case "resume":
            return Offer(act, words, TRANSITIONS, case.parked_in)
        case _:
            to = MOVES[case.status, act] or case.status
            named = words.format(status=CASE_STATUSES[to][0])
            return Offer(act, named, TRANSITIONS, to, asks=to is CaseStatus.AFTERCARE)
