"""The school of origin expects this learner to move to mbo, or says where else.

Ground: between 1 October and 1 February a school names the learners it expects to move on (law); birth
date and municipality are added for routing and rules (project decision).
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StrictBool, StrictInt

from shared.domain.codes import Expected, VoType
from shared.domain.effect import Listing
from shared.domain.event import EventKind, Fields
from shared.domain.payload import Day, Municipality, Payload, Site, optional


class VoLearnerListed(Payload):
    """What `data` holds."""

    vo_site: Site
    vo_type: VoType
    grade: Annotated[StrictInt, Field(ge=1, le=6)]
    birth_date: Day
    municipality: Municipality
    expected_destination: Expected
    vulnerable: StrictBool = optional()
    has_startkwalificatie: StrictBool = optional()
    combined_route: StrictBool = optional()


def subject_key(fields: Fields) -> str:
    """The fact that it speaks of."""
    return f"vo:{fields['voSite']}"


KIND = EventKind(
    name="vo.learner.listed",
    major=1,
    payload=VoLearnerListed,
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
        "expectedDestination": "MBO",
        "vulnerable": False,
    },
)
