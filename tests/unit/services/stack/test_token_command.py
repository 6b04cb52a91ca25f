"""`transfers token` says what it needs."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.__main__ import main


def test_a_person_needs_a_role_and_a_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["token", "--user", "noor", "--role", "rmc_desk", "--dir", str(tmp_path)]) == 2
    assert "--region or --org" in capsys.readouterr().err


def test_without_a_stack_there_is_no_token(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["token", "--client", "sis", "--dir", str(tmp_path)]) == 1
    assert "transfers stack up" in capsys.readouterr().err
