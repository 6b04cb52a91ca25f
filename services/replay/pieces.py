"""What a file holds, by its content: the items of one JSON array, one object, or JSON lines.

Whatever the file is called. What is wrong with one item of an array costs that item alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from shared.domain.fault import InvalidEvent
from shared.runtime.parse import read_json

_MARK = re.compile(rb'"[^"\\\n]*+(?:\\.[^"\\\n]*+)*+"?|[][{},]')
"""Text, which ends with its line at the latest, or what stands between values."""

_OPENED_BY = {b"]": b"[", b"}": b"{"}


def values(raw: bytes) -> Iterator[tuple[int, object]]:
    """Each value with its number in the array, or its line; an InvalidEvent for what cannot be read."""
    try:
        whole = read_json(raw)
    except InvalidEvent:
        yield from ((number, _read(piece)) for number, piece in _pieces(raw))
        return
    if isinstance(whole, list):
        yield from enumerate(whole, start=1)
    else:
        yield _begin(raw), whole


def _begin(raw: bytes) -> int:
    """The line on which the first value begins."""
    return 1 + raw[: len(raw) - len(raw.lstrip())].count(b"\n")


def _read(piece: bytes) -> object:
    try:
        return read_json(piece)
    except InvalidEvent as refused:
        return refused


def _pieces(raw: bytes) -> Iterator[tuple[int, bytes]]:
    """Of what is not strict JSON as a whole: the items of an array, the one object, or else the lines."""
    items = _items(raw) if raw.lstrip().startswith(b"[") else None
    if items is not None:
        yield from enumerate(items, start=1)
    elif _is_one(raw):
        yield _begin(raw), raw
    else:
        for number, line in enumerate(raw.splitlines(), start=1):
            if line.strip():
                yield number, line


def _items(raw: bytes) -> list[bytes] | None:
    """The text of each item, good or bad; None when more than one array stands here.

    An array that breaks off ends in a bad item.
    """
    found: list[bytes] = []
    inside: list[bytes] = []
    begin, end, comma = 0, len(raw.rstrip()), -1
    for mark in _MARK.finditer(raw):
        token = mark[0]
        if token == b"{" and comma >= 0 and inside[-1] == b"{":  # an object that was not closed
            found.append(raw[begin:comma])
            begin = comma + 1
            del inside[1:]
        comma = mark.start() if token == b"," else -1
        if token in (b"[", b"{"):
            inside.append(token)
            begin = mark.end() if len(inside) == 1 else begin
        elif token == b"," and len(inside) == 1:
            found.append(raw[begin:comma])
            begin = mark.end()
        elif token == b"]" and mark.end() == end:
            return [*found, raw[begin : mark.start()]]
        elif token == b"]" and len(inside) == 1:
            return None
        elif token in _OPENED_BY:
            _close(inside, _OPENED_BY[token])
    rest = raw[begin:]
    return [*found, rest, b""] if len(inside) == 1 and rest.strip() else [*found, rest]


def _close(inside: list[bytes], opened: bytes) -> None:
    """Leave the innermost part of an item that began so, with what was left open in it."""
    if opened in inside[1:]:
        while inside.pop() != opened:
            pass


def _is_one(raw: bytes) -> bool:
    """Whether a tolerant parser finds one value, as in a story in which a key stands twice."""
    try:
        json.loads(raw)
    except (ValueError, RecursionError):
        return False
    return True
