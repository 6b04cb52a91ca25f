"""The processes of one stack, known by a mark in their environment.

A pid alone may have been given to another program since; psutil compares the start time as well
before it sends a signal.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence

import psutil

MARK = "SCHOOL_TRANSITIONS_STACK"


def call(command: Sequence[str], environment: Mapping[str, str] | None = None) -> tuple[int, list[str]]:
    """Run a command to its end: its exit status, and the lines it printed, what went wrong last."""
    done = subprocess.run(  # noqa: S603  # every command is spelled out in this package
        command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace"
    )
    return done.returncode, [line for line in (done.stdout + "\n" + done.stderr).splitlines() if line.strip()]


def reason(told: Sequence[str]) -> str:
    """The line that says why a command failed, of the lines it printed."""
    words = ("error", "fatal", "could not", "exception", "no space")
    telling = [line.strip() for line in told if any(word in line.lower() for word in words)]
    return (telling or list(told[-1:]) or ["it did not say why"])[0][:300]


def marked(identity: str) -> list[psutil.Process]:
    """Every living process of this stack."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == identity and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (psutil.Error, OSError):
            continue  # it ended, or it is not ours to look into
    return found


def end(identity: str, patience: float = 10) -> int:
    """End what is left of this stack, first politely; returns how many processes there were."""
    left = marked(identity)
    for process in left:
        _signal(process, kill=False)
    _, stubborn = psutil.wait_procs(left, timeout=patience)
    for process in stubborn:
        _signal(process, kill=True)
    psutil.wait_procs(stubborn, timeout=patience)
    return len(left)


def _signal(process: psutil.Process, *, kill: bool) -> None:
    try:
        process.kill() if kill else process.terminate()
    except psutil.Error:
        return  # it has ended by itself
