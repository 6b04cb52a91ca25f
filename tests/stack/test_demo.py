"""The demo's path on the broker that needs neither Java nor Maven: a whole year, small, start to stop."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.stack.running import Stack

pytestmark = [pytest.mark.stack, pytest.mark.timeout(400)]


def test_a_small_year_is_played_on_the_small_broker(tmp_path: Path) -> None:
    stack = Stack(tmp_path / "stack")
    try:
        told = stack.run(
            "demo", "--broker", "tansu", "--learners", "60", "--exit-when-done", "--json", seconds=380
        )
        totals = json.loads(told.splitlines()[-1])
        assert totals["events"] > 500
        assert sum(totals["states"].values()) == 60
        assert totals["alertsOpen"]
        assert totals["casesOpen"] > 0
        assert not (stack.folder / "stack.json").exists() or "not running" in stack.run("stack", "down")
    finally:
        stack.down()
