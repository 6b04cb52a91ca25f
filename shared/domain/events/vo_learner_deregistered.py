"""The enrolment at the school of origin ends; `endDate` is the last day in it.

Ground: removal is reported to the municipality at once (law).
"""

from __future__ import annotations

from shared.domain.codes import VoEndReason
from shared.domain.effect import VoEnd
from shared.domain.event import EventKind, Fields
from shared.domain.payload import Day, Payload, Site


class VoLearnerDeregistered(Payload):
    """What `data` holds."""

    vo_site: Site
    end_date: Day
    reason: VoEndReason


def subject_key(fields: Fields) -> str:
    """The fact that it speaks of."""
    return f"vo_end:{fields['voSite']}"


KIND = EventKind(
    name="vo.learner.deregistered",
    major=1,
    payload=VoLearnerDeregistered,
    subject_key=subject_key,
    meaning=VoEnd,
    example={
        "studentRef": "LXEWQrcmsEQBYnyp-6wy9chTD7GQPMTbAiWHF5IaSIE",
        "keyVersion": 1,
        "transitionYear": 2026,
        "senderOrg": "99VA",
        "occurredAt": "2026-09-28T09:00:00+02:00",
        "sourceSeq": 1,
        "voSite": "99VA01",
        "endDate": "2026-07-10",
        "reason": "DIPLOMA",
    },
)
