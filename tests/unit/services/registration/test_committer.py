"""One statement for all who wait: nobody waits for his own turn, and no name stands in it twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from services.registration import committer
from services.registration.committer import Group
from shared.runtime.problems import Problem


class Database:
    """Answers in capitals; it works on one statement at a time, and only when it is let."""

    def __init__(self) -> None:
        self.statements: list[list[str]] = []
        self.free = asyncio.Event()
        self.fault: Exception | None = None

    async def work(self, things: Sequence[str]) -> Sequence[str]:
        """One statement."""
        self.statements.append(list(things))
        await self.free.wait()
        if self.fault is not None:
            raise self.fault
        return [thing.upper() for thing in things]


@pytest.fixture
def database() -> Database:
    return Database()


@pytest.fixture
async def group(database: Database) -> AsyncIterator[Group[str, str]]:
    made: Group[str, str] = Group(database.work, lambda thing: thing)
    made.start()
    yield made
    await made.stop()


async def asked(group: Group[str, str], *requests: list[str]) -> list[asyncio.Task[Sequence[str]]]:
    """Requests under way, the first of them already in a statement."""
    tasks = []
    for things in requests:
        tasks.append(asyncio.create_task(_ask(group, things)))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    return tasks


async def _ask(group: Group[str, str], things: list[str]) -> Sequence[str]:
    return await group.ask(things)


async def test_who_comes_while_the_database_is_busy_goes_along_with_the_next(
    group: Group[str, str], database: Database
) -> None:
    tasks = await asked(group, ["a"], ["b", "c"], ["d"])
    database.free.set()
    assert [list(await task) for task in tasks] == [["A"], ["B", "C"], ["D"]]
    assert database.statements == [["a"], ["b", "c", "d"]]


async def test_the_same_name_waits_for_the_statement_after(
    group: Group[str, str], database: Database
) -> None:
    tasks = await asked(group, ["a"], ["b"], ["b", "c"], ["d"])
    database.free.set()
    await asyncio.gather(*tasks)
    assert database.statements == [["a"], ["b", "d"], ["b", "c"]]


async def test_a_statement_has_its_size(
    group: Group[str, str], database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(committer, "MOST", 2)
    tasks = await asked(group, ["a"], ["b"], ["c", "d", "e"], ["f"])
    database.free.set()
    await asyncio.gather(*tasks)
    assert database.statements == [["a"], ["b", "f"], ["c", "d", "e"]]


async def test_when_the_database_is_away_all_of_them_hear_503(
    group: Group[str, str], database: Database
) -> None:
    tasks = await asked(group, ["a"], ["b"])
    database.fault = ConnectionResetError()
    database.free.set()
    for task in tasks:
        with pytest.raises(Problem, match="unavailable"):
            await task


async def test_a_fault_of_ours_is_not_hidden_and_does_not_stop_the_next(
    group: Group[str, str], database: Database
) -> None:
    (task,) = await asked(group, ["a"])
    database.fault = ZeroDivisionError()
    database.free.set()
    with pytest.raises(ZeroDivisionError):
        await task
    database.fault = None
    assert list(await group.ask(["b"])) == ["B"]


async def test_who_gave_up_does_not_hold_up_the_others(group: Group[str, str], database: Database) -> None:
    first, second, third = await asked(group, ["a"], ["b"], ["c"])
    second.cancel()
    database.free.set()
    assert list(await first) == ["A"]
    assert list(await third) == ["C"]
