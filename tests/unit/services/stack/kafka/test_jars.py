"""Kafka's jars are fetched whole or not at all, and what is missing is named."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from services.stack.fault import StackFault
from services.stack.kafka import jars

Calls = list[Sequence[str]]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache that is still empty."""
    empty = tmp_path / "cache" / "kafka"
    monkeypatch.setattr(jars, "_places", lambda: [empty])
    return empty


def maven(monkeypatch: pytest.MonkeyPatch, answer: Callable[[Path], tuple[int, list[str]]]) -> Calls:
    """Stand in for Maven; `answer` gets the folder where the jars should go."""
    calls: Calls = []

    def call(command: Sequence[str], environment: Mapping[str, str] | None = None) -> tuple[int, list[str]]:
        calls.append(command)
        return answer(Path(command[-1].removeprefix("-DoutputDirectory=")))

    monkeypatch.setattr(jars, "call", call)
    return calls


def fetched(folder: Path) -> tuple[int, list[str]]:
    (folder / "kafka.jar").write_text("jar")
    return 0, []


def test_they_are_fetched_once(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = maven(monkeypatch, fetched)

    assert jars.fetch() == jars.fetch() == place
    assert [path.name for path in place.iterdir()] == ["kafka.jar"]
    assert len(calls) == 1


def test_a_failed_download_leaves_nothing_behind(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(folder: Path) -> tuple[int, list[str]]:
        (folder / "half.jar").write_text("ja")
        return 1, ["[ERROR] Could not transfer artifact: Connection refused", "[ERROR] more"]

    maven(monkeypatch, broken)

    with pytest.raises(StackFault, match=r"Connection refused\n  what helps: check the connection"):
        jars.fetch()
    assert [path.name for path in place.parent.iterdir()] == ["kafka.lock"]
    assert jars.cached() is None


def test_what_is_fetched_already_needs_no_maven(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place.mkdir(parents=True)
    monkeypatch.setattr(jars, "java", lambda: "java")
    monkeypatch.setattr(shutil, "which", lambda _: None)

    assert jars.missing() is None


def test_a_missing_part_is_named(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert jars.missing() == "Java 17 or newer"

    monkeypatch.setattr(jars, "java", lambda: "java")
    assert jars.missing() == "Maven, which fetches Kafka"


@pytest.mark.parametrize(
    ("told", "good"),
    [
        ('openjdk version "17.0.15"', True),
        ('java version "1.8.0_392"', False),
        ('openjdk version "21" x', True),
    ],
)
def test_java_must_be_new_enough(told: str, good: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: "/usr/bin/java")
    monkeypatch.setattr(jars, "call", lambda _: (0, [told]))

    assert (jars.java() is not None) == good
