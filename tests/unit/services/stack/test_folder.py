"""The folder of a stack keeps its secrets to itself, and says so when it is damaged."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from services.stack.fault import StackFault
from services.stack.folder import Folder, Plan, running

PLAN = Plan("a" * 32, "kafka", "Acluster", {"postgres": 23456})


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder(tmp_path / "stack")
    made.prepare()
    return made


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_only_the_owner_may_enter(folder: Folder) -> None:
    assert {mode(path) for path in (folder.path, folder.secrets, folder.logs, folder.data)} == {0o700}


def test_a_secret_is_made_once_and_readable_by_the_owner_alone(folder: Folder) -> None:
    secret = folder.secret("placement")

    assert folder.secret("placement") == secret
    assert folder.secret("registration") != secret
    assert mode(folder.secrets / "placement") == 0o600


def test_the_address_of_the_database_names_a_file_and_holds_no_password(folder: Folder) -> None:
    url = folder.database_url(23456, "placement")

    assert folder.secret("placement") not in url
    passwords = folder.secrets / "placement.pgpass"
    assert url == f"postgresql://placement@127.0.0.1:23456/transfers?passfile={passwords}"
    assert folder.secret("placement") in passwords.read_text()
    assert mode(passwords) == 0o600


def test_what_was_chosen_is_kept(folder: Folder) -> None:
    assert folder.plan() is None
    folder.keep_plan(PLAN)
    assert Folder(folder.path).plan() == PLAN


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"identity": "x"}'])
def test_a_damaged_folder_is_reported_with_a_remedy(folder: Folder, damage: str) -> None:
    (folder.path / "plan.json").write_text(damage)

    with pytest.raises(StackFault, match=r"damaged\n  what helps: remove"):
        folder.plan()


def test_a_name_that_a_configuration_file_cannot_take_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StackFault, match="choose another folder"):
        Folder(tmp_path / "a;b").prepare()


def test_a_file_in_the_way_is_reported(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")

    with pytest.raises(StackFault, match="cannot make the folder"):
        Folder(tmp_path / "taken").prepare()


def test_a_command_for_a_stack_that_never_started_says_how_to_start_it(tmp_path: Path) -> None:
    with pytest.raises(StackFault, match="transfers stack up"):
        running(tmp_path)
