"""What a person did, or wants done, with an alert or a case."""

from __future__ import annotations

from datetime import date, datetime

import msgspec

from shared.domain.codes import CaseStatus, ContactResult, DestinationKind, Role

LocalDate = date

PLATFORM = "urn:nld:oin:00000099000000000000:systeem:transfer-tracking"
"""The source of the events that this platform itself posts: contacts logged at a desk."""


class Action(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """One action of one person; the JSON form is a line of `transfers replay --actions`.

    `action` is one of `acknowledge`, `snooze`, `open`, `assign`, `contact-attempt`, `move`,
    `transfer`, `close`. `alert` is a code (the one open alert of it) or an alert id. A desk or
    broker acts with `region`, a school or institution with `org`; for `transfer`, `region` is where
    the case goes, and `org` the desk that hands it on (`RMC38`). `action_id` identifies the request
    (an export has it, a file by hand does not); `by` is the officer's subject, for the timeline.
    """

    at: datetime
    role: Role
    student_ref: str
    transition_year: int
    action: str
    region: str | None = None
    org: str | None = None
    alert: str | None = None
    case_id: str | None = None
    date: LocalDate | None = None
    result: ContactResult | None = None
    to: CaseStatus | None = None
    destination: DestinationKind | None = None
    until: LocalDate | None = None
    reason: str | None = None
    action_id: str | None = None
    by: str | None = None


class Refused(msgspec.Struct, frozen=True):
    """Why an action is not done: `code` is `illegal-move` or `not-found`, `detail` plain Dutch."""

    code: str
    detail: str


def illegal(detail: str) -> Refused:
    """The move is not in the table, or lacks what it needs."""
    return Refused("illegal-move", detail)


NOT_FOUND = Refused("not-found", "Niet gevonden, of niet van u.")
"""There is no such alert or case, or it belongs to somebody else."""
