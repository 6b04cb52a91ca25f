"""The newest step of one application for mbo; every change of status is sent.

Ground: an institution tells the school of origin, and for young learners the municipality, every change as
soon as possible (law). `level` may be absent when a relay sends for others (project decision).
"""

from __future__ import annotations

from shared.domain.codes import ApplicationStatus, CloseReason, Track
from shared.domain.effect import Application
from shared.domain.event import EventKind, Fields
from shared.domain.payload import ApplicationRef, Brin, Crebo, Day, Level, Payload, Provider, Year, optional


class MboApplicationStatus(Payload):
    """What `data` holds."""

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
