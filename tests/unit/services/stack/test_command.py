"""`transfers stack` ends with a message and a remedy, never with a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.__main__ import main


@pytest.mark.parametrize("action", ["status", "settled"])
def test_a_stack_that_is_not_there(action: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stack", action, "--dir", str(tmp_path)]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert "what helps: start" in told.err


def test_stopping_what_does_not_run_is_no_fault(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stack", "down", "--dir", str(tmp_path)]) == 0
    assert "was not running" in capsys.readouterr().out


def test_a_damaged_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "plan.json").write_text("{")

    for action in ("up", "down"):
        assert main(["stack", action, "--dir", str(tmp_path)]) == 1
        assert "damaged" in capsys.readouterr().err


def test_an_unknown_part_is_wrong_use(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["stack", "up", "--only", "everything", "--dir", str(tmp_path)])
    assert ended.value.code == 2
    assert "infra" in capsys.readouterr().err
