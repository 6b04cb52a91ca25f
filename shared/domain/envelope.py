"""The strict reader of a CloudEvent: everything that is wrong with it, at once.

Source of the rules: the NL GOV profile for CloudEvents, and what real senders were seen to send
(project decision): `null` attributes count as absent, unknown extensions are dropped, `data_base64` may
stand in for `data`.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import unquote

import msgspec
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from shared.domain.calendar import local_date
from shared.domain.catalogue import BY_TYPE
from shared.domain.event import LINKED, Arrival, EventKind, Version
from shared.domain.fault import Fault, InvalidEvent
from shared.domain.guard import flaws, is_personal_number, personal_numbers, under
from shared.domain.payload import ENVELOPE, SAYS, read_day, read_moment

__all__ = [
    "AHEAD",
    "EVENT_ID",
    "SOURCE",
    "Checked",
    "Fault",
    "InvalidEvent",
    "arrival",
    "arrival_of",
    "check",
    "check_received",
    "content_hash",
]

SOURCE = re.compile(r"urn:nld:(oin:[0-9]{8}[0-9A-Z]{12}|kvknr:[0-9]{8}):systeem:[A-Za-z0-9-]{1,40}")
EVENT_ID = re.compile(r"(?=.*[A-Za-z])[\x21-\x7E]{1,64}")
AHEAD = timedelta(minutes=5)
"""How far a sender's clock may run ahead of ours (project decision)."""

_JSON_TYPE = re.compile(r"application/json(\s*;\s*charset\s*=\s*\"?utf-8\"?)?", re.IGNORECASE)


class Checked(msgspec.Struct, frozen=True):
    """An event that may come in: `data` has JSON types, wire names, and no optional field that is absent."""

    event_id: str
    source: str
    kind: EventKind
    time: datetime
    data: dict[str, Any]

    @property
    def student_ref(self) -> str:
        """The pseudonym of the learner; only an event of a learner has one."""
        return str(self.data["studentRef"])

    @property
    def key(self) -> str:
        """The reference under which it is worked off: of a link the old one."""
        return str(self.data["oldRef"]) if self.kind.name == LINKED else self.student_ref

    @property
    def year(self) -> int:
        """The transition year."""
        return int(self.data["transitionYear"])

    @property
    def sender(self) -> str:
        """The organisation that speaks."""
        return str(self.data["senderOrg"])


def check(event: object) -> Checked:
    """One structured CloudEvent, as parsed JSON. Raises InvalidEvent with every fault."""
    if not isinstance(event, dict):
        raise InvalidEvent((Fault("", "type", "Moet een CloudEvent zijn: een JSON-object."),))
    attributes = {key: value for key, value in event.items() if value is not None}
    shown = _shown_id(attributes.get("id"))
    data, misread = _data_of(attributes)
    _refuse_what_may_not_enter({**event, "data": attributes.get("data", data)}, shown)
    faults = [*_attribute_faults(attributes), *misread]
    kind = BY_TYPE.get(attributes["type"]) if isinstance(attributes.get("type"), str) else None
    checked: dict[str, Any] = {}
    if kind is not None and not misread:
        checked, wrong = _payload(kind, data)
        faults += wrong
    if faults or kind is None:
        raise InvalidEvent(tuple(faults), event_id=shown)
    return Checked(attributes["id"], attributes["source"], kind, read_moment(attributes["time"]), checked)


OF_A_DAY = frozenset({"attendance.absent", "attendance.present", "contact.recorded"})
"""Events that tell what happened on a day: it cannot lie ahead."""


def check_received(checked: Checked, received_at: datetime) -> None:
    """Refuse what says it happened after it arrived. Raises InvalidEvent."""
    faults = []
    if read_moment(checked.data["occurredAt"]) > received_at + AHEAD:
        faults.append(Fault("/data/occurredAt", "future", "Ligt meer dan 5 minuten in de toekomst."))
    if checked.kind.name in OF_A_DAY and read_day(checked.data["date"]) > local_date(received_at + AHEAD):
        faults.append(Fault("/data/date", "future", "Ligt in de toekomst."))
    if faults:
        raise InvalidEvent(tuple(faults), event_id=checked.event_id)


