"""What the lane of alerts sends: outbound events for others, and contacts on their way to the facts.

Both are CloudEvents in binary mode. An outbound event is poor on purpose: it names an alert or a case
and says nothing about a person; who wants to know more follows `dataref` with an own token.
"""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from typing import Any

import msgspec

from shared.domain.action import PLATFORM
from shared.domain.advance import Happening
from shared.domain.alert import Alert
from shared.domain.case import Case
from shared.domain.catalogue import KINDS
from shared.domain.codes import Severity
from shared.domain.event import TYPE_PREFIX, Arrival
from shared.runtime.codec import Outgoing, text
from shared.runtime.topics import ALERT_EVENTS, TRANSFER_EVENTS

BY_PERSON = "BY_PERSON"
"""The reason code of a case that somebody closed."""


class Told(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """`data` of an outbound event. Moments in UTC; what does not apply is left out."""

    transition_year: int = 0
    alert_id: str | None = None
    case_id: str | None = None
    code: str | None = None
    severity: Severity | None = None
    region: str | None = None
    raised_at: datetime | None = None
    opened_at: datetime | None = None
    reason: str | None = None


def outbound(happening: Happening, address: str, part: int) -> Outgoing:
    """One happening as a message on `alert-events`; `address` is where the platform answers.

    It waits in the outbox of `part`, the partition whose lane wrote it.
    """
    told = _told(happening)
    subject = told.alert_id or told.case_id or ""
    path = f"alerts/{subject}" if told.alert_id else f"cases/{subject}"
    headers = {
        "ce_specversion": "1.0",
        "ce_id": event_id(happening.kind, subject, happening.at, told.reason),
        "ce_source": PLATFORM,
        "ce_type": f"{TYPE_PREFIX}{happening.kind}.v1",
        "ce_time": text(happening.at),
        "ce_dataref": f"{address}/alerts/v1/{path}",
    }
    return _message(ALERT_EVENTS, subject, msgspec.json.encode(told), headers, part)


def event_id(kind: str, subject: str, at: datetime, reason: str | None) -> str:
    """The id of an outbound event: equal on every machine, at every restart and in `replay`."""
    name = "\0".join((subject, kind, at.isoformat(), reason or ""))
    return f"{kind}-{sha256(name.encode()).hexdigest()[:32]}"


def contact(arrival: Arrival, part: int) -> Outgoing:
    """A contact logged at a desk as a message on `transfer-events`, where facts come from."""
    version = arrival.version
    data: dict[str, Any] = {
        "studentRef": arrival.student_ref,
        "keyVersion": arrival.key_version,
        "transitionYear": arrival.year,
        "senderOrg": version.sender,
        "occurredAt": text(version.occurred_at),
        **version.fields,
    }
    headers = {
        "ce_specversion": "1.0",
        "ce_id": version.event_id,
        "ce_source": version.source,
        "ce_type": KINDS[version.kind].wire_type,
        "ce_time": text(version.recorded_at),
        "ce_receivedtime": text(version.received_at),
    }
    return _message(TRANSFER_EVENTS, arrival.student_ref, msgspec.json.encode(data), headers, part)


def _told(happening: Happening) -> Told:
    if happening.case is not None and happening.kind.startswith("case."):
        return _of_case(happening.kind, happening.case)
    if happening.alert is not None:
        return _of_alert(happening.kind, happening.alert)
    raise ValueError(happening.kind)


def _of_alert(kind: str, alert: Alert) -> Told:
    reasons = {"alert.resolved": alert.how and alert.how.value, "alert.escalated": f"LEVEL_{alert.level}"}
    return Told(
        transition_year=alert.year,
        alert_id=alert.alert_id,
        code=alert.code,
        severity=alert.severity,
        region=alert.region,
        raised_at=alert.raised_at,
        reason=reasons.get(kind),
    )


def _of_case(kind: str, case: Case) -> Told:
    closed = case.closed_reason or BY_PERSON  # a destination tells something about the learner
    reasons = {"case.closed": closed, "case.status-changed": case.status.value}
    return Told(
        transition_year=case.year,
        case_id=case.case_id,
        region=case.region,
        opened_at=case.opened_at,
        reason=reasons.get(kind),
    )


def _message(topic: str, key: str, value: bytes, headers: dict[str, str], part: int) -> Outgoing:
    headers["content-type"] = "application/json"
    pairs = tuple((name, text.encode()) for name, text in headers.items())
    return Outgoing(topic, None, key.encode(), value, pairs, part=part)
