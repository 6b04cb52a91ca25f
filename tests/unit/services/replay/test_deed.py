"""Lines of actions: every fault in words of our own, and one moment whatever offset was written."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from services.replay.deed import read_action
from services.replay.lines import Reading
from shared.domain.fault import CODES, Fault, InvalidEvent
from tests.tale import REF, Tale
from tests.unit.services.replay.test_command import AT, INSTITUTIONS, lines, replay, write

Json = dict[str, Any]
USUAL: Json = {
    "at": "2026-04-15T09:00:00+02:00",
    "role": "rmc_desk",
    "region": "38",
    "studentRef": REF,
    "transitionYear": 2026,
    "action": "assign",
}


def faults(value: object) -> list[Fault]:
    with pytest.raises(InvalidEvent) as refused:
        read_action(value)
    return list(refused.value.faults)


def test_every_fault_of_a_line_is_named(tmp_path: Path) -> None:
    wrong = USUAL | {"at": "yesterday", "role": "desk", "transitionYear": "2026", "until": "2026-02-30"}
    wrong |= {"region": 38, "destinatoin": "LEARN_WORK", "a/b": 1, "result": "no"}
    del wrong["action"]
    path = tmp_path / "actions.jsonl"
    path.write_text(json.dumps(USUAL) + "\n" + json.dumps(wrong) + "\n")
    reading = Reading()
    reading.acted(path)
    (rejected,) = reading.rejected
    assert (rejected.file, rejected.line, rejected.code) == ("actions.jsonl", 2, "invalid-input")
    assert {fault.pointer: fault.code for fault in rejected.faults} == {
        "/at": "date-time",
        "/role": "enum",
        "/transitionYear": "type",
        "/action": "required",
        "/region": "type",
        "/result": "enum",
        "/until": "date",
        "/destinatoin": "unknown-field",
        "/a~1b": "unknown-field",
    }
    assert {fault.code for fault in rejected.faults} <= CODES
    for fault in rejected.faults:
        assert fault.detail.startswith(("Moet ", "Ontbreekt.", "Dit veld ")), fault
    assert len(reading.actions) == 1


def test_what_may_be_filled_in_is_named() -> None:
    (fault,) = faults(USUAL | {"role": "desk"})
    assert fault.detail.startswith("Moet een van deze zijn: vo_school, mbo_institution, ")
    assert fault.detail.endswith("partner_client of privacy_officer.")


@pytest.mark.parametrize("value", [5, "assign", None, [USUAL]])
def test_what_is_no_object_is_no_action(value: object) -> None:
    assert faults(value) == [Fault("", "type", "Moet een JSON-object zijn.")]


def test_the_number_of_a_person_is_not_repeated() -> None:
    assert [fault.pointer for fault in faults(USUAL | {"111222333": 1})] == [""]


@pytest.mark.parametrize("at", ["2026-04-15", "2026-04-15T09:00:00", 1776236400, None])
def test_a_moment_has_an_offset(at: object) -> None:
    assert [(fault.pointer, fault.code) for fault in faults(USUAL | {"at": at})] == [("/at", "date-time")]


@pytest.mark.parametrize("at", ["2026-04-15T07:00:00Z", "2026-04-15T09:00:00+02:00"])
def test_a_moment_is_utc_whatever_offset_was_written(at: str) -> None:
    action = read_action(USUAL | {"at": at, "caseId": None, "until": "2026-05-04"})
    assert action.at == datetime(2026, 4, 15, 7, tzinfo=UTC)
    assert action.at.tzinfo is UTC


def test_a_case_has_one_id_whatever_offset_was_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tale = Tale()
    tale.listed("2025-11-03")
    events = write(tmp_path / "a.jsonl", lines(tale))
    people = write(tmp_path / "i.jsonl", INSTITUTIONS)
    found = []
    for at in ("2026-02-03T07:00:00Z", "2026-02-03T09:00:00+02:00"):
        actions = write(tmp_path / "d.jsonl", [USUAL | {"at": at, "action": "open"}])
        words = (events, "--at", AT, "--institutions", people, "--actions", actions)
        status, told = replay(capsys, *words)
        assert (status, told["rejected"]) == (0, [])
        found.append(told["learners"][0]["cases"])
    assert found[0] == found[1]
    assert found[0][0]["openedAt"] == "2026-02-03T07:00:00Z"
