"""`transfers simulate` writes what `transfers replay` reads; the year of the demo keeps its promises."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from services.__main__ import main
from services.simulate.region import read

Json = dict[str, Any]
AT = "2026-10-16T17:00:01+02:00"


def simulate(folder: Path, learners: int) -> tuple[Path, Path]:
    events, registered = folder / "year.jsonl", folder / "institutions.jsonl"
    words = ["--learners", str(learners), "--seed", "1", "--out", str(events)]
    assert main(["simulate", "--region", "38", *words, "--institutions-out", str(registered)]) == 0
    return events, registered


def lines_of(path: Path) -> list[Json]:
    return [json.loads(line) for line in path.read_text().splitlines()]


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
    everybody = {f"A{number:02}" for number in range(1, 21)}
    assert raised.keys() == everybody - {"A01", "A19"}
    assert all(1 <= count <= 120 for count in raised.values())
    assert {alert["code"] for one in found["institutions"] for alert in one["alerts"]} == {"A01", "A19"}
    partner = read("38").unseen[0].org
    silent = next(one["alerts"] for one in found["institutions"] if one["org"] == partner)
    assert any("2026-04" <= alert["raisedAt"] < "2026-05" for alert in silent)
    cases = [case for one in found["learners"] for case in one["cases"] if "closedAt" not in case]
    assert len(cases) >= 25
    there = [one["region"] for one in found["learners"]]
    assert 0.98 < there.count("38") / len(there) < 1


def test_each_line_says_when_it_was_received(tmp_path: Path) -> None:
    events, _ = simulate(tmp_path, 5)
    lines = lines_of(events)
    received = [datetime.fromisoformat(line["receivedtime"]) for line in lines]
    assert {at.hour for at in received} == {17}
    assert received == sorted(set(received))
    assert all(datetime.fromisoformat(line["time"]) < at for line, at in zip(lines, received, strict=True))


def test_the_same_seed_writes_the_same_bytes(tmp_path: Path) -> None:
    files = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        files.append(simulate(tmp_path / name, 30)[0].read_bytes())
    assert files[0] == files[1]


def test_what_came_out_stands_beside_the_target(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    simulate(tmp_path, 60)
    told = capsys.readouterr().out
    for word in (
        "2026-06-01",
        "target",
        "corrected",
        "sent twice",
        "late",
        "out of region",
        "pro, vso and isk",
    ):
        assert word in told
    assert "[" not in told.splitlines()[-1]


def test_a_year_can_be_told_up_to_another_day_and_with_fewer_absences(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["simulate", "--learners", "20", "--out", str(tmp_path / "year.jsonl")]
    assert main([*words, "--until", "2026-05-01", "--absences", "0"]) == 0
    told = capsys.readouterr().out
    assert "2026-04-01" in told
    assert "2026-09-20" not in told
    lines = [json.loads(line) for line in (tmp_path / "year.jsonl").read_text().splitlines()]
    assert max(line["receivedtime"][:10] for line in lines) <= "2026-05-01"
    assert main([*words, "--until", "2027-02-26"]) == 0
    days = [
        json.loads(line)["data"].get("date", "")
        for line in (tmp_path / "year.jsonl").read_text().splitlines()
    ]
    assert max(days) > "2027-02-20"
    assert not [
        day for day in days if "2026-10-19" <= day <= "2026-10-23" or "2026-12-21" <= day <= "2027-01-01"
    ]


def test_the_desk_of_the_region_is_told_with_its_region(tmp_path: Path) -> None:
    _, registered = simulate(tmp_path, 5)
    lines = lines_of(registered)
    desk = next(line for line in lines if line["org"] == "RMC38")
    assert (desk["role"], desk["region"]) == ("rmc_desk", "38")


def test_an_unknown_region_is_wrong_use(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", "--region", "77", "--out", str(tmp_path / "x")]) == 2
    assert "77" in capsys.readouterr().err
