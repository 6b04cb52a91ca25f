"""A learner's story in lines: facts, alerts and what people did, newest first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime

import msgspec

from services.alerts.web.facts import CONTACT, COUNTS, STANDINGS, Fact
from services.alerts.web.officers import spoken_name
from shared.domain.alert import Alert
from shared.domain.calendar import local_date, midnight
from shared.domain.case import Case
from shared.domain.codes import CaseStatus
from shared.domain.words import (
    CASE_STATUSES,
    DESTINATIONS,
    ROLES,
    explain,
    level_name,
    life,
    spoken_date,
    spoken_moment,
)
from shared.domain.world import World

FACT, ALERT, DEED = "facts", "alerts", "actions"

KINDS = {FACT: "Bericht", ALERT: "Melding", DEED: "Handeling"}
"""What a line is, as the page calls it; the keys filter the page."""


class Line(msgspec.Struct, frozen=True):
    """One line. `day` is when it happened; `at` the moment, where a clock time means something (UTC).

    `recorded_at` and `received_at` only where a message brought it.
    """

    kind: str
    day: date
    what: str
    who: str
    at: datetime | None = None
    note: str = ""
    recorded_at: datetime | None = None
    received_at: datetime | None = None
    event_id: str = ""
    counts: bool = True

    @property
    def label(self) -> str:
        """What sort of line it is."""
        return KINDS[self.kind]

    @property
    def order(self) -> tuple[datetime, str]:
        """Its place in time."""
        return (self.at or self.received_at or midnight(self.day), self.what)


def story(lines: Iterable[Line], kind: str | None = None) -> list[Line]:
    """The lines in order, newest first; of one kind or of all."""
    chosen = [line for line in lines if kind is None or line.kind == kind]
    return sorted(chosen, key=lambda line: line.order, reverse=True)


def of_facts(facts: Sequence[Fact]) -> Iterator[Line]:
    """A line for each message."""
    for fact in facts:
        version = fact.version
        yield Line(
            FACT,
            local_date(version.occurred_at),
            fact.what,
            fact.sender,
            note="" if fact.standing == COUNTS else STANDINGS[fact.standing],
            recorded_at=version.recorded_at,
            received_at=version.received_at,
            event_id=version.event_id,
            counts=fact.standing == COUNTS,
        )


def of_alert(alert: Alert, world: World, names: Mapping[str, str]) -> Iterator[Line]:
    """Raised, picked up, stepped up, resolved."""
    title = f"{alert.code} {explain(alert, world).title}"
    yield _line(ALERT, alert.raised_at, f"{title}: nieuw", "Platform")
    if alert.acknowledged_at:
        who = spoken_name(names, alert.acknowledged_by)
        until = (
            f", uitgesteld tot {spoken_date(local_date(alert.snoozed_until))}" if alert.snoozed_until else ""
        )
        yield _line(DEED, alert.acknowledged_at, f"{title}: opgepakt{until}", who)
    for step in alert.escalations:
        yield _line(ALERT, step.at, f"{title}: naar {level_name(step.level, step.role)}", "Platform")
    if alert.resolved_at:
        yield _line(ALERT, alert.resolved_at, f"{title}: {life(alert)}", "Platform")


def _until(alert: Alert) -> str:
    return f", uitgesteld tot {spoken_moment(alert.snoozed_until)}" if alert.snoozed_until else ""


def of_case(case: Case, names: Mapping[str, str]) -> Iterator[Line]:
    """Opened, each change of status, each attempt to reach the learner."""
    opened = f"Dossier geopend door {case.opened_by}" if case.opened_by else "Dossier geopend"
    yield _line(DEED, case.opened_at, opened, "Platform" if case.opened_by else "Loket")
    for turn in case.history:
        who = spoken_name(names, turn.by or turn.role) or "Platform"
        yield _line(DEED, turn.at, f"Dossier: {_status(turn.after, case)}", who)
    for number, attempt in enumerate(case.attempts, start=1):
        result = CONTACT[attempt.result].capitalize()
        on = "" if attempt.day == local_date(attempt.at) else f", op {spoken_date(attempt.day)}"
        yield _line(DEED, attempt.at, f"{result} (poging {number}){on}", ROLES[attempt.role][0])


def _status(status: CaseStatus, case: Case) -> str:
    words = CASE_STATUSES[status][0].partition(" tot {")[0]
    if status is CaseStatus.CLOSED:
        reason = case.destination or case.closed_reason or ""
        return f"{words}, {DESTINATIONS[reason][0]}" if reason in DESTINATIONS else words
    return words


def _line(kind: str, at: datetime, what: str, who: str) -> Line:
    return Line(kind, local_date(at), what, who, at)
