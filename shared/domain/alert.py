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

    `raised_at` is when it fell due, whenever that was worked out. `ground` tells grounds of
    one code apart (mostly empty). `figures` holds the numbers, dates and codes that the sentence of
    the alert names, `parties` the organisations in it (`school`: a site, `mbo`, `org`: a BRIN).
    `because` are the ids of the events behind it. `level` is where it stands now: 0 school or
    institution, 1 broker, 2 desk, 3 coordinator; the recipients stay those of its raising.
    `resolved_by` is the event that ended it, of the kind `resolved_kind`, or the code of the stronger alert;
    `resolved_on` is when that event happened in the world.
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
    parties: dict[str, str] = {}
    escalations: tuple[Escalation, ...] = ()
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    snoozed_until: datetime | None = None
    snooze_reason: str | None = None
    resolved_at: datetime | None = None
    how: How | None = None
    resolved_by: str | None = None
    resolved_kind: str | None = None
    resolved_on: datetime | None = None

    @property
    def open(self) -> bool:
        """Whether nothing has ended it yet."""
        return self.resolved_at is None
