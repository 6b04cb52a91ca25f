"""The strict reader of a CloudEvent: everything that is wrong with it, at once.

Source of the rules: the NL GOV profile for CloudEvents, and what real senders were seen to send
(project decision): `null` attributes count as absent, unknown extensions are dropped, `data_base64` may
stand in for `data`.
"""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import unquote

import msgspec
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from shared.domain.catalogue import BY_TYPE
from shared.domain.event import Arrival, EventKind, Version
from shared.domain.payload import ENVELOPE, read_moment

SOURCE = re.compile(r"urn:nld:(oin:[0-9]{8}[0-9A-Z]{12}|kvknr:[0-9]{8}):systeem:[A-Za-z0-9-]{1,40}")
EVENT_ID = re.compile(r"(?=.*[A-Za-z])[\x21-\x7E]{1,64}")
AHEAD = timedelta(minutes=5)
"""How far a sender's clock may run ahead of ours (project decision)."""

_JSON_TYPE = re.compile(r"application/json(\s*;\s*charset\s*=\s*\"?utf-8\"?)?", re.IGNORECASE)
_DIGITS = re.compile(r"[0-9]{8,9}")


class Fault(msgspec.Struct, frozen=True):
    """One thing that is wrong: where (RFC 6901), a stable code, and in Dutch how to mend it."""

    pointer: str
    code: str
    detail: str


class InvalidEvent(Exception):
    """The input cannot be taken in; `faults` names everything that is wrong with it.

    `code` is `invalid-input` or `bsn-detected`. `event_id` is given only when it may be repeated.
    """

    def __init__(
        self, faults: tuple[Fault, ...], code: str = "invalid-input", event_id: str | None = None
    ) -> None:
        super().__init__(code)
        self.faults = faults
        self.code = code
        self.event_id = event_id


class Checked(msgspec.Struct, frozen=True):
    """An event that may come in: `data` has JSON types, wire names, and no optional field that is absent."""

    event_id: str
    source: str
    kind: EventKind
    time: datetime
    data: dict[str, Any]

    @property
    def student_ref(self) -> str:
        """The pseudonym of the learner."""
        return str(self.data["studentRef"])

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
    known_id = attributes.get("id")
    shown = known_id if isinstance(known_id, str) and _may_be_shown(known_id) else None
    data, misread = _data_of(attributes)
    hidden = {*_personal_numbers(event, ""), *_personal_numbers(data, "/data")}
    if hidden:
        detail = "Lijkt een bsn of onderwijsnummer. Stuur een pseudoniem."
        raise InvalidEvent(
            tuple(Fault(pointer, "bsn-detected", detail) for pointer in sorted(hidden)), "bsn-detected", shown
        )
    faults = list(_attribute_faults(attributes))
    faults += misread
    kind = BY_TYPE.get(attributes["type"]) if isinstance(attributes.get("type"), str) else None
    checked: dict[str, Any] = {}
    if kind is not None and not misread:
        checked, wrong = _payload(kind, data)
        faults += wrong
    if faults or kind is None:
        raise InvalidEvent(tuple(faults), event_id=shown)
    return Checked(attributes["id"], attributes["source"], kind, read_moment(attributes["time"]), checked)


def check_received(checked: Checked, received_at: datetime) -> None:
    """Refuse what says it happened after it arrived. Raises InvalidEvent."""
    if read_moment(checked.data["occurredAt"]) > received_at + AHEAD:
        fault = Fault("/data/occurredAt", "future", "Ligt meer dan 5 minuten in de toekomst.")
        raise InvalidEvent((fault,), event_id=checked.event_id)


def content_hash(checked: Checked) -> bytes:
    """SHA-256 of type and data by value: 4 equals 4.0, the order of keys means nothing."""
    return sha256(
        msgspec.json.encode([checked.kind.wire_type, _by_value(checked.data)], order="sorted")
    ).digest()


def arrival(checked: Checked, received_at: datetime) -> Arrival:
    """The same event on its way to the learner's facts."""
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
        student_ref=data["studentRef"],
        key_version=data["keyVersion"],
        year=data["transitionYear"],
        subject_key=kind.subject_key(data),
        version=version,
    )


def _attribute_faults(attributes: Mapping[str, Any]) -> Iterator[Fault]:
    """What is wrong with the attributes around `data`."""
    for name, detail, fits in _ATTRIBUTES:
        value = attributes.get(name)
        if value is None:
            yield Fault(f"/{name}", "required", "Ontbreekt.")
        elif not isinstance(value, str):
            yield Fault(f"/{name}", "type", "Moet tekst zijn.")
        elif not fits(value):
            yield Fault(f"/{name}", "pattern", detail)
    content_type = attributes.get("datacontenttype")
    if content_type is not None and not (
        isinstance(content_type, str) and _JSON_TYPE.fullmatch(content_type)
    ):
        yield Fault("/datacontenttype", "enum", "Moet application/json zijn.")


def _is_moment(text: str) -> bool:
    try:
        read_moment(text)
    except ValueError:
        return False
    return True


