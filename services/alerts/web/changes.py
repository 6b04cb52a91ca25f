"""What changed between the page that an officer looked at and now: by whom, and from what to what. Pure.

A form carries how the alert or case stood when it was shown. It comes back from the browser, so it is only
ever shown again to whoever sent it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from urllib.parse import parse_qsl, urlencode

import msgspec

from services.alerts.web.officers import spoken_name
from services.alerts.web.records import ActionRow
from shared.domain.action import Action
from shared.domain.alert import Alert
from shared.domain.case import Case, act_of
from shared.domain.codes import CaseStatus
from shared.domain.words import ACTS, CASE_FLAGS, CASE_STATUSES, CONTACTS, DESTINATIONS, life, spoken_date

LONGEST = 1000
"""So many characters of what was seen are read."""

AT = "at"

Looks = Mapping[str, str]
"""How something stands, in words by what they are about."""


class Seen(msgspec.Struct, frozen=True):
    """What an officer saw: which revision, how it stood, and when that was (domain time, UTC)."""

    revision: int
    looks: Looks
    at: datetime


class Difference(msgspec.Struct, frozen=True):
    """One thing that is not as it was."""

    what: str
    before: str
    now: str


class Deed(msgspec.Struct, frozen=True):
    """What somebody did meanwhile."""

    at: datetime
    who: str
    what: str


def of_alert(alert: Alert, holder: str, names: Mapping[str, str]) -> Looks:
    """How an alert stands."""
    return {"Stand": life(alert, who=spoken_name(names, alert.acknowledged_by)), "Bij": holder}


def of_case(case: Case, alerts: Iterable[Alert], names: Mapping[str, str]) -> Looks:
    """How a case stands."""
    return {
        "Status": status_words(case),
        "Toegewezen aan": spoken_name(names, case.assigned_to) or "niemand",
        "Contactpogingen": str(len(case.attempts)),
        "Meldingen": ", ".join(sorted(one.code for one in alerts if one.open and one.alert_id in case.alerts))
        or "geen open",
        "Bestemming": DESTINATIONS[case.destination][0] if case.destination else "geen",
        "Let op": ", ".join(CASE_FLAGS[flag][0] for flag in case.flags) or "niets",
    }


def status_words(case: Case) -> str:
    """`geparkeerd tot 9 november 2026`."""
    until = spoken_date(case.until) if case.until else ""
    return CASE_STATUSES[case.status][0].replace("{date}", until)


def write(seen: Seen) -> str:
    """How it stood, for a field of a form."""
    return urlencode({AT: seen.at.isoformat(), **seen.looks})


def read(revision: str, text: str) -> Seen | None:
    """What comes back from a form; None when it is not one of ours."""
    looks = dict(parse_qsl(text[:LONGEST]))
    try:
        at = datetime.fromisoformat(looks.pop(AT, ""))
        seen = Seen(int(revision), looks, at)
    except ValueError:
        return None
    return seen if at.tzinfo and 0 <= seen.revision < 2**63 else None


def differences(before: Looks, now: Looks) -> list[Difference]:
    """What is not as it was."""
    return [
        Difference(what, before[what], words)
        for what, words in now.items()
        if what in before and before[what] != words
    ]


def deeds(rows: Iterable[ActionRow], target: str, since: Seen, names: Mapping[str, str]) -> list[Deed]:
    """What people did to this alert or case after it was seen, oldest first."""
    return [
        Deed(row.action.at, spoken_name(names, row.by), said(row.action))
        for row in rows
        if _touched(row, target) and _is_later(row, target, since)
    ]


def said(action: Action) -> str:
    """An action in words."""
    act = act_of(action)
    if action.result is not None:
        return CONTACTS[action.result][0].capitalize()
    if act in ACTS:
        return ACTS[act][0] if act != "assign" else "Toegewezen"
    to = action.to or CaseStatus.NEW
    return ACTS["to"][0].format(status=CASE_STATUSES[to][0].partition(" tot ")[0])


def _touched(row: ActionRow, target: str) -> bool:
    result = row.result or {}
    touched = (row.action.alert, row.action.case_id, result.get("alertId"), result.get("caseId"))
    return result.get("status") == 201 and target in touched


def _is_later(row: ActionRow, target: str, since: Seen) -> bool:
    """By revision, where that is the revision of this very thing; else by the moment."""
    own = row.action.case_id or row.action.alert
    revision = (row.result or {}).get("revision")
    if own == target and revision is not None:
        return int(revision) > since.revision
    return row.action.at >= since.at
