"""A cursor says where a list goes on, and nobody else can write one."""

from __future__ import annotations

import pytest

from services.alerts.web.cursors import Cursor, Cursors, list_name
from shared.runtime.problems import Problem

HERE = Cursor("cases", "2026-09-21T04:00:00+00:00", "0b5f", backwards=True)


def test_a_cursor_comes_back_as_it_was() -> None:
    cursors = Cursors("a secret")
    assert cursors.read(cursors.write(HERE), "cases") == HERE


def test_every_process_with_the_secret_can_read_it() -> None:
    assert Cursors("a secret").read(Cursors("a secret").write(HERE), "cases") == HERE


@pytest.mark.parametrize("word", ["", "x", "é", "AAAA", "a" * 500])
def test_what_we_did_not_write_is_refused(word: str) -> None:
    with pytest.raises(Problem) as refused:
        Cursors("a secret").read(word, "cases")
    assert refused.value.status == 400


def test_a_cursor_of_another_secret_or_list_is_refused() -> None:
    word = Cursors("a secret").write(HERE)
    for cursors, of in ((Cursors("another"), "cases"), (Cursors("a secret"), "alerts")):
        with pytest.raises(Problem):
            cursors.read(word, of)


def test_a_changed_letter_is_noticed() -> None:
    word = Cursors("a secret").write(HERE)
    for place in range(len(word)):
        other = word[:place] + ("A" if word[place] != "A" else "B") + word[place + 1 :]
        with pytest.raises(Problem):
            Cursors("a secret").read(other, "cases")


def test_a_list_is_known_by_its_filters_not_by_its_page() -> None:
    pairs = [("code", "A10"), ("status", "RAISED")]
    assert list_name("/alerts", pairs) == list_name("/alerts", [*reversed(pairs), ("limit", "5")])
    assert list_name("/alerts", pairs) != list_name("/alerts", pairs[:1])
    assert list_name("/alerts", pairs) != list_name("/cases", pairs)
