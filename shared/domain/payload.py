"""What the `data` of an event is made of: closed, strict, in the form that JSON has it.

Dates and moments stay text, so that what was checked is exactly what is stored.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import AfterValidator, Field, StrictInt, WithJsonSchema
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import PydanticCustomError

from shared.domain.event import Wire

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})"
)


def read_day(text: str) -> date:
    """A local date, `YYYY-MM-DD`. Raises ValueError."""
    if not _DAY.fullmatch(text):
        raise ValueError(text)
    return date.fromisoformat(text)


def read_moment(text: str) -> datetime:
    """A moment with its offset as UTC, to the microsecond. RFC 3339; `-00:00` and second 60 are refused.

    Raises ValueError.
    """
    if not _MOMENT.fullmatch(text) or text.endswith("-00:00"):
        raise ValueError(text)
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except OverflowError as fault:
        raise ValueError(text) from fault


def _day(text: str) -> str:
    try:
        read_day(text)
    except ValueError:
        raise PydanticCustomError("date", "Geen datum") from None
    return text


def _moment(text: str) -> str:
    try:
        read_moment(text)
    except ValueError:
        raise PydanticCustomError("date-time", "Geen tijdstip") from None
    return text


Day = Annotated[str, AfterValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
"""A local date in Europe/Amsterdam."""

Moment = Annotated[str, AfterValidator(_moment), WithJsonSchema({"type": "string", "format": "date-time"})]
"""A moment with offset."""


def _lettered(text: str) -> str:
    if not any(letter.isascii() and letter.isalpha() for letter in text):
        raise PydanticCustomError("pattern", "Zonder letter")
    return text


EventId = Annotated[str, Field(pattern=r"^[\x21-\x7E]{1,64}$"), AfterValidator(_lettered)]
"""The id of an event: at least one letter, so that it cannot be taken for a number of a person."""

Brin = Annotated[str, Field(pattern=r"^[0-9]{2}[A-Z]{2}$")]
Org = Annotated[str, Field(pattern=r"^([0-9]{2}[A-Z]{2}|RMC[0-9]{2})$")]
Site = Annotated[str, Field(pattern=r"^[0-9]{2}[A-Z]{2}[0-9]{2}$")]
Crebo = Annotated[str, Field(pattern=r"^[0-9]{5}$")]
Level = Annotated[StrictInt, Field(ge=1, le=4)]
Year = Annotated[StrictInt, Field(ge=2020, le=2100)]
Municipality = Annotated[str, Field(pattern=r"^(GM)?[0-9]{4}$")]
StudentRef = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{43}$")]
Provider = Annotated[str, Field(pattern=r"^[0-9]{3}A[0-9]{3}$")]
EnrolmentNo = Annotated[str, Field(pattern=r"^[A-Z][0-9]{1,7}$")]
ApplicationRef = Annotated[
    str,
    Field(
        pattern=r"^([0-9]{2}[A-Z]{2}([0-9]{2})?:[0-9]{8}"
        r"|[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})$"
    ),
]


class Payload(Wire):
    """The fields that every event about a learner carries.

    `sourceSeq` rises for one sender and subject; `supersedes` names an earlier event of the same source
    that this one replaces.
    """

    student_ref: StudentRef
    key_version: Annotated[StrictInt, Field(ge=1, le=9999)]
    transition_year: Year
    sender_org: Org
    occurred_at: Moment
    source_seq: Annotated[StrictInt, Field(ge=0, le=2**53)] | SkipJsonSchema[None] = None
    supersedes: EventId | SkipJsonSchema[None] = None


ENVELOPE = frozenset(
    ("studentRef", "keyVersion", "transitionYear", "senderOrg", "occurredAt", "sourceSeq", "supersedes")
)
"""The wire names of those fields; what else `data` holds belongs to its type."""
