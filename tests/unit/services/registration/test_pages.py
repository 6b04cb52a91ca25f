"""Lists in pages: only cursors of ours are taken."""

from __future__ import annotations

import pytest

from services.registration.pages import Cursors
from shared.runtime.problems import Problem


def test_a_cursor_leads_back_to_its_place() -> None:
    cursors = Cursors(b"key")
    assert cursors.read(cursors.write(">99MA")) == ">99MA"


def test_another_process_with_the_same_key_reads_it_too() -> None:
    assert Cursors(b"key").read(Cursors(b"key").write(">99MA")) == ">99MA"


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "99MA",
        "é",
        "=",
        "A" * 200,
        Cursors(b"other").write(">99MA"),
        Cursors(b"key").write(">99MA")[:-2] + "zz",
    ],
)
def test_anything_else_is_refused(cursor: str) -> None:
    with pytest.raises(Problem, match="invalid-input") as fault:
        Cursors(b"key").read(cursor)
    assert fault.value.errors[0]["parameter"] == "cursor"
