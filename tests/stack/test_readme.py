"""The README keeps its word: its lines are run as they stand there."""

from __future__ import annotations

import json
import os
import re
import subprocess

import pytest

from services.demo.play import EXTRA
from tests.stack.running import ROOT, Json, Stack

pytestmark = [pytest.mark.stack, pytest.mark.timeout(120)]

POSTED, READ = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)


def shell(stack: Stack, lines: str) -> Json:
    """What lines of the README print, as JSON."""
    done = subprocess.run(
        ["bash", "-euc", lines],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | {"TRANSFERS_STACK_DIR": str(stack.folder)},
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    told: Json = json.loads(done.stdout)
    return told


async def test_an_event_posted_by_hand_stands_in_the_timeline(stack: Stack) -> None:
    stack.add_client("demo", [EXTRA], ["25LT"])
    posted = shell(stack, POSTED)["results"][0]
    assert posted["outcome"] == "accepted"
    await stack.settled()
    learner = shell(stack, POSTED.split("NOW=", 1)[0] + READ)
    assert posted["id"] in {line["eventId"] for line in learner["timeline"]}
    assert learner["years"][0]["state"] == "APPLIED"
