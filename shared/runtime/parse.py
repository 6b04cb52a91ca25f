"""Bytes to JSON, strictly: what a parser would let pass in silence is refused here."""

from __future__ import annotations

import jiter

from shared.domain.fault import Fault, InvalidEvent


def read_json(raw: bytes) -> object:
    """The value that the bytes hold.

    Raises InvalidEvent for anything but strict UTF-8 JSON: duplicate keys, NaN and the infinities. Text and
    numbers that cannot be kept are judged for each event (`shared.domain.guard`), so that one item does not
    spoil a batch. The parser's own message is never passed on: it repeats the input.
    """
    try:
        return jiter.from_json(raw, catch_duplicate_keys=True, allow_inf_nan=False)
    except ValueError:
        raise InvalidEvent((Fault("", "json", "Moet geldige JSON zijn, zonder dubbele sleutels."),)) from None
