"""What may never come in, wherever it stands: numbers of persons, and text that other systems choke on."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from urllib.parse import unquote

from shared.domain.fault import Fault

DEEPEST = 32
"""How deep an event may be nested (project decision; deeper input exhausts parsers)."""

_DIGITS = re.compile(r"[0-9]{8,9}")
_UNFIT = re.compile("[\0\ud800-\udfff]")
_WEIGHTS = range(9, 1, -1)


def is_personal_number(text: str) -> bool:
    """Whether this is a BSN or an onderwijsnummer: 8 or 9 digits, spaces around them aside.

    Source: the 11-test of the burgerservicenummer (law), a number of 8 digits having a leading zero;
    an onderwijsnummer begins with 10 and leaves 5.
    """
    digits = text.strip()
    if not _DIGITS.fullmatch(digits):
        return False
    number = [int(digit) for digit in digits.zfill(9)]
    weighed = sum(weight * digit for weight, digit in zip(_WEIGHTS, number[:8], strict=True))
    rest = (weighed - number[8]) % 11
    return rest == 0 or (rest == 5 and digits.startswith("10"))


def personal_numbers(value: object, pointer: str = "") -> Iterator[str]:
    """Where a whole value, percent-decoded, looks like the number of a person.

    A key counts too; its pointer is that of the object around it, so that it is not repeated.
    """
    if isinstance(value, dict):
        for key, inner in value.items():
            below = under(pointer, key)
            if below == pointer:
                yield pointer
            else:
                yield from personal_numbers(inner, below)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from personal_numbers(inner, f"{pointer}/{index}")
    elif is_personal_number(_as_text(value)):
        yield pointer


def flaws(value: object, pointer: str = "", depth: int = 1) -> Iterator[Fault]:
    """What parsers let pass: U+0000, lone surrogates, numbers beyond all bounds, nesting deeper than 32."""
    if depth > DEEPEST and isinstance(value, dict | list):
        yield Fault("", "depth", f"Ten hoogste {DEEPEST} niveaus diep.")
    elif isinstance(value, dict):
        for key, inner in value.items():
            if _UNFIT.search(key):
                yield Fault(pointer, "text", _TEXT)
            else:
                yield from flaws(inner, under(pointer, key), depth + 1)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from flaws(inner, f"{pointer}/{index}", depth + 1)
    elif isinstance(value, str):
        if _UNFIT.search(value):
            yield Fault(pointer, "text", _TEXT)
    elif isinstance(value, float) and not math.isfinite(value):
        yield Fault(pointer, "number", "Dit getal is te groot.")


_TEXT = "Mag geen teken U+0000 en geen los surrogaat bevatten."


def under(pointer: str, key: str) -> str:
    """The pointer (RFC 6901) one step deeper; a key that is the number of a person is left out."""
    if is_personal_number(unquote(key)):
        return pointer
    return f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}"


def _as_text(value: object) -> str:
    """A value as the digits that a person would read in it; empty when it holds no number of a person."""
    if isinstance(value, str):
        return unquote(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    whole = 10**7 <= abs(value) < 10**9 and value == int(value)
    return str(abs(int(value))) if whole else ""
