"""`transfers simulate` writes what `transfers replay` reads; the year of the demo keeps its promises."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from services.__main__ import main

Json = dict[str, Any]
AT = "2026-10-16T17:00:00+02:00"


def simulate(folder: Path, learners: int) -> tuple[Path, Path]:
    events, registered = folder / "year.jsonl", folder / "institutions.jsonl"
    words = ["--learners", str(learners), "--seed", "1", "--out", str(events)]
    assert main(["simulate", "--region", "38", *words, "--institutions-out", str(registered)]) == 0
    return events, registered


def test_the_year_of_the_demo_raises_each_alert_and_leaves_a_desk_with_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    events, registered = simulate(tmp_path, 1200)
    told = capsys.readouterr().out
    assert "2026-04-01" in told
    assert "target" in told
    assert main(["replay", str(events), "--institutions", str(registered), "--at", AT, "--json"]) == 0
    found: Json = json.loads(capsys.readouterr().out)
    assert found["rejected"] == []
    raised = {code: counts["raised"] for code, counts in found["summary"]["alerts"].items()}
    assert raised.keys() == {"A02", "A03", "A07", "A08", "A09", "A10", "A14"}
    assert all(5 <= count <= 120 for count in raised.values())
    cases = [case for one in found["learners"] for case in one["cases"] if "closedAt" not in case]
    assert len(cases) >= 25
    assert {one["region"] for one in found["learners"]} == {"38"}


def test_each_line_says_when_it_was_received(tmp_path: Path) -> None:
    events, _ = simulate(tmp_path, 5)
    lines = [json.loads(line) for line in events.read_text().splitlines()]
    received = [datetime.fromisoformat(line["receivedtime"]) for line in lines]
    assert {at.hour for at in received} == {17}
    assert all(datetime.fromisoformat(line["time"]) < at for line, at in zip(lines, received, strict=True))


def test_the_desk_of_the_region_is_told_with_its_region(tmp_path: Path) -> None:
    _, registered = simulate(tmp_path, 5)
    lines = [json.loads(line) for line in registered.read_text().splitlines()]
    desk = next(line for line in lines if line["org"] == "RMC38")
    assert (desk["role"], desk["region"]) == ("rmc_desk", "38")


def test_an_unknown_region_is_wrong_use(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", "--region", "77", "--out", str(tmp_path / "x")]) == 2
    assert "77" in capsys.readouterr().err
