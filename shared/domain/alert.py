"""An alert: why it was raised, who hears of it, and how it ended."""

from __future__ import annotations

from datetime import datetime

import msgspec

from shared.domain.codes import AlertStatus, How, Role, Severity


class Recipient(msgspec.Struct, frozen=True):
    """Who is told when an alert is raised; `kind` is `first` or `cc`."""

    role: Role
    kind: str
    org: str | None = None
    region: str | None = None
    site: str | None = None


class Escalation(msgspec.Struct, frozen=True):
    """A step to a higher level, taken at `at` (UTC)."""

    level: int
    at: datetime
    role: Role


class Alert(msgspec.Struct, frozen=True):
    """One alert of one learner and year. All moments in UTC.

    `raised_at` is the moment it was due, not the moment it was noticed. `ground` tells grounds of
    one code apart (mostly empty). `figures` holds the numbers, dates and names of organisations that
    the sentence of the alert uses. `because` are the ids of the events behind it.
    """

    alert_id: str
    code: str
    year: int
    ground: str
    episode: int
    status: AlertStatus
    raised_at: datetime
    severity: Severity
    level: int
    region: str | None
    duty: bool | None
    recipients: tuple[Recipient, ...]
    figures: dict[str, str | int | float]
    because: tuple[str, ...]
    policy_version: str
    escalations: tuple[Escalation, ...] = ()
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    snoozed_until: datetime | None = None
    snooze_reason: str | None = None
    resolved_at: datetime | None = None
    how: How | None = None
    resolved_by: str | None = None
