"""An earlier event of the same source was posted in error; it may come before the event that it annuls.

It carries the transition year of that event.
"""

from __future__ import annotations

from shared.domain.effect import Retraction
from shared.domain.event import EventKind, Fields
from shared.domain.payload import Code, EventId, Payload


class EventRetracted(Payload):
    """What `data` holds."""

    target_event_id: EventId
    reason: Code


def subject_key(fields: Fields) -> str:
    """The fact that it speaks of."""
    return f"retracted:{fields['targetEventId']}"


KIND = EventKind(
    name="event.retracted",
    major=1,
    payload=EventRetracted,
    subject_key=subject_key,
    meaning=Retraction,
    example={
        "studentRef": "LXEWQrcmsEQBYnyp-6wy9chTD7GQPMTbAiWHF5IaSIE",
        "keyVersion": 1,
        "transitionYear": 2026,
        "senderOrg": "99MA",
        "occurredAt": "2026-09-28T09:00:00+02:00",
        "sourceSeq": 1,
        "targetEventId": "c0a8012e-7b1c-4c3e-8f5b-0d9e8f7a6b5c",
        "reason": "POSTED_IN_ERROR",
    },
)
