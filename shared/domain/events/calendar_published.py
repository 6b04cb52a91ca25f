"""The lesson calendar of one site and study year; it takes the place of the usual one.

It speaks of no learner and carries no pseudonym. Ground: mbo institutions set their own holidays (law).
"""

from __future__ import annotations

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from shared.domain.effect import LessonCalendar
from shared.domain.event import EventKind, Fields
from shared.domain.payload import Day, Message, Site, Year


class CalendarPublished(Message):
    """What `data` holds."""

    site: Site
    study_year: Year
    first_lesson_day: Day
    free_days: list[Day] = Field(max_length=366)

    @field_validator("site")
    @classmethod
    def _is_the_senders(cls, site: str, told: ValidationInfo) -> str:
        if not site.startswith(told.data.get("sender_org", site)):
            raise PydanticCustomError("site", "Geen vestiging van de afzender")
        return site


def subject_key(fields: Fields) -> str:
    """One fact for each site and study year."""
    return f"cal:{fields['site']}:{fields['studyYear']}"


KIND = EventKind(
    name="calendar.published",
    major=1,
    payload=CalendarPublished,
    subject_key=subject_key,
    meaning=LessonCalendar,
    example={
        "transitionYear": 2026,
        "senderOrg": "99MA",
        "occurredAt": "2026-09-28T09:00:00+02:00",
        "sourceSeq": 1,
        "site": "99MA00",
        "studyYear": 2026,
        "firstLessonDay": "2026-08-31",
        "freeDays": ["2026-10-19", "2026-10-20"],
    },
    of_learner=False,
)
