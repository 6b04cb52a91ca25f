"""How far a folder has come: kept whole, found again, and begun anew when nothing is known."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from services.demo.played import FILE, LAST, Played, keep, recall
from services.stack.folder import Folder


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_a_new_folder_has_played_nothing(folder: Folder) -> None:
    assert recall(folder) is None


def test_what_was_kept_is_found_again(folder: Folder) -> None:
    played = Played("38", 1200, 1, date(2026, 4, 10), 6000, 5950)
    keep(folder, played)
    assert recall(folder) == played
    assert [one.name for one in folder.path.iterdir()] == [FILE]


def test_a_file_that_is_no_such_thing_counts_as_none(folder: Folder) -> None:
    (folder.path / FILE).write_text('{"region": "38"')
    assert recall(folder) is None


def test_another_seed_region_or_number_is_another_year() -> None:
    played = Played("38", 1200, 1, LAST)
    assert not played.differs(Played("38", 1200, 1))
    assert all(
        played.differs(one) for one in (Played("39", 1200, 1), Played("38", 12, 1), Played("38", 1200, 2))
    )
