"""The school of origin says something else of a listed learner, for instance that it stays in vo.

It repeats every field of the list, so that the newest version alone tells the whole fact.
"""

from __future__ import annotations

from shared.domain.effect import Listing
from shared.domain.event import EventKind, Fields
from shared.domain.events.vo_learner_listed import VoLearnerListed


class VoLearnerChanged(VoLearnerListed):
    """What `data` holds: all fields of the list."""


def subject_key(fields: Fields) -> str:
    """The same fact as the list: a newer version of it."""
    return f"vo:{fields['voSite']}"


KIND = EventKind(
    name="vo.learner.changed",
    major=1,
    payload=VoLearnerChanged,
    subject_key=subject_key,
    meaning=Listing,
    example={
        "studentRef": "LXEWQrcmsEQBYnyp-6wy9chTD7GQPMTbAiWHF5IaSIE",
        "keyVersion": 1,
        "transitionYear": 2026,
        "senderOrg": "99VA",
        "occurredAt": "2026-09-28T09:00:00+02:00",
        "sourceSeq": 1,
        "voSite": "99VA01",
        "voType": "VMBO_BB",
        "grade": 4,
        "birthDate": "2010-03-15",
        "municipality": "0957",
        "expectedDestination": "VO",
    },
)
