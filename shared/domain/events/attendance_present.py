"""The learner was seen in a lesson: the first time of that week, so at most one a week.

It names the enrolment in mbo, or the vo site of a learner who is still there.
"""

from __future__ import annotations

from shared.domain.calendar import iso_week
from shared.domain.effect import Presence
from shared.domain.event import EventKind, Fields
from shared.domain.payload import Day, OfOneEnrolment, enrolment_of, read_day


class AttendancePresent(OfOneEnrolment):
    """What `data` holds."""

    date: Day


def subject_key(fields: Fields) -> str:
    """One fact for each enrolment and ISO week."""
    return f"pres:{enrolment_of(fields)}:{iso_week(read_day(fields['date']))}"


KIND = EventKind(
    name="attendance.present",
    major=1,
    payload=AttendancePresent,
    subject_key=subject_key,
    meaning=Presence,
    example={
        "studentRef": "LXEWQrcmsEQBYnyp-6wy9chTD7GQPMTbAiWHF5IaSIE",
        "keyVersion": 1,
        "transitionYear": 2026,
        "senderOrg": "99MA",
        "occurredAt": "2026-09-28T09:00:00+02:00",
        "sourceSeq": 1,
        "mboBrin": "99MA",
        "enrolmentNo": "E0004711",
        "date": "2026-08-31",
    },
)
