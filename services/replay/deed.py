"""A line of actions, read strictly: everything that is wrong with it at once, in words of our own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from enum import StrEnum
from types import NoneType
from typing import Any, get_args

import msgspec

from shared.domain.action import Action
from shared.domain.fault import Fault, InvalidEvent
from shared.domain.guard import under
from shared.domain.payload import read_moment

_FIELDS = {field.encode_name: field for field in msgspec.structs.fields(Action)}

_WORDS: dict[type, tuple[str, str]] = {
    str: ("type", "Moet tekst zijn."),
    int: ("type", "Moet een geheel getal zijn."),
    date: ("date", "Moet een bestaande datum zijn, zoals 2026-09-21."),
    datetime: ("date-time", "Moet een tijdstip met tijdzone zijn, zoals 2026-09-21T16:31:00+02:00."),
}


def read_action(value: object) -> Action:
    """The action, its moment in UTC whatever offset was written. Raises InvalidEvent with every fault."""
    if not isinstance(value, dict):
        raise InvalidEvent((Fault("", "type", "Moet een JSON-object zijn."),))
    faults = tuple(_faults(value))
    if faults:
        raise InvalidEvent(faults)
    return msgspec.convert(value | {"at": read_moment(value["at"])}, Action)


def _faults(told: dict[str, Any]) -> Iterator[Fault]:
    for name, field in _FIELDS.items():
        if name not in told:
            if field.required:
                yield Fault(f"/{name}", "required", "Ontbreekt.")
        elif not _fits(told[name], field.type):
            yield Fault(f"/{name}", *_words(field.type))
    for name in told:
        if name not in _FIELDS:
            yield Fault(under("", name), "unknown-field", "Dit veld kennen wij niet. Laat het weg.")


def _fits(value: object, wanted: Any) -> bool:
    try:
        if wanted is datetime:
            read_moment(msgspec.convert(value, str))
        else:
            msgspec.convert(value, wanted)
    except ValueError:
        return False
    return True


def _words(wanted: Any) -> tuple[str, str]:
    """The code of a value of another type, and how to mend it."""
    (kind,) = {*(get_args(wanted) or (wanted,))} - {NoneType}
    if issubclass(kind, StrEnum):
        *others, last = kind
        return "enum", f"Moet een van deze zijn: {', '.join(others)} of {last}."
    return _WORDS[kind]
