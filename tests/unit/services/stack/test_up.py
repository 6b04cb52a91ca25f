"""A stack that could not be started leaves no choice behind that the next start would be bound to."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from services.stack import ports, processes, programs
from services.stack.fault import StackFault
from services.stack.folder import Folder, Plan
from services.stack.kafka import jars
from services.stack.supervisor import Program
from services.stack.up import Wishes, down, up


class Listener:
    """Keeps what `up` tells the person who waits."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def progress(self, text: str) -> None:
        pass

    def note(self, text: str) -> None:
        self.notes.append(text)


@pytest.fixture
def voice() -> Listener:
    return Listener()


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "stack")


@pytest.fixture
def prepared(monkeypatch: pytest.MonkeyPatch) -> list[Plan]:
    """The plans that `up` set out to carry out; none of them can be."""
    tried: list[Plan] = []

    def infrastructure(_: Folder, plan: Plan) -> Sequence[Program]:
        tried.append(plan)
        raise StackFault("the disk is full", "free some space")

    monkeypatch.setattr(programs, "infrastructure", infrastructure)
    return tried


def lacks(monkeypatch: pytest.MonkeyPatch, what: str | None) -> None:
    monkeypatch.setattr(jars, "missing", lambda: what)


def test_kafka_that_cannot_run_here_is_refused_and_the_next_start_takes_tansu(
    folder: Folder, voice: Listener, prepared: list[Plan], monkeypatch: pytest.MonkeyPatch
) -> None:
    lacks(monkeypatch, "Java 17 or newer")
    with pytest.raises(StackFault, match="Apache Kafka needs Java 17 or newer"):
        up(folder, Wishes(broker="kafka"), voice)
    assert (folder.plan(), prepared, voice.notes) == (None, [], [])

    with pytest.raises(StackFault, match="the disk is full"):
        up(folder, Wishes(), voice)
    assert [plan.broker for plan in prepared] == ["tansu"]
    assert "Java 17 or newer is missing" in voice.notes[0]


def test_a_choice_that_could_not_be_prepared_is_free_again(
    folder: Folder, voice: Listener, prepared: list[Plan], monkeypatch: pytest.MonkeyPatch
) -> None:
    lacks(monkeypatch, None)
    for broker in (None, "tansu"):
        with pytest.raises(StackFault, match="the disk is full"):
            up(folder, Wishes(broker=broker), voice)
        assert folder.plan() is None
    assert [plan.broker for plan in prepared] == ["kafka", "tansu"]


def test_a_choice_that_was_kept_still_binds(folder: Folder, voice: Listener) -> None:
    folder.prepare()
    folder.keep_plan(Plan("mark", "kafka", "Acluster", {}))
    with pytest.raises(StackFault, match="runs on kafka"):
        up(folder, Wishes(broker="tansu"), voice)


def test_down_waits_for_a_first_start_that_has_not_kept_its_plan_yet(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[str] = []

    def end(identity: str) -> int:
        ended.append(identity)
        return 1

    monkeypatch.setattr(processes, "end", end)
    folder.prepare()
    with ThreadPoolExecutor() as elsewhere:
        with folder.lock():
            asked = elsewhere.submit(down, folder)
            with pytest.raises(TimeoutError):
                asked.result(timeout=0.2)
            folder.keep_plan(Plan("mark", "tansu", "Acluster", ports.choose(["supervisor"])))
        assert asked.result(timeout=10)
    assert ended == ["mark"]


def test_down_leaves_a_folder_without_a_stack_as_it_is(tmp_path: Path) -> None:
    assert not down(Folder(tmp_path))
    assert list(tmp_path.iterdir()) == []
