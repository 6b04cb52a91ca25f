"""The learner was seen in a lesson: the first time of that week, so at most one a week.

It names the enrolment in mbo, or the vo site of a learner who is still there.
"""

from __future__ import annotations

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from shared.domain.effect import Presence
from shared.domain.event import EventKind, Fields
from shared.domain.payload import Brin, Day, EnrolmentNo, Payload, Site, optional, read_day


class AttendancePresent(Payload):
    """What `data` holds."""

    date: Day
    mbo_brin: Brin = optional()
    enrolment_no: EnrolmentNo = optional()
    vo_site: Site = optional()

    @model_validator(mode="after")
    def _names_one_enrolment(self) -> AttendancePresent:
        named = self.model_fields_set & {"mbo_brin", "enrolment_no", "vo_site"}
        if named not in ({"mbo_brin", "enrolment_no"}, {"vo_site"}):
            raise PydanticCustomError("enrolment", "Geen inschrijving")
        return self


def subject_key(fields: Fields) -> str:
    """One fact for each enrolment and ISO week."""
    year, week, _ = read_day(fields["date"]).isocalendar()
    enrolment = fields.get("voSite") or f"{fields['mboBrin']}:{fields['enrolmentNo']}"
    return f"pres:{enrolment}:{year}-W{week:02}"


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
