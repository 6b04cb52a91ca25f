"""The statutory absence report of a school, and what the attendance desk does with it.

Ground: schools report unauthorised absence to the national counter (Compulsory Education Act); this mirrors
that report and its treatment.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StrictFloat

from shared.domain.codes import ClosingReason, ReportStatus, ReportType
from shared.domain.effect import AbsenceReport
from shared.domain.event import EventKind, Fields
from shared.domain.payload import Day, OfOneEnrolment, ReportNo, optional


class AttendanceReport(OfOneEnrolment):
    """What `data` holds."""

    report_no: ReportNo
    type: ReportType
    begin_date: Day
    status: ReportStatus
    end_date: Day = optional()
    hours: Annotated[StrictFloat, Field(ge=0, le=2000)] = optional()
    closing_reason: ClosingReason = optional()


def subject_key(fields: Fields) -> str:
    """One fact for each report."""
    return f"rep:{fields['reportNo']}"


KIND = EventKind(
    name="attendance.report",
    major=1,
    payload=AttendanceReport,
    subject_key=subject_key,
    meaning=AbsenceReport,
    example={
        "studentRef": "LXEWQrcmsEQBYnyp-6wy9chTD7GQPMTbAiWHF5IaSIE",
        "keyVersion": 1,
        "transitionYear": 2026,
        "senderOrg": "99MA",
        "occurredAt": "2026-09-28T09:00:00+02:00",
        "sourceSeq": 1,
        "mboBrin": "99MA",
        "enrolmentNo": "E0004711",
        "reportNo": "R0000815",
        "type": "V3",
        "beginDate": "2026-09-01",
        "endDate": "2026-09-21",
        "status": "R",
        "hours": 16.0,
    },
)
