"""A stack ends its own processes, known by a mark, and no other."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from services.stack import processes

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(15, signal.SIG_IGN); print(); time.sleep(60)",
]


def begin(command: list[str], identity: str) -> subprocess.Popen[bytes]:
    environment = os.environ | {processes.MARK: identity}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE)


@pytest.fixture
def theirs() -> Iterator[subprocess.Popen[bytes]]:
    with begin(SLEEP, "theirs") as process:
        yield process
        process.kill()


def test_the_processes_of_another_stack_live_on(theirs: subprocess.Popen[bytes]) -> None:
    with begin(SLEEP, "ours") as ours:
        assert [process.pid for process in processes.marked("ours")] == [ours.pid]
        assert processes.end("ours") == 1
        assert ours.wait(5) is not None
    assert theirs.poll() is None


def test_one_that_does_not_listen_is_killed() -> None:
    with begin(STUBBORN, "ours") as ours:
        assert ours.stdout
        ours.stdout.readline()  # from here on it ignores SIGTERM
        assert processes.end("ours", patience=0.2) == 1
        assert processes.marked("ours") == []


def test_nothing_to_end_is_fine() -> None:
    assert processes.end("nobody") == 0


@pytest.mark.parametrize(
    ("told", "why"),
    [
        (
            ["creating files", "FATAL:  could not extend file: No space left", "removing data"],
            "FATAL:  could not",
        ),
        (["first", "last"], "last"),
        ([], "it did not say why"),
    ],
)
def test_the_line_that_says_why_is_found(told: list[str], why: str) -> None:
    assert processes.reason(told).startswith(why)
