"""A broker or desk tried to reach the learner; only `REACHED` is a sign of life."""

from __future__ import annotations

from typing import Literal

from shared.domain.codes import ContactResult
from shared.domain.effect import Contact
from shared.domain.event import EventKind, Fields
from shared.domain.payload import CaseId, Day, Payload, optional


class ContactRecorded(Payload):
    """What `data` holds."""

    date: Day
    result: ContactResult
    by: Literal["vsv_broker", "rmc_desk", "leerplicht_desk"]
    case_id: CaseId = optional()


def subject_key(fields: Fields) -> str:
    """One fact for each sender."""
    return f"contact:{fields['senderOrg']}"


KIND = EventKind(
    name="contact.recorded",
    major=1,
    payload=ContactRecorded,
    subject_key=subject_key,
    meaning=Contact,
    example={
        "studentRef": "LXEWQrcmsEQBYnyp-6wy9chTD7GQPMTbAiWHF5IaSIE",
        "keyVersion": 1,
        "transitionYear": 2026,
        "senderOrg": "RMC38",
        "occurredAt": "2026-09-28T09:00:00+02:00",
        "sourceSeq": 1,
        "date": "2026-09-17",
        "result": "NOT_REACHED",
        "by": "rmc_desk",
    },
)
