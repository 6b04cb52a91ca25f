"""The line of a file of actions."""

from __future__ import annotations

import msgspec

from shared.domain.action import Action
from tests.tale import act


def test_a_line_is_read_and_written_in_the_names_of_the_wire() -> None:
    asked = act(
        "2026-09-21", "move", to="AFTERCARE", destination="LEARN_WORK", until="2026-12-01", caseId="c1"
    )
    line = msgspec.json.encode(asked)
    assert b'"caseId":"c1"' in line
    assert b'"alert"' not in line
    assert msgspec.json.decode(line, type=Action) == asked
