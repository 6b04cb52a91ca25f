"""What a file holds is told by its content; one bad item of an array costs that item alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from services.replay.lines import Reading
from services.replay.pieces import values
from shared.domain.fault import InvalidEvent
from tests.tale import REF, Tale
from tests.unit.services.replay.test_command import Json, lines


@pytest.fixture
def events() -> list[Json]:
    tale = Tale()
    tale.listed("2025-11-03")
    tale.applied("2026-03-02", "RECEIVED")
    tale.applied("2026-03-09", "INTAKE_DONE")
    return lines(tale)


def read(path: Path, text: str) -> Reading:
    path.write_text(text)
    reading = Reading()
    list(reading.events(path))
    return reading


def good(raw: bytes) -> list[tuple[int, object]]:
    return [(number, value) for number, value in values(raw) if not isinstance(value, InvalidEvent)]


def bad(raw: bytes) -> list[int]:
    return [number for number, value in values(raw) if isinstance(value, InvalidEvent)]


@pytest.mark.parametrize("name", ["events.jsonl", "events.ndjson", "events.json", "events"])
@pytest.mark.parametrize("indent", [None, 2])
def test_an_array_is_read_whatever_the_file_is_called(
    tmp_path: Path, events: list[Json], name: str, indent: int | None
) -> None:
    reading = read(tmp_path / name, json.dumps(events, indent=indent))
    assert len(reading.arrivals[REF]) == 3
    assert reading.rejected == []


@pytest.mark.parametrize("name", ["events.jsonl", "events.json", "events"])
def test_so_are_lines_and_stories(tmp_path: Path, events: list[Json], name: str) -> None:
    told = read(tmp_path / name, "\n" + "\n".join(map(json.dumps, events)))
    assert (len(told.arrivals[REF]), told.rejected) == (3, [])
    story = {"events": [{"at": one["receivedtime"], "post": one} for one in events]}
    told = read(tmp_path / name, json.dumps(story, indent=2))
    assert (len(told.arrivals[REF]), told.rejected) == (3, [])


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_key_that_stands_twice_costs_its_item_alone(
    tmp_path: Path, events: list[Json], indent: int | None, number: int
) -> None:
    texts = [json.dumps(one, indent=indent) for one in events]
    texts[number - 1] = texts[number - 1].replace("{", '{"id": "twice",', 1)
    reading = read(tmp_path / "events.jsonl", f"[{', '.join(texts)}]\n")
    assert len(reading.arrivals[REF]) == 2
    (rejected,) = reading.rejected
    assert (rejected.file, rejected.line, rejected.code) == ("events.jsonl", number, "invalid-input")
    assert [fault.code for fault in rejected.faults] == ["json"]


@pytest.mark.parametrize(
    "item",
    [
        b'{"a": 1, "a": 2}',
        b'{"a": NaN}',
        b"{'a': 1}",
        b'{"a": "\xff"}',
        b'{"a": nonsense}',
        b'{"a": 1,}',
        b'{"a": 1}}',
        b'{"a": 1]}',
        b'{"a": [1}',
        b'{"a": 1',
        b'{"a": {"b": 1',
        b'{"a": "not closed}\n',
        b"",
        b"[" * 300 + b"]" * 300,
    ],
)
def test_whatever_is_wrong_with_an_item_the_others_are_found(item: bytes) -> None:
    first, last = {"text": 'a ] } , " \\ [ { é'}, {"last": [1, {"b": []}]}
    raw = b"[" + json.dumps(first).encode() + b",\n" + item + b", " + json.dumps(last).encode() + b"]"
    assert good(raw) == [(1, first), (3, last)]
    assert bad(raw) == [2]


@pytest.mark.parametrize("end", ["", ",", ', {"b": [1, {"c": 2}', ', {"b": [1]'])
def test_an_array_that_breaks_off_is_told(end: str) -> None:
    raw = b'[{"a": 1}' + end.encode()
    assert good(raw) == [(1, {"a": 1})]
    assert bad(raw) == [2]


def test_two_arrays_below_each_other_are_lines() -> None:
    assert list(values(b'[1, 2]\n[{"a": 3}]\n')) == [(1, [1, 2]), (2, [{"a": 3}])]


def test_a_faulty_line_is_named_by_its_line() -> None:
    raw = b'\n{"a": 1, "a": 2}\n\n{"b": 1}\nnonsense\n'
    assert (good(raw), bad(raw)) == ([(4, {"b": 1})], [2, 5])
    assert list(values(b"")) == []
    assert list(values(b"[]")) == []


def test_one_object_is_named_once_however_many_lines_it_takes() -> None:
    assert bad(b'\n{\n"events": [],\n"events": []\n}\n') == [2]
    assert good(b'\n{\n"events": []\n}\n') == [(2, {"events": []})]


def test_much_that_is_never_closed_is_read_in_one_go() -> None:
    assert bad(b"[" + b'"\\' * 200_000)[0] == 1
    assert bad(b"[" + b'{"a":' * 50_000) == [1]
