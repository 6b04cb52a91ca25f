"""The learner lives in another municipality from a day on; it decides which region is responsible.

Ground: the municipality of residence is competent (Compulsory Education Act); that a move counts from
`validFrom` is a project decision.
"""

from __future__ import annotations

from shared.domain.effect import Home
from shared.domain.event import EventKind, Fields
from shared.domain.payload import Day, Municipality, Payload


class LearnerMoved(Payload):
    """What `data` holds."""

    municipality: Municipality
    valid_from: Day


def subject_key(fields: Fields) -> str:
    """One fact for each day from which a home counts."""
    return f"home:{fields['validFrom']}"


KIND = EventKind(
    name="learner.moved",
    major=1,
    payload=LearnerMoved,
    subject_key=subject_key,
    meaning=Home,
    example={
        "studentRef": "LXEWQrcmsEQBYnyp-6wy9chTD7GQPMTbAiWHF5IaSIE",
        "keyVersion": 1,
        "transitionYear": 2026,
        "senderOrg": "99VA",
        "occurredAt": "2026-09-28T09:00:00+02:00",
        "sourceSeq": 1,
        "municipality": "0772",
        "validFrom": "2026-10-01",
    },
)
