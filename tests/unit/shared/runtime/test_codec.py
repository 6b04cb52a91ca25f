"""Bytes and values: what goes out comes back equal, and what cannot be read says why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from shared.domain.catalogue import KINDS
from shared.domain.codes import Role
from shared.domain.envelope import arrival, check
from shared.domain.facts import Record, merge
from shared.domain.world import Institution
from shared.runtime import codec
from shared.runtime.codec import Mark, Outgoing, Unreadable

RECEIVED = datetime(2025, 10, 1, 7, 30, 0, 123456, tzinfo=UTC)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
SOURCE = "urn:nld:oin:00000099000000001000:systeem:sis-voorbeeld"


@dataclass
class Given:
    """A record as Kafka brings it."""

    key: bytes | None
    value: bytes | None
    headers: Iterable[tuple[str, bytes]]
    topic: str = "transfer-events"
    partition: int = 0
    offset: int = 7
    timestamp: int = 0


def given(message: Outgoing, **changes: Any) -> Given:
    """The record that this message becomes, with changes."""
    return Given(**({"key": message.key, "value": message.value, "headers": message.headers} | changes))


def listed() -> Any:
    """A checked event."""
    kind = KINDS["vo.learner.listed"]
    return check(
        {
            "specversion": "1.0",
            "id": "c0a8012e-7b1c-4c3e-8f5b-0d9e8f7a6b5c",
            "source": SOURCE,
            "type": kind.wire_type,
            "time": "2025-10-01T09:29:00+02:00",
            "data": dict(kind.example),
        }
    )


@pytest.mark.parametrize("name", sorted(name for name, kind in KINDS.items() if kind.of_learner))
def test_an_event_of_every_kind_comes_back_as_the_door_saw_it(name: str) -> None:
    event = {
        "specversion": "1.0",
        "id": "an-event",
        "source": SOURCE,
        "type": KINDS[name].wire_type,
        "time": "2025-10-01T09:29:00.5+02:00",
        "data": dict(KINDS[name].example),
    }
    checked = check(event)
    message = codec.event_message(checked, RECEIVED)
    assert codec.read_arrival(given(message), LONG_AGO) == arrival(checked, RECEIVED)


def test_an_event_counts_from_its_receipt_but_not_before_what_is_known() -> None:
    message = codec.event_message(listed(), RECEIVED)
    later = RECEIVED + timedelta(seconds=3)
    assert codec.read_arrival(given(message), later).version.received_at == later


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"key": None}, "no-key"),
        ({"key": b""}, "no-key"),
        ({"value": None}, "no-value"),
        ({"headers": ()}, "not-cloudevents"),
        ({"value": b"\xff{"}, "not-json"),
        ({"value": b"[1]"}, "invalid"),
        ({"value": b"{}"}, "invalid"),
        ({"key": b"somebody else"}, "invalid"),
    ],
)
def test_what_cannot_be_read_says_why(changes: dict[str, Any], reason: str) -> None:
    message = codec.event_message(listed(), RECEIVED)
    with pytest.raises(Unreadable) as told:
        codec.read_arrival(given(message, **changes), LONG_AGO)
    assert told.value.reason == reason
    assert reason in Unreadable.REASONS


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("ce_type", b"nl.school-transitions.nothing.v1", "unknown-type"),
        ("ce_time", b"yesterday", "not-cloudevents"),
        ("ce_receivedtime", b"2025-10-01T09:29:00", "not-cloudevents"),
        ("ce_id", b"\xff", "not-cloudevents"),
    ],
)
def test_a_wrong_header_says_why(name: str, value: bytes, reason: str) -> None:
    message = codec.event_message(listed(), RECEIVED)
    headers = {**dict(message.headers), name: value}
    with pytest.raises(Unreadable) as told:
        codec.read_arrival(given(message, headers=headers.items()), LONG_AGO)
    assert told.value.reason == reason


def test_moments_cross_the_wire_in_utc() -> None:
    amsterdam = RECEIVED.astimezone(timezone(timedelta(hours=2)))
    assert codec.text(amsterdam) == "2025-10-01T07:30:00.123456Z"
    assert codec.moment(codec.text(amsterdam).encode()) == RECEIVED


def test_barriers_and_watermarks_are_marks_and_nothing_else_is() -> None:
    barrier = codec.barrier("transfer-events", 3, RECEIVED)
    assert codec.read_mark(given(barrier)) == Mark(RECEIVED, RECEIVED)
    for mark in (Mark(RECEIVED), Mark(RECEIVED, LONG_AGO)):
        assert codec.read_mark(given(codec.marker("transition-states", 3, mark))) == mark
    assert codec.read_mark(given(codec.event_message(listed(), RECEIVED))) is None
    assert codec.read_mark(given(barrier, headers=())) is None
    assert codec.read_mark(given(barrier, headers=[("barrier", b"soon")])) is None


def test_a_record_comes_back_equal() -> None:
    arrived = arrival(listed(), RECEIVED)
    record = merge(Record(arrived.student_ref), arrived).record
    assert codec.decode_record(codec.encode_record(record)) == record


@pytest.mark.parametrize("body", [b"", b"\x00", b"not a record"])
def test_a_broken_body_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        codec.decode_record(body)
    with pytest.raises(Unreadable):
        codec.decode_learner(body)
    with pytest.raises(Unreadable):
        codec.decode_institution(body)


def test_an_institution_comes_back_equal() -> None:
    institution = Institution(
        "99MA", Role.MBO_INSTITUTION, "Voorbeeld College", presence=True, changed_at=RECEIVED
    )
    assert codec.decode_institution(codec.encode_institution(institution)) == institution
