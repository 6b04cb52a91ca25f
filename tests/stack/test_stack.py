"""The embedded stack itself: it stands beside others, gets up again, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import psutil
import pytest

from services.stack import processes
from services.stack.folder import Folder
from tests.stack.running import CommandFailed, Stack

pytestmark = [pytest.mark.stack, pytest.mark.timeout(180)]

NAMES = "ab"


@pytest.fixture(scope="module")
def pair() -> Iterator[list[Stack]]:
    """Two stacks without services, at the same time."""
    stacks = [Stack(Path(tempfile.mkdtemp(prefix=f"stack-{name}-"))) for name in NAMES]
    try:
        for stack in stacks:
            stack.up("--only", "infra", "--broker", "kafka")
        yield stacks
    finally:
        for stack in stacks:
            stack.down()


@pytest.fixture
def alone(pair: list[Stack]) -> Stack:
    """The first of them."""
    return pair[0]


def status(stack: Stack) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(stack.run("stack", "status", "--json"))
    return found


def identity(stack: Stack) -> str:
    plan = Folder(stack.folder).plan()
    assert plan is not None
    return plan.identity


def eventually(true: Callable[[], bool], seconds: float = 20) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.1)
    return False


async def remember(stack: Stack, word: str) -> None:
    connection = await asyncpg.connect(stack.database)
    try:
        await connection.execute("CREATE TABLE IF NOT EXISTS memory (word text)")
        await connection.execute("INSERT INTO memory VALUES ($1)", word)
    finally:
        await connection.close()


async def remembered(stack: Stack) -> list[str]:
    connection = await asyncpg.connect(stack.database)
    try:
        return [row["word"] for row in await connection.fetch("SELECT word FROM memory ORDER BY word")]
    finally:
        await connection.close()


def test_two_stacks_stand_side_by_side(pair: list[Stack]) -> None:
    told = [status(stack) for stack in pair]

    assert told[0]["kafka"] != told[1]["kafka"]
    assert told[0]["postgres"] != told[1]["postgres"]
    assert {word for one in told for word in one["processes"]} == {"kafka", "postgres"}
    assert not {*told[0]["processes"].values()} & {*told[1]["processes"].values()}


def test_starting_what_runs_already_says_so(alone: Stack) -> None:
    before = status(alone)["processes"]

    assert "was running already" in alone.run("stack", "up", "--only", "infra")
    assert status(alone)["processes"] == before


async def test_the_database_is_durable_and_checked(alone: Stack) -> None:
    connection = await asyncpg.connect(alone.database)
    try:
        shown = {
            name: await connection.fetchval(f"SHOW {name}")
            for name in ("fsync", "data_checksums", "password_encryption", "listen_addresses")
        }
    finally:
        await connection.close()

    assert shown == {
        "fsync": "on",
        "data_checksums": "on",
        "password_encryption": "scram-sha-256",
        "listen_addresses": "127.0.0.1",
    }


async def test_nobody_gets_in_without_the_password(alone: Stack) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(alone.database.split("?")[0], password="guess")


async def test_every_partition_has_its_row(alone: Stack) -> None:
    connection = await asyncpg.connect(alone.database)
    try:
        for schema in ("placement", "alerts"):
            rows = await connection.fetch(
                f"SELECT part, next_offset, cluster FROM {schema}.stream_offset ORDER BY part"  # noqa: S608
            )
            assert [(row["part"], row["next_offset"]) for row in rows] == [(part, 0) for part in range(12)]
            assert len({row["cluster"] for row in rows}) == 1
    finally:
        await connection.close()


@pytest.mark.parametrize("program", ["postgres", "kafka"])
def test_what_is_killed_comes_back(alone: Stack, program: str) -> None:
    killed = status(alone)["processes"][program]
    os.kill(killed, signal.SIGKILL)

    assert eventually(lambda: status_or_nothing(alone).get(program, killed) != killed)


def status_or_nothing(stack: Stack) -> dict[str, int]:
    try:
        found: dict[str, int] = status(stack)["processes"]
    except CommandFailed:
        return {}
    return found


async def test_it_gets_up_after_everything_was_killed(alone: Stack) -> None:
    assert eventually(lambda: len(status_or_nothing(alone)) == 2)
    await remember(alone, "kept")
    for process in sorted(
        processes.marked(identity(alone)), key=lambda one: "supervisord" not in str(one.cmdline())
    ):
        process.kill()

    alone.up("--only", "infra")

    assert await remembered(alone) == ["kept"]


def test_orphans_of_a_killed_supervisor_are_ended_first(alone: Stack) -> None:
    before = status(alone)["processes"]
    os.kill(int((alone.folder / "supervisord.pid").read_text()), signal.SIGKILL)

    alone.up("--only", "infra")

    after = status(alone)["processes"]
    assert not {*before.values()} & {*after.values()}
    assert not any(psutil.pid_exists(pid) for pid in before.values())


def test_a_taken_port_is_named_with_the_remedy(pair: list[Stack]) -> None:
    stack = pair[1]
    port = json.loads((stack.folder / "plan.json").read_text())["ports"]["postgres"]
    stack.run("stack", "down")

    with socket.create_server(("127.0.0.1", port)):
        with pytest.raises(CommandFailed, match=f"port {port}, which this stack uses for postgres, is taken"):
            stack.up("--only", "infra")
        stack.up("--only", "infra", "--new-ports")

    assert str(port) not in status(stack)["postgres"]


def test_no_command_line_shows_a_secret(alone: Stack) -> None:
    secrets = {path.read_text() for path in Folder(alone.folder).secrets.iterdir()}
    lines = [" ".join(process.cmdline()) for process in processes.marked(identity(alone))]

    assert lines
    assert not [line for line in lines if any(secret in line for secret in secrets)]


def test_down_leaves_nothing_behind_and_touches_nobody_else(pair: list[Stack], tmp_path: Path) -> None:
    """Here in a folder with a name too long for a socket, and on the broker for machines without Java."""
    others = status(pair[1])["processes"]
    stack = Stack(tmp_path / ("long-" * 20) / ("name-" * 20))
    stack.up("--only", "infra", "--broker", "tansu")
    mark = identity(stack)
    assert set(status(stack)["processes"]) == {"postgres", "tansu"}
    assert processes.marked(mark)

    stack.run("stack", "down")

    assert processes.marked(mark) == []
    assert status(pair[1])["processes"] == others
    assert "was not running" in stack.run("stack", "down")
