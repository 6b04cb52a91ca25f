"""`transfers replay --compare`: what another policy would change, before it is switched on."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.__main__ import main
from shared.domain.ids import handle
from tests.tale import REF, Tale
from tests.unit.services.replay.test_command import AT, INSTITUTIONS, Json, lines, replay, write

A02 = "2026-04-13T04:00:00Z"


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """One learner who did not apply: A02 on 13 April, picked up by nobody."""
    tale = Tale()
    tale.listed("2025-11-03")
    return [
        write(tmp_path / "a.jsonl", lines(tale)),
        "--institutions",
        write(tmp_path / "i.jsonl", INSTITUTIONS),
    ]


def policy(folder: Path, text: str) -> str:
    path = folder / "b.toml"
    path.write_text(f'version = "b"\nvalid_from = 2025-08-01\n{text}\n')
    return str(path)


def compared(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, files: list[str], text: str, at: str = AT
) -> Json:
    _, found = replay(capsys, *files, "--at", at, "--compare", policy(tmp_path, text))
    assert found["policyVersion"] == "2026-1"
    told: Json = found["compare"]
    return told


def test_a_longer_term_moves_an_alert(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], files: list[str]
) -> None:
    told = compared(capsys, tmp_path, files, "grace_wd = 8")
    assert (told["policyVersion"], told["come"], told["go"]) == ("b", [], [])
    (moved,) = told["move"]
    assert (moved["handle"], moved["code"], moved["transitionYear"]) == (handle(REF), "A02", 2026)
    assert (moved["from"]["raisedAt"], moved["to"]["raisedAt"]) == (A02, "2026-04-16T04:00:00Z")
    assert moved["from"]["recipients"] == moved["to"]["recipients"]
    assert told["totals"] == {"A02": {"come": 0, "go": 0, "move": 1}}


def test_an_alert_comes_when_it_would_be_there_by_now(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], files: list[str]
) -> None:
    told = compared(capsys, tmp_path, files, "grace_wd = 2", at="2026-04-10T12:00:00+02:00")
    (come,) = told["come"]
    assert (come["code"], come["raisedAt"], come["severity"], come["level"]) == (
        "A02",
        "2026-04-08T04:00:00Z",
        "MED",
        1,
    )
    assert [one["role"] for one in come["recipients"]] == ["vsv_broker", "vo_school"]


def test_an_alert_goes_with_what_was_done_to_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], files: list[str]
) -> None:
    act = {
        "at": "2026-04-14T09:00:00+02:00",
        "role": "vsv_broker",
        "region": "38",
        "studentRef": REF,
        "transitionYear": 2026,
        "action": "acknowledge",
        "alert": "A02",
    }
    acted = ["--actions", write(tmp_path / "acts.jsonl", [act])]
    other = policy(tmp_path, "[regions.38]\ngrace_wd = 20")
    status, found = replay(capsys, *files, *acted, "--at", AT, "--compare", other)
    assert (status, found["rejected"]) == (0, []), "what was done stays done"
    told = found["compare"]
    assert [one["code"] for one in told["go"]] == ["A02"]
    assert (told["come"], told["move"], told["refused"]) == ([], [], 1)


def test_another_step_moves_the_level(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], files: list[str]
) -> None:
    (moved,) = compared(capsys, tmp_path, files, "escalate_wd = 1")["move"]
    assert (moved["from"]["level"], moved["to"]["level"]) == (2, 3)


def test_the_same_policy_changes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], files: list[str]
) -> None:
    told = compared(capsys, tmp_path, files, "")
    assert told == {"policyVersion": "b", "come": [], "go": [], "move": [], "totals": {}, "refused": 0}
    assert main(["replay", *files, "--at", AT, "--compare", policy(tmp_path, "")]) == 0
    assert "every alert would be the same" in capsys.readouterr().out


def test_people_read_it_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], files: list[str]
) -> None:
    assert main(["replay", *files, "--at", AT, "--compare", policy(tmp_path, "grace_wd = 8")]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert f"{handle(REF)} A02 would move: 2026-04-13 06:00 -> 2026-04-16 06:00" in said
    assert main(["replay", *files, "--at", AT, "--compare", policy(tmp_path, "grace_wd = 20")]) == 0
    assert "A02 would go: 2026-04-13 06:00, MED, level 2" in " ".join(capsys.readouterr().out.split())


def test_many_differences_are_counted_and_the_first_are_listed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], files: list[str]
) -> None:
    crowd = []
    for number in range(60):
        tale = Tale(ref=f"{number:02}".ljust(43, "_"))
        tale.listed("2025-11-03", id=f"e{number}")
        crowd += lines(tale)
    files[0] = write(tmp_path / "many.jsonl", crowd)
    assert main(["replay", *files, "--at", AT, "--compare", policy(tmp_path, "grace_wd = 8")]) == 0
    assert "and 10 more" in capsys.readouterr().out


def test_a_faulty_policy_is_named_with_every_fault(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], files: list[str]
) -> None:
    other = policy(tmp_path, 'grace = 8\nsight_wd = "long"')
    assert main(["replay", *files, "--compare", other]) == 2
    said = capsys.readouterr().err
    assert "b.toml: grace: no such parameter; sight_wd: " in said
