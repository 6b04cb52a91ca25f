"""A change in the national register, as a desk receives it every week.

It proves an enrolment when the institution itself is silent. Ground: the weekly delivery of the register to
the desks (law).
"""

from __future__ import annotations

from shared.domain.codes import RegisterKind
from shared.domain.effect import RegisterChange
from shared.domain.event import EventKind, Fields
from shared.domain.payload import Brin, Crebo, Day, DeltaNo, Payload, optional


class RegisterDelta(Payload):
    """What `data` holds."""

    delta_no: DeltaNo
    kind: RegisterKind
    valid_from: Day
    mbo_brin: Brin = optional()
    crebo: Crebo = optional()


def subject_key(fields: Fields) -> str:
    """One fact for each line of a desk's delivery."""
    return f"reg:{fields['senderOrg']}:{fields['deltaNo']}"


KIND = EventKind(
    name="register.delta",
    major=1,
    payload=RegisterDelta,
    subject_key=subject_key,
    meaning=RegisterChange,
    example={
        "studentRef": "LXEWQrcmsEQBYnyp-6wy9chTD7GQPMTbAiWHF5IaSIE",
        "keyVersion": 1,
        "transitionYear": 2026,
        "senderOrg": "RMC38",
        "occurredAt": "2026-09-28T09:00:00+02:00",
        "sourceSeq": 1,
        "deltaNo": 4711,
        "kind": "ENROLMENT_ADDED",
        "validFrom": "2026-09-01",
        "mboBrin": "99MA",
        "crebo": "25655",
    },
)
