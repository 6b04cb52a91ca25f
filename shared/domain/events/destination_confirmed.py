"""Another destination than mbo, vouched for by a school, a desk or the register.

Ground: the destinations are the fields of the yearly effect report (law).
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StrictFloat

from shared.domain.codes import ConfirmedBy, DestinationKind
from shared.domain.effect import Destination
from shared.domain.event import EventKind, Fields
from shared.domain.payload import Day, Payload, optional


class DestinationConfirmed(Payload):
    """What `data` holds."""

    kind: DestinationKind
    valid_from: Day
    confirmed_by: ConfirmedBy
    hours_per_week: Annotated[StrictFloat, Field(ge=0, le=80)] = optional()
    review_date: Day = optional()


def subject_key(fields: Fields) -> str:
    """One fact for each sender."""
    return f"dest:{fields['senderOrg']}"


KIND = EventKind(
    name="destination.confirmed",
    major=1,
    payload=DestinationConfirmed,
    subject_key=subject_key,
    meaning=Destination,
    example={
        "studentRef": "LXEWQrcmsEQBYnyp-6wy9chTD7GQPMTbAiWHF5IaSIE",
        "keyVersion": 1,
        "transitionYear": 2026,
        "senderOrg": "RMC38",
        "occurredAt": "2026-09-28T09:00:00+02:00",
        "sourceSeq": 1,
        "kind": "WORK_NO_QUALIFICATION",
        "validFrom": "2026-09-01",
        "confirmedBy": "desk",
        "hoursPerWeek": 24,
    },
)
