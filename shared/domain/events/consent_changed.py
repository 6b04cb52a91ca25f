"""Leave to share what the law does not name was given or taken back; by a parent while under sixteen.

Ground: General Data Protection Regulation; what the law does name needs no leave.
"""

from __future__ import annotations

from pydantic import StrictBool

from shared.domain.effect import Consent
from shared.domain.event import EventKind, Fields
from shared.domain.payload import Code, Day, Payload


class ConsentChanged(Payload):
    """What `data` holds."""

    scope: Code
    granted: StrictBool
    date: Day


def subject_key(fields: Fields) -> str:
    """One fact for each scope."""
    return f"consent:{fields['scope']}"


KIND = EventKind(
    name="consent.changed",
    major=1,
    payload=ConsentChanged,
    subject_key=subject_key,
    meaning=Consent,
    example={
        "studentRef": "LXEWQrcmsEQBYnyp-6wy9chTD7GQPMTbAiWHF5IaSIE",
        "keyVersion": 1,
        "transitionYear": 2026,
        "senderOrg": "99VA",
        "occurredAt": "2026-09-28T09:00:00+02:00",
        "sourceSeq": 1,
        "scope": "DOSSIER_SHARING",
        "granted": True,
        "date": "2026-05-11",
    },
)