def content_hash(checked: Checked) -> bytes:
    """SHA-256 of type and data by value: 4 equals 4.0, the order of keys means nothing."""
    by_value = {
        name: int(value) if isinstance(value, float) and value.is_integer() else value
        for name, value in checked.data.items()
    }
    return sha256(msgspec.json.encode([checked.kind.wire_type, by_value], order="sorted")).digest()


def arrival(checked: Checked, received_at: datetime) -> Arrival:
    """The same event on its way to the facts of its learner, or of the institution that it speaks of."""
    return arrival_of(
        checked.kind.wire_type, checked.event_id, checked.source, checked.time, received_at, checked.data
    )


def arrival_of(
    wire_type: str,
    event_id: str,
    source: str,
    time: datetime,
    received_at: datetime,
    data: Mapping[str, Any],
) -> Arrival:
    """An event that was checked at the door. Raises KeyError, TypeError or ValueError when it cannot be read.

    The effect is worked out here once, so that what would not fit later is refused now.
    """
    kind = BY_TYPE[wire_type]
    fields = {key: value for key, value in data.items() if key not in ENVELOPE}
    kind.effect(fields)
    version = Version(
        kind=kind.name,
        event_id=event_id,
        source=source,
        sender=data["senderOrg"],
        received_at=received_at,
        occurred_at=read_moment(data["occurredAt"]),
        recorded_at=time,
        seq=data.get("sourceSeq"),
        supersedes=data.get("supersedes"),
        fields=fields,
    )
    return Arrival(
        student_ref=data["studentRef" if kind.of_learner else "senderOrg"],
        key_version=data["keyVersion"] if kind.of_learner else 0,
        year=data["transitionYear"],
        subject_key=kind.subject_key(data),
        version=version,
    )


def _shown_id(event_id: object) -> str | None:
    """The id when it may be repeated: well-formed, and not the number of a person in disguise."""
    if not isinstance(event_id, str) or not EVENT_ID.fullmatch(event_id):
        return None
    return None if is_personal_number(unquote(event_id)) else event_id


def _refuse_what_may_not_enter(event: dict[str, Any], shown: str | None) -> None:
    """Raises InvalidEvent for numbers of persons, and for text and numbers that cannot be kept."""
    hidden = sorted(set(personal_numbers(event)))
    if hidden:
        detail = "Lijkt een bsn of onderwijsnummer. Stuur een pseudoniem."
        found = tuple(Fault(pointer, "bsn-detected", detail) for pointer in hidden)
        raise InvalidEvent(found, "bsn-detected", shown)
    unfit = tuple(dict.fromkeys(flaws(event)))
    if unfit:
        raise InvalidEvent(unfit, event_id=shown)


def _attribute_faults(attributes: Mapping[str, Any]) -> Iterator[Fault]:
    """What is wrong with the attributes around `data`."""
    for name, code, detail, fits in _ATTRIBUTES:
        value = attributes.get(name)
        if value is None:
            yield Fault(f"/{name}", "required", "Ontbreekt.")
        elif not isinstance(value, str):
            yield Fault(f"/{name}", "type", "Moet tekst zijn.")
        elif not fits(value):
            yield Fault(f"/{name}", code, detail)
    content_type = attributes.get("datacontenttype", "application/json")
    if not isinstance(content_type, str) or not _JSON_TYPE.fullmatch(content_type):
        yield Fault("/datacontenttype", "enum", "Moet application/json zijn.")


def _is_moment(text: str) -> bool:
    try:
        read_moment(text)
    except ValueError:
        return False
    return True


_A_MOMENT = "Moet een tijdstip met tijdzone zijn, zoals 2026-09-21T16:31:00+02:00."

