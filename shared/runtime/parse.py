"""Bytes to JSON, strictly: what parsers let pass in silence is refused here, before anything looks at it."""

from __future__ import annotations

import math

import jiter

from shared.domain.envelope import Fault, InvalidEvent

DEEPEST = 32
"""How deep an event may be nested (security requirement; deeper input exhausts parsers)."""


def read_json(raw: bytes) -> object:
    """The value that the bytes hold.

    Raises InvalidEvent for anything but strict UTF-8 JSON: duplicate keys, NaN and infinities (also as
    `1e400`), U+0000, lone surrogates, and nesting deeper than 32.
    """
    try:
        value: object = jiter.from_json(raw, catch_duplicate_keys=True, allow_inf_nan=False)
    except ValueError:
        raise InvalidEvent((Fault("", "json", "Moet geldige JSON zijn, zonder dubbele sleutels."),)) from None
    fault = _flaw(value, "", 1)
    if fault is not None:
        raise InvalidEvent((fault,))
    return value


def _flaw(value: object, pointer: str, depth: int) -> Fault | None:
    """The first thing in a parsed value that must not pass."""
    if depth > DEEPEST:
        return Fault("", "depth", f"Ten hoogste {DEEPEST} niveaus diep.")
    if isinstance(value, dict):
        for key, inner in value.items():
            found = _text_flaw(key, pointer) or _flaw(inner, f"{pointer}/{key}", depth + 1)
            if found:
                return found
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            found = _flaw(inner, f"{pointer}/{index}", depth + 1)
            if found:
                return found
    elif isinstance(value, str):
        return _text_flaw(value, pointer)
    elif isinstance(value, float) and not math.isfinite(value):
        return Fault(pointer, "number", "Dit getal is te groot.")
    return None


def _text_flaw(text: str, pointer: str) -> Fault | None:
    if "\0" in text:
        return Fault(pointer, "text", "Mag geen teken U+0000 bevatten.")
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        return Fault(pointer, "text", "Mag geen los surrogaat bevatten.")
    return None
