"""Nothing that could be the number of a person comes in, and nothing that others cannot read."""

from __future__ import annotations

import math
from typing import Any

import pytest

from shared.domain.guard import DEEPEST, flaws, is_personal_number, personal_numbers, under

BSN = "111222333"  # synthetic


@pytest.mark.parametrize("text", [BSN, "123456782", "23456784", "023456784", f" {BSN}\n", "101222331"])
def test_a_bsn_or_onderwijsnummer_is_known(text: str) -> None:
    assert is_personal_number(text)


@pytest.mark.parametrize(
    "text", ["", "111222334", "1112223330", "1234567", "E1112223", "99ZZ:00012345", "2026-09-21", "191222301"]
)
def test_other_values_pass(text: str) -> None:
    assert not is_personal_number(text)


@pytest.mark.parametrize(
    ("event", "where"),
    [
        (BSN, ""),
        (int(BSN), ""),
        (-int(BSN), ""),
        (float(BSN), ""),
        ({"data": {"crebo": BSN}}, "/data/crebo"),
        ({"data": {"list": ["a", {"b": [BSN]}]}}, "/data/list/1/b/0"),
        ({"a/b~c": BSN}, "/a~1b~0c"),
        ({"id": "%31%31%31222333"}, "/id"),
        ({"data": {BSN: {"crebo": BSN}}}, "/data"),
        ({"data": {"%31%31%31222333": None}}, "/data"),
    ],
)
def test_it_is_found_wherever_it_stands_and_its_pointer_does_not_repeat_it(event: object, where: str) -> None:
    assert list(personal_numbers(event)) == [where]


@pytest.mark.parametrize(
    "event",
    [
        True,
        None,
        4.5,
        111222333.5,
        math.inf,
        math.nan,
        10**400,
        0,
        {"text": f"bsn {BSN}"},
        {"a": [1, "b", {}]},
    ],
)
def test_only_whole_values_are_judged(event: object) -> None:
    assert list(personal_numbers(event)) == []


def nested(levels: int) -> Any:
    return [nested(levels - 1)] if levels > 1 else []


@pytest.mark.parametrize(
    ("event", "found"),
    [
        ({"a": "x\0"}, ("/a", "text")),
        ({"a": ["\ud800"]}, ("/a/0", "text")),
        ({"a": {"b\0": 1}}, ("/a", "text")),
        ({"a": math.inf}, ("/a", "number")),
        ({"a": math.nan}, ("/a", "number")),
        ({BSN: "\0"}, ("", "text")),
        (nested(DEEPEST + 1), ("", "depth")),
        (nested(150), ("", "depth")),
    ],
)
def test_what_parsers_let_pass_is_found(event: object, found: tuple[str, str]) -> None:
    assert [(fault.pointer, fault.code) for fault in flaws(event)] == [found]


@pytest.mark.parametrize("event", [nested(DEEPEST), {"a": ["é", "😀", 1, 1.5, None, True, 10**400]}])
def test_sound_values_pass(event: object) -> None:
    assert list(flaws(event)) == []


def test_a_pointer_escapes_what_it_must() -> None:
    assert under("/data", "a/b~") == "/data/a~1b~0"
    assert under("/data", BSN) == "/data"
