"""The result of the final exam at the school of origin; `NONE` is no result."""

from __future__ import annotations

from typing import Annotated

import msgspec
from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from shared.domain.codes import ExamOutcome
from shared.domain.effect import Exam
from shared.domain.event import EventKind, Fields
from shared.domain.payload import Day, Payload, Site


class VoExamResult(Payload):
    """What `data` holds."""

    vo_site: Site
    outcome: ExamOutcome
    result_date: Day
    diploma_type: Annotated[str, Field(pattern=r"^[A-Z0-9_]{1,20}$")] | SkipJsonSchema[None] = None


def subject_key(fields: Fields) -> str:
    """The fact that it speaks of."""
    return f"exam:{fields['voSite']}"


def effect(fields: Fields) -> Exam:
    """What it means. Raises msgspec.ValidationError when the fields do not fit."""
    return msgspec.convert(fields, Exam)


KIND = EventKind(
    name="vo.exam.result",
    major=1,
    payload=VoExamResult,
    subject_key=subject_key,
    effect=effect,
    example={
        "studentRef": "LXEWQrcmsEQBYnyp-6wy9chTD7GQPMTbAiWHF5IaSIE",
        "keyVersion": 1,
        "transitionYear": 2026,
        "senderOrg": "99VA",
        "occurredAt": "2026-09-28T09:00:00+02:00",
        "sourceSeq": 1,
        "voSite": "99VA01",
        "outcome": "PASSED",
        "resultDate": "2026-06-11",
    },
)
