"""The result of the final exam at the school of origin; `NONE` is no result."""

from __future__ import annotations

from shared.domain.codes import ExamOutcome
from shared.domain.effect import Exam
from shared.domain.event import EventKind, Fields
from shared.domain.payload import Code, Day, Payload, Site, optional


class VoExamResult(Payload):
    """What `data` holds."""

    vo_site: Site
    outcome: ExamOutcome
    result_date: Day
    diploma_type: Code = optional()


def subject_key(fields: Fields) -> str:
    """The fact that it speaks of."""
    return f"exam:{fields['voSite']}"


KIND = EventKind(
    name="vo.exam.result",
    major=1,
    payload=VoExamResult,
    subject_key=subject_key,
    meaning=Exam,
    example={
        "studentRef": "LXEWQrcmsEQBYnyp-6wy9chTD7GQPMTbAiWHF5IaSIE",
        "keyVersion": 1,
        "transitionYear": 2026,
        "senderOrg": "99VA",
        "occurredAt": "2026-09-28T09:00:00+02:00",
        "sourceSeq": 1,
        "voSite": "99VA01",
        "outcome": "PASSED",
        "resultDate": "2026-06-11",
    },
)
