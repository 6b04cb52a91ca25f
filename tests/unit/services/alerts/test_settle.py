"""Reading the topic, and keeping no more learners in memory than there is room for."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from services.alerts import settle, store
from services.alerts.settle import Item, Settle
from services.alerts.store import Held
from shared.domain.facts import Record
from shared.domain.learner import newcomer
from shared.domain.world import World
from shared.runtime.codec import Unreadable, encode_record
from shared.runtime.reference import policies

REF = "LXEWQrcmsEQBYnyp-6wy9chTD7GQPMTbAiWHF5IaSIE"
MOMENT = datetime(2026, 1, 12, 9, tzinfo=UTC)


class Raw(msgspec.Struct):
    """A record as the Kafka client gives it."""

    key: bytes | None = REF.encode()
    value: bytes | None = encode_record(Record(REF, 7))
    headers: Iterable[tuple[str, bytes]] = (("codec", b"2"),)
    topic: str = "transition-states"
    partition: int = 3
    offset: int = 0
    timestamp: int = 0


def a_job(capacity: int = 10) -> Settle:
    return Settle(World(policies=policies()), "https://transfers.example", capacity)


def test_a_record_is_read() -> None:
    assert a_job().decode(Raw(), MOMENT) == Item(REF, Record(REF, 7))


def test_a_record_without_value_says_that_the_learner_was_erased() -> None:
    assert a_job().decode(Raw(value=None), MOMENT) == Item(REF, None)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        pytest.param(Raw(key=None), "no-key", id="no key"),
        pytest.param(Raw(key=b"111222333"), "no-key", id="a key that is no pseudonym"),
        pytest.param(Raw(key=b"\xff" * 43), "no-key", id="a key that is no text"),
        pytest.param(Raw(headers=()), "unknown-codec", id="no codec"),
        pytest.param(Raw(headers=(("codec", b"3"),)), "unknown-codec", id="a newer codec"),
        pytest.param(Raw(value=b"\xc1"), "invalid", id="bytes that mean nothing"),
    ],
)
def test_what_cannot_be_read_says_why(raw: Raw, reason: str) -> None:
    with pytest.raises(Unreadable) as fault:
        a_job().decode(raw, MOMENT)
    assert fault.value.reason == reason


class Rows:
    """In place of the database: every learner is a newcomer, and it is written down who was asked for."""

    def __init__(self) -> None:
        self.asked: list[set[str]] = []

    async def load(self, _conn: Any, refs: set[str]) -> dict[str, Held]:
        self.asked.append(set(refs))
        return {ref: Held(newcomer(ref)) for ref in refs}

    async def load_watches(self, _conn: Any) -> list[Any]:
        return []


async def test_who_was_not_used_for_longest_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = Rows()
    monkeypatch.setattr(store, "load", rows.load)
    monkeypatch.setattr(store, "load_watches", rows.load_watches)
    job, nothing = a_job(capacity=2), object()
    for keys in ({"a"}, {"b"}, {"a"}, {"c"}, {"a"}, {"b"}):
        await job.load(nothing, keys)  # type: ignore[arg-type]
    assert rows.asked == [{"a"}, {"b"}, {"c"}, {"b"}]


async def test_a_partition_that_went_elsewhere_is_read_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = Rows()
    monkeypatch.setattr(store, "load", rows.load)
    monkeypatch.setattr(store, "load_watches", rows.load_watches)
    job, nothing = a_job(), object()
    await job.load(nothing, {"a", "b"})  # type: ignore[arg-type]
    job.fold(3, [], ["a"], [], None)
    job.fold(4, [], ["b"], [], None)
    job.forget({5})
    await job.load(nothing, {"a", "b"})  # type: ignore[arg-type]
    assert rows.asked == [{"a", "b"}, {"a", "b"}], "what was folded and never written is void"


def test_a_defect_is_reported_by_its_place_and_never_by_its_words(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        raise ValueError(REF)
    except ValueError as defect:
        settle.report(defect)
    said = capsys.readouterr().out
    assert "ValueError" in said
    assert "test_settle.py" in said
    assert REF not in said
