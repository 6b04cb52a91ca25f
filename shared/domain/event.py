"""The envelope of an event, and what each event type must offer.

One event type is one file in `shared/domain/events/`; it exposes `KIND`, an `EventKind`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import msgspec
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from shared.domain.effect import Effect

TYPE_PREFIX = "nl.school-transitions."

LINKED = "learner.linked"
"""The kind of event that says that two references are one person."""

Fields = Mapping[str, Any]
"""The fields of an event's `data` as JSON has them: camelCase names, dates as `YYYY-MM-DD`."""


class Wire(BaseModel):
    """Anything that crosses a wire: camelCase, closed, strict, optional fields omitted."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        serialize_by_alias=True,
        extra="forbid",
        frozen=True,
    )


class EventKind(msgspec.Struct, frozen=True):
    """One type of event.

    `payload` checks `data` at the door (envelope fields included), `subject_key` says which fact
    an event speaks of (it is given all of `data`), `meaning` what it comes to, `example` is one valid
    `data`. Without `of_learner` it speaks of an institution, and carries no pseudonym.
    """

    name: str
    major: int
    payload: type[BaseModel]
    subject_key: Callable[[Fields], str]
    meaning: type[Effect]
    example: Fields
    of_learner: bool = True

    def effect(self, fields: Fields) -> Effect:
        """What an event with these fields means. Raises msgspec.ValidationError when they do not fit."""
        return msgspec.convert(fields, self.meaning)

    @property
    def wire_type(self) -> str:
        """The CloudEvents `type`: `nl.school-transitions.vo.learner.listed.v1`."""
        return f"{TYPE_PREFIX}{self.name}.v{self.major}"


class Version(msgspec.Struct, frozen=True, array_like=True):
    """One version of one fact: an event as it is kept. All moments in UTC.

    `received_at` is when it became known here; with `source` and `event_id` it never changes.
    `fields` are the fields of its type only, without the envelope fields of `data`. `via` is the reference
    under which it was sent, when that is another one of the same person.
    """

    kind: str
    event_id: str
    source: str
    sender: str
    received_at: datetime
    occurred_at: datetime
    recorded_at: datetime
    seq: int | None
    supersedes: str | None
    fields: dict[str, Any]
    via: str | None = None

    @property
    def identity(self) -> tuple[str, str]:
        """What makes an event this one and no other: its source and id."""
        return (self.source, self.event_id)

    def says_the_same(self, other: Version) -> bool:
        """Whether both have equal content by value (4 equals 4.0), whatever id they came under."""
        return (
            self.kind == other.kind
            and self.sender == other.sender
            and self.occurred_at == other.occurred_at
            and self.seq == other.seq
            and self.supersedes == other.supersedes
            and self.fields == other.fields
        )


class Arrival(msgspec.Struct, frozen=True):
    """An event on its way to a learner's facts: `subject_key` names the fact in that year.

    Of an event that speaks of an institution, `student_ref` is that institution and `key_version` 0.
    """

    student_ref: str
    key_version: int
    year: int
    subject_key: str
    version: Version

    @property
    def key(self) -> str:
        """The reference under which it is worked off: of a link the old one."""
        return str(self.version.fields["oldRef"]) if self.version.kind == LINKED else self.student_ref
