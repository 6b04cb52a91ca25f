"""Bytes to JSON, strictly."""

from __future__ import annotations

import pytest

from shared.domain.fault import InvalidEvent
from shared.runtime.parse import read_json


def test_json_is_read() -> None:
    assert read_json('{"a": [1, 4.5, true, null, "é"]}'.encode()) == {"a": [1, 4.5, True, None, "é"]}
    assert read_json(b"12345678901234567890123") == 12345678901234567890123


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b'{"a":1,"a":2}',
        b'[{"a":{"b":1,"b":1}}]',
        b"NaN",
        b"[-Infinity]",
        b'"\xff"',
        b'"\\ud800"',
        b"\xef\xbb\xbf{}",
        b"[" * 300 + b"]" * 300,
        b"1" * 5000,
        "{}".encode("utf-16"),
    ],
    ids=lambda raw: repr(raw[:12]),
)
def test_anything_else_is_refused_without_repeating_it(raw: bytes) -> None:
    with pytest.raises(InvalidEvent) as caught:
        read_json(raw)
    (fault,) = caught.value.faults
    assert (fault.pointer, fault.code, caught.value.__cause__) == ("", "json", None)
    assert fault.detail == "Moet geldige JSON zijn, zonder dubbele sleutels."