_ATTRIBUTES: tuple[tuple[str, str, Callable[[str], object]], ...] = (
    ("specversion", "Moet 1.0 zijn.", lambda text: text == "1.0"),
    ("id", "1 tot 64 zichtbare ASCII-tekens, met ten minste één letter.", EVENT_ID.fullmatch),
    ("source", "Moet een urn:nld van organisatie en systeem zijn.", SOURCE.fullmatch),
    ("type", "Geen soort bericht dat wij kennen.", BY_TYPE.__contains__),
    ("time", "Moet een tijdstip met tijdzone zijn, zoals 2026-09-21T16:31:00+02:00.", _is_moment),
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
        return msgspec.json.decode(b64decode(attributes["data_base64"], validate=True)), []
    except (NotBase64, TypeError, ValueError, msgspec.MsgspecError):
        return None, [Fault("/data_base64", "pattern", "Moet JSON zijn, in base64.")]


def _payload(kind: EventKind, data: object) -> tuple[dict[str, Any], list[Fault]]:
    """The checked fields, or what is wrong with them."""
    try:
        model = kind.payload.model_validate(data)
    except ValidationError as refused:
        return {}, [_fault_of(error) for error in refused.errors(include_url=False, include_input=False)]
    dumped = model.model_dump(mode="json", by_alias=True, exclude_none=True)
    if str(dumped.get("municipality", "")).startswith("GM"):
        dumped["municipality"] = dumped["municipality"][2:]
    return dumped, []


def _fault_of(error: ErrorDetails) -> Fault:
    """A fault in our words; the library's own never leave this house."""
    pointer = "/data" + "".join(f"/{_escape(str(part))}" for part in error["loc"])
    code, detail = _WORDS.get(error["type"], ("type", "Heeft niet het goede type."))
    context = {name: str(value).replace("' or '", "' of '") for name, value in error.get("ctx", {}).items()}
    return Fault(pointer, code, detail.format_map(context))


_WORDS = {
    "missing": ("required", "Ontbreekt."),
    "extra_forbidden": ("unknown-field", "Dit veld kennen wij niet. Laat het weg."),
    "string_type": ("type", "Moet tekst zijn."),
    "string_pattern_mismatch": ("pattern", "Moet passen op {pattern}."),
    "pattern": ("pattern", "Moet ten minste één letter hebben."),
    "enum": ("enum", "Moet een van deze zijn: {expected}."),
    "greater_than_equal": ("minimum", "Ten minste {ge}."),
    "less_than_equal": ("maximum", "Ten hoogste {le}."),
    "int_type": ("type", "Moet een geheel getal zijn."),
    "int_from_float": ("type", "Moet een geheel getal zijn."),
    "float_type": ("type", "Moet een getal zijn."),
    "bool_type": ("type", "Moet true of false zijn."),
    "date": ("date", "Moet een bestaande datum zijn, zoals 2026-09-21."),
    "date-time": ("date-time", "Moet een tijdstip met tijdzone zijn, zoals 2026-09-21T16:31:00+02:00."),
    "enrolment": ("required", "Noem mboBrin en enrolmentNo, of voSite; niet beide."),
    "model_type": ("type", "Moet een JSON-object zijn."),
}


def _escape(part: str) -> str:
    return part.replace("~", "~0").replace("/", "~1")


def _by_value(value: Any) -> Any:
    """Numbers that are whole as whole numbers, at any depth."""
    if isinstance(value, dict):
        return {key: _by_value(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_by_value(inner) for inner in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _may_be_shown(event_id: str) -> bool:
    return bool(EVENT_ID.fullmatch(event_id)) and not is_personal_number(unquote(event_id))


def _personal_numbers(value: object, pointer: str) -> Iterator[str]:
    """Where a whole value looks like the number of a person; keys count too, and are not repeated."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if is_personal_number(unquote(str(key))):
                yield pointer
            else:
                yield from _personal_numbers(inner, f"{pointer}/{_escape(str(key))}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _personal_numbers(inner, f"{pointer}/{index}")
    elif isinstance(value, str):
        if is_personal_number(unquote(value)):
            yield pointer
    elif isinstance(value, int | float) and not isinstance(value, bool):
        whole = int(value) if isinstance(value, int) or value.is_integer() else None
        if whole is not None and is_personal_number(str(abs(whole))):
            yield pointer


def is_personal_number(text: str) -> bool:
    """Whether this is a BSN (11-test) or an onderwijsnummer: 8 or 9 digits, spaces around them aside.

    Source: the test of the burgerservicenummer (law); numbers of 8 digits have a leading zero.
    """
    digits = text.strip()
    if not _DIGITS.fullmatch(digits):
        return False
    number = [int(digit) for digit in digits.zfill(9)]
    rest = (
        sum(weight * digit for weight, digit in zip(range(9, 1, -1), number, strict=False)) - number[8]
    ) % 11
    return rest == 0 or (digits.startswith("10") and rest == 5)
