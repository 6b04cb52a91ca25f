"""What a person did, or wants done, with an alert or a case."""

from __future__ import annotations

from datetime import date, datetime

import msgspec

from shared.domain.codes import CaseStatus, ContactResult, DestinationKind, Role


class Action(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """One action of one person; the JSON form is a line of `transfers replay --actions`.

    `action` is one of `acknowledge`, `snooze`, `open`, `assign`, `contact-attempt`, `move`,
    `transfer`, `close`. `alert` is a code (the one open alert of it) or an alert id. A desk or
    broker acts with `region`, a school or institution with `org`. `action_id` identifies the
    request (absent in a file); `by` is the officer's subject, for the timeline.
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
    date: date | None = None
    result: ContactResult | None = None
    to: CaseStatus | None = None
    destination: DestinationKind | None = None
    until: date | None = None
    reason: str | None = None
    action_id: str | None = None
    by: str | None = None
