"""An enrolment in mbo, agreed or begun; `startDate` may lie in the future."""

from __future__ import annotations

from shared.domain.codes import Track
from shared.domain.effect import EnrolmentStart
from shared.domain.event import EventKind, Fields
from shared.domain.payload import (
    ApplicationRef,
    Brin,
    Crebo,
    Day,
    EnrolmentNo,
    Level,
    Payload,
    Site,
    optional,
)


class MboEnrolmentStarted(Payload):
    """What `data` holds."""

    mbo_brin: Brin
    enrolment_no: EnrolmentNo
    site: Site
    crebo: Crebo
    level: Level
    track: Track
    start_date: Day
    planned_end_date: Day = optional()
    application_ref: ApplicationRef = optional()


def subject_key(fields: Fields) -> str:
    """The fact that it speaks of."""
    return f"enr:{fields['mboBrin']}:{fields['enrolmentNo']}"


KIND = EventKind(
    name="mbo.enrolment.started",
    major=1,
    payload=MboEnrolmentStarted,
    subject_key=subject_key,
    meaning=EnrolmentStart,
    example={
        "studentRef": "LXEWQrcmsEQBYnyp-6wy9chTD7GQPMTbAiWHF5IaSIE",
        "keyVersion": 1,
        "transitionYear": 2026,
        "senderOrg": "99MA",
        "occurredAt": "2026-09-28T09:00:00+02:00",
        "sourceSeq": 1,
        "mboBrin": "99MA",
        "enrolmentNo": "E0004711",
        "site": "99MA01",
        "crebo": "25655",
        "level": 2,
        "track": "BOL",
        "startDate": "2026-08-31",
        "applicationRef": "99MA:00012345",
    },
)
