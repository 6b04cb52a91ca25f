"""How far the digital transfer file for one institution is, and whether a warm hand-over is needed.

The content of the file never comes here (project decision, data minimisation).
"""

from __future__ import annotations

from shared.domain.codes import DossierStage, WarmHandover
from shared.domain.effect import Dossier
from shared.domain.event import EventKind, Fields
from shared.domain.payload import Brin, Payload, optional


class DossierProgress(Payload):
    """What `data` holds."""

    mbo_brin: Brin
    stage: DossierStage
    warm_handover: WarmHandover = optional()


def subject_key(fields: Fields) -> str:
    """One fact for each receiving institution."""
    return f"ddd:{fields['mboBrin']}"


KIND = EventKind(
    name="dossier.progress",
    major=1,
    payload=DossierProgress,
    subject_key=subject_key,
    meaning=Dossier,
    example={
        "studentRef": "LXEWQrcmsEQBYnyp-6wy9chTD7GQPMTbAiWHF5IaSIE",
        "keyVersion": 1,
        "transitionYear": 2026,
        "senderOrg": "99VA",
        "occurredAt": "2026-09-28T09:00:00+02:00",
        "sourceSeq": 1,
        "mboBrin": "99MA",
        "stage": "B_DONE",
        "warmHandover": "NEEDED",
    },
)
