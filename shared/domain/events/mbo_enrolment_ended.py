"""An enrolment in mbo ends; `endDate` is the last day in it. Start and end have keys of their own."""

from __future__ import annotations

from shared.domain.codes import LeavingReason
from shared.domain.effect import EnrolmentEnd
from shared.domain.event import EventKind, Fields
from shared.domain.payload import Brin, Day, EnrolmentNo, Level, Payload, optional


class MboEnrolmentEnded(Payload):
    """What `data` holds."""

    mbo_brin: Brin
    enrolment_no: EnrolmentNo
    end_date: Day
    reason_code: LeavingReason
    diploma_level: Level = optional()


def subject_key(fields: Fields) -> str:
    """The fact that it speaks of."""
    return f"enr_end:{fields['mboBrin']}:{fields['enrolmentNo']}"


KIND = EventKind(
    name="mbo.enrolment.ended",
    major=1,
    payload=MboEnrolmentEnded,
    subject_key=subject_key,
    meaning=EnrolmentEnd,
    example={
        "studentRef": "LXEWQrcmsEQBYnyp-6wy9chTD7GQPMTbAiWHF5IaSIE",
        "keyVersion": 1,
        "transitionYear": 2026,
        "senderOrg": "99MA",
        "occurredAt": "2026-09-28T09:00:00+02:00",
        "sourceSeq": 1,
        "mboBrin": "99MA",
        "enrolmentNo": "E0004711",
        "endDate": "2026-09-25",
        "reasonCode": "4",
    },
)
