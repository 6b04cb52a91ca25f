"""What the `data` of an event is made of: closed, strict, in the form that JSON has it.

Dates and moments stay text, so that what was checked is exactly what is stored.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    StrictFloat,
    StrictInt,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from shared.domain.event import Fields, Wire

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?"
    r"(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"
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


SAYS: dict[str, str] = {}
"""What to tell a sender whose value does not fit a pattern; filled where the patterns stand."""


def _text(pattern: str, says: str) -> Any:
    SAYS[pattern] = says
    return Field(pattern=pattern)


def _drop_default(schema: dict[str, Any]) -> None:
    schema.pop("default", None)


def optional() -> Any:
    """A field that may be left out, but is never null."""
    return Field(default=None, json_schema_extra=_drop_default)


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


def _lettered(text: str) -> str:
    if not any(letter.isascii() and letter.isalpha() for letter in text):
        raise PydanticCustomError("letter", "Zonder letter")
    return text


Day = Annotated[str, AfterValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
"""A local date in Europe/Amsterdam."""

Moment = Annotated[str, AfterValidator(_moment), WithJsonSchema({"type": "string", "format": "date-time"})]
"""A moment with offset."""

EventId = Annotated[
    str,
    _text(r"^[\x21-\x7E]{1,64}$", "1 tot 64 zichtbare ASCII-tekens, met ten minste één letter."),
    AfterValidator(_lettered),
]
"""The id of an event: at least one letter, so that it cannot be taken for a number of a person."""

Brin = Annotated[str, _text(r"^[0-9]{2}[A-Z]{2}$", "Moet een BRIN zijn: 2 cijfers en 2 hoofdletters.")]
Org = Annotated[
    str, _text(r"^([0-9]{2}[A-Z]{2}|RMC[0-9]{2})$", "Moet een BRIN zijn, of RMC met het nummer van de regio.")
]
Site = Annotated[
    str, _text(r"^[0-9]{2}[A-Z]{2}[0-9]{2}$", "Moet een vestiging zijn: de BRIN met 2 cijfers erachter.")
]
Crebo = Annotated[str, _text(r"^[0-9]{5}$", "Moet uit 5 cijfers bestaan.")]
Level = Annotated[StrictInt, Field(ge=1, le=4)]
Year = Annotated[StrictInt, Field(ge=2020, le=2100)]
Municipality = Annotated[
    str,
    _text(r"^(GM)?[0-9]{4}$", "Moet een gemeentecode van het CBS zijn: 4 cijfers."),
    AfterValidator(lambda code: code.removeprefix("GM")),
]
"""A CBS code; `GM0957` becomes `0957`. `9999` is unknown, `0000` abroad."""

StudentRef = Annotated[
    str, _text(r"^[A-Za-z0-9_-]{43}$", "Moet een pseudoniem van 43 tekens zijn (base64url).")
]
Provider = Annotated[str, _text(r"^[0-9]{3}A[0-9]{3}$", "Moet een onderwijsaanbieder zijn, zoals 101A620.")]
EnrolmentNo = Annotated[str, _text(r"^[A-Z][0-9]{1,7}$", "Moet een letter met 1 tot 7 cijfers zijn.")]
ReportNo = Annotated[str, _text(r"^[A-Z][0-9]{1,7}$", "Moet een letter met 1 tot 7 cijfers zijn.")]
DeltaNo = Annotated[StrictInt, Field(ge=0, le=9_999_999)]
Hours = Annotated[StrictFloat, Field(ge=0, le=24)]
"""Lesson hours of one day."""
ApplicationRef = Annotated[
    str,
    _text(
        r"^([0-9]{2}[A-Z]{2}([0-9]{2})?:[0-9]{8}"
        r"|[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})$",
        "Moet een BRIN of vestiging zijn, een dubbele punt en 8 cijfers; een UUID mag ook.",
    ),
]
CaseId = Annotated[
    str,
    _text(
        r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
        "Moet een UUID in kleine letters zijn.",
    ),
]
Code = Annotated[str, _text(r"^[A-Z][A-Z0-9_]{0,39}$", "Moet een code in hoofdletters zijn.")]
"""A word of the sender's own. Free text could hold something about a person."""


class Message(Wire):
    """The fields that every event carries, also one that speaks of no learner.

    `sourceSeq` rises for one sender and subject; `supersedes` names an earlier event of the same source
    and transition year that this one replaces.
    """

    transition_year: Year
    sender_org: Org
    occurred_at: Moment
    source_seq: Annotated[StrictInt, Field(ge=0, le=2**53)] = optional()
    supersedes: EventId = optional()


class Payload(Message):
    """The fields that every event about a learner carries."""

    student_ref: StudentRef
    key_version: Annotated[StrictInt, Field(ge=1, le=9999)]


IN_MBO, IN_VO = ["mboBrin", "enrolmentNo"], ["voSite"]
"""What names an enrolment: its number at an institution, or the site of a school."""

_ONE_OF_THEM: dict[str, Any] = {
    "oneOf": [
        {"required": named, "properties": dict.fromkeys(other, False)}
        for named, other in ((IN_MBO, IN_VO), (IN_VO, IN_MBO))
    ]
}


class OfOneEnrolment(Payload):
    """An event that speaks of one enrolment: in mbo by its number, or in vo by its site."""

    model_config = ConfigDict(json_schema_extra=_ONE_OF_THEM)

    mbo_brin: Brin = optional()
    enrolment_no: EnrolmentNo = optional()
    vo_site: Site = optional()

    @model_validator(mode="after")
    def _names_one_enrolment(self) -> Self:
        named = self.model_fields_set & {"mbo_brin", "enrolment_no", "vo_site"}
        if named not in ({"mbo_brin", "enrolment_no"}, {"vo_site"}):
            raise PydanticCustomError("enrolment", "Geen inschrijving")
        return self


def enrolment_of(fields: Fields) -> str:
    """The enrolment that an event names, as subject keys have it: `99MA:E0004711`, or the vo site."""
    return str(fields.get("voSite") or f"{fields['mboBrin']}:{fields['enrolmentNo']}")


ENVELOPE = frozenset(
    ("studentRef", "keyVersion", "transitionYear", "senderOrg", "occurredAt", "sourceSeq", "supersedes")
)
"""The wire names of those fields; what else `data` holds belongs to its type."""