_ATTRIBUTES: tuple[tuple[str, str, str, Callable[[str], object]], ...] = (
    ("specversion", "enum", "Moet 1.0 zijn.", "1.0".__eq__),
    ("id", "pattern", "1 tot 64 zichtbare ASCII-tekens, met ten minste één letter.", EVENT_ID.fullmatch),
    ("source", "pattern", "Moet een urn:nld van organisatie en systeem zijn.", SOURCE.fullmatch),
    ("type", "enum", "Geen soort bericht dat wij kennen.", BY_TYPE.__contains__),
    ("time", "date-time", _A_MOMENT, _is_moment),
)


def _data_of(attributes: Mapping[str, Any]) -> tuple[object, list[Fault]]:
    """The `data`, or what `data_base64` holds."""
    if "data_base64" not in attributes:
        if "data" in attributes:
            return attributes["data"], []
        return None, [Fault("/data", "required", "Ontbreekt.")]
    if "data" in attributes:
        return None, [Fault("/data_base64", "unknown-field", "Stuur data of data_base64, niet beide.")]
    try:
        raw = b64decode(attributes["data_base64"], validate=True).decode()
        return json.loads(raw, object_pairs_hook=_once_each, parse_constant=_no_constant), []
    except (TypeError, ValueError, RecursionError):
        return None, [Fault("/data_base64", "json", "Moet geldige JSON zijn, in base64.")]


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of which no key stands twice."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError
    return found


def _no_constant(_: str) -> float:
    """NaN and the infinities are no JSON."""
    raise ValueError


def _payload(kind: EventKind, data: object) -> tuple[dict[str, Any], list[Fault]]:
    """The checked fields, or what is wrong with them."""
    try:
        model = kind.payload.model_validate(data, by_alias=True, by_name=False)
    except ValidationError as refused:
        return {}, [_fault_of(error) for error in refused.errors(include_url=False, include_input=False)]
    return model.model_dump(mode="json", by_alias=True, exclude_unset=True), []


def _fault_of(error: ErrorDetails) -> Fault:
    """A fault in our words; the library's own never leave this house."""
    pointer = "/data"
    for part in error["loc"]:
        pointer = under(pointer, str(part))
    code, detail = _WORDS.get(error["type"], ("type", "Heeft niet het goede type."))
    context = error.get("ctx", {})
    if error["type"] == "string_pattern_mismatch":
        return Fault(pointer, code, SAYS[context["pattern"]])
    return Fault(pointer, code, detail.format_map(context).replace("' or '", " of ").replace("'", ""))


_WORDS = {
    "missing": ("required", "Ontbreekt."),
    "extra_forbidden": ("unknown-field", "Dit veld kennen wij niet. Laat het weg."),
    "string_type": ("type", "Moet tekst zijn."),
    "string_pattern_mismatch": ("pattern", ""),
    "letter": ("pattern", "Moet ten minste één letter hebben."),
    "enum": ("enum", "Moet een van deze zijn: {expected}."),
    "literal_error": ("enum", "Moet een van deze zijn: {expected}."),
    "greater_than_equal": ("minimum", "Ten minste {ge:g}."),
    "less_than_equal": ("maximum", "Ten hoogste {le:g}."),
    "int_type": ("type", "Moet een geheel getal zijn."),
    "float_type": ("type", "Moet een getal zijn."),
    "bool_type": ("type", "Moet true of false zijn."),
    "date": ("date", "Moet een bestaande datum zijn, zoals 2026-09-21."),
    "date-time": ("date-time", _A_MOMENT),
    "close-reason": ("enum", "Deze reden past niet bij deze status."),
    "enrolment": ("required", "Noem mboBrin en enrolmentNo, of voSite; niet beide."),
    "link": ("link", "newRef is de studentRef van dit bericht, en oldRef een andere."),
    "list_type": ("type", "Moet een lijst zijn."),
    "site": ("site", "Moet een vestiging van senderOrg zijn."),
    "too_long": ("maximum", "Ten hoogste {max_length}."),
    "model_type": ("type", "Moet een JSON-object zijn."),
}
