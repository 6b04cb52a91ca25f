"""The newest step of one application for mbo; every change of status is sent.

Ground: an institution tells the school of origin, and for young learners the municipality, every change as
soon as possible (law). `level` may be absent when a relay sends for others (project decision).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ConfigDict, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from shared.domain.codes import ApplicationStatus, CloseReason, Track
from shared.domain.effect import Application
from shared.domain.event import EventKind, Fields
from shared.domain.payload import ApplicationRef, Brin, Crebo, Day, Level, Payload, Provider, Year, optional

REASONS: Mapping[ApplicationStatus, tuple[CloseReason, ...]] = {
    ApplicationStatus.NOT_ENROLLABLE: (
        CloseReason.ENTRY_REQUIREMENT,
        CloseReason.EXTRA_REQUIREMENT,
        CloseReason.CAPACITY,
        CloseReason.LATE,
        CloseReason.NO_SHOW_INTAKE,
        CloseReason.OTHER,
    ),
    ApplicationStatus.WITHDRAWN: (
        CloseReason.OTHER_PROGRAMME_SAME,
        CloseReason.OTHER_INSTITUTION,
        CloseReason.STAYS_IN_VO,
        CloseReason.WORK,
        CloseReason.UNKNOWN,
    ),
}
"""Why the institution or the learner ended an application; other statuses have none (project decision)."""


def _fitting_reasons() -> dict[str, Any]:
    """The same in the words of JSON Schema."""
    fitting = {status: {"enum": list(reasons)} for status, reasons in REASONS.items()}
    others = [status for status in ApplicationStatus if status not in REASONS]
    told = {"properties": {"status": {"enum": others}}, "required": ["status"]}
    found: list[dict[str, Any]] = [{"if": told, "then": {"properties": {"closeReason": False}}}]
    for status, allowed in fitting.items():
        told = {"properties": {"status": {"const": status}}, "required": ["status"]}
        found.append({"if": told, "then": {"properties": {"closeReason": allowed}}})
    return {"allOf": found}


class MboApplicationStatus(Payload):
    """What `data` holds."""

    model_config = ConfigDict(json_schema_extra=_fitting_reasons())

    application_ref: ApplicationRef
    mbo_brin: Brin
    crebo: Crebo
    level: Level = optional()
    track: Track
    intake_year: Year
    status: ApplicationStatus
    status_date: Day
    provider: Provider = optional()
    start_date: Day = optional()
    close_reason: CloseReason = optional()

    @field_validator("close_reason")
    @classmethod
    def _fits_the_status(cls, reason: CloseReason, told: ValidationInfo) -> CloseReason:
        status = told.data.get("status")
        if status is not None and reason not in REASONS.get(status, ()):
            raise PydanticCustomError("close-reason", "Past niet bij de status")
        return reason


def subject_key(fields: Fields) -> str:
    """The fact that it speaks of."""
    return f"app:{fields['applicationRef']}"


KIND = EventKind(
    name="mbo.application.status",
    major=1,
    payload=MboApplicationStatus,
    subject_key=subject_key,
    meaning=Application,
    example={
        "studentRef": "LXEWQrcmsEQBYnyp-6wy9chTD7GQPMTbAiWHF5IaSIE",
        "keyVersion": 1,
        "transitionYear": 2026,
        "senderOrg": "99MA",
        "occurredAt": "2026-09-28T09:00:00+02:00",
        "sourceSeq": 1,
        "applicationRef": "99MA:00012345",
        "mboBrin": "99MA",
        "crebo": "25655",
        "level": 2,
        "track": "BOL",
        "intakeYear": 2026,
        "status": "RECEIVED",
        "statusDate": "2026-03-12",
    },
)
