"""Two pseudonyms are one person, from now on known by the new one.

A reference changes when its key changes, or when an onderwijsnummer makes place for another number.
"""

from __future__ import annotations

from typing import Self

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from shared.domain.effect import Link
from shared.domain.event import EventKind, Fields
from shared.domain.payload import Payload, StudentRef


class LearnerLinked(Payload):
    """What `data` holds; `newRef` is the `studentRef` of the event."""

    old_ref: StudentRef
    new_ref: StudentRef

    @model_validator(mode="after")
    def _leads_to_its_own_learner(self) -> Self:
        if self.new_ref != self.student_ref or self.old_ref == self.new_ref:
            raise PydanticCustomError("link", "Geen koppeling")
        return self


def subject_key(fields: Fields) -> str:
    """One fact for each old reference."""
    return f"link:{fields['oldRef']}"


KIND = EventKind(
    name="learner.linked",
    major=1,
    payload=LearnerLinked,
    subject_key=subject_key,
    meaning=Link,
    example={
        "studentRef": "LXEWQrcmsEQBYnyp-6wy9chTD7GQPMTbAiWHF5IaSIE",
        "keyVersion": 1,
        "transitionYear": 2026,
        "senderOrg": "99VA",
        "occurredAt": "2026-09-28T09:00:00+02:00",
        "sourceSeq": 1,
        "oldRef": "mS5gIRvQZ0h4nAkDk6fJ3pWc8xYtLbU1oEq7rNV2dHc",
        "newRef": "LXEWQrcmsEQBYnyp-6wy9chTD7GQPMTbAiWHF5IaSIE",
    },
)
