"""The lesson hours that a learner missed on one lesson day, sent again when they are corrected.

Whether hours were authorised is for the school to say; no reason and nothing medical comes here (project
decision, data minimisation).
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StrictBool, StrictInt

from shared.domain.effect import Absence
from shared.domain.event import EventKind, Fields
from shared.domain.payload import Day, Hours, OfOneEnrolment, enrolment_of, optional


class AttendanceAbsent(OfOneEnrolment):
    """What `data` holds."""

    date: Day
    unauthorised_hours: Hours
    authorised_hours: Hours
    late_count: Annotated[StrictInt, Field(ge=0, le=99)] = optional()
    all_lessons_missed: StrictBool = optional()


def subject_key(fields: Fields) -> str:
    """One fact for each enrolment and day."""
    return f"abs:{enrolment_of(fields)}:{fields['date']}"


KIND = EventKind(
    name="attendance.absent",
    major=1,
    payload=AttendanceAbsent,
    subject_key=subject_key,
    meaning=Absence,
    example={
        "studentRef": "LXEWQrcmsEQBYnyp-6wy9chTD7GQPMTbAiWHF5IaSIE",
        "keyVersion": 1,
        "transitionYear": 2026,
        "senderOrg": "99MA",
        "occurredAt": "2026-09-28T09:00:00+02:00",
        "sourceSeq": 1,
        "mboBrin": "99MA",
        "enrolmentNo": "E0004711",
        "date": "2026-09-21",
        "unauthorisedHours": 4.0,
        "authorisedHours": 0.0,
        "allLessonsMissed": True,
    },
)
