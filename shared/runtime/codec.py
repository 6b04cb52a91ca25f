"""Bytes and values: what a record of a topic says, and how a record is written.

The body of a learner is MessagePack in one LZ4 block (docs/adr/0016), and carries `codec` = 2 in its header;
another number is another layout.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

import msgspec
from cramjam import DecompressionError, lz4

from shared.domain.catalogue import BY_TYPE
from shared.domain.envelope import Checked, arrival_of
from shared.domain.event import Arrival
from shared.domain.facts import Record
from shared.domain.ids import STUDENT_REF
from shared.domain.learner import Learner
from shared.domain.linking import Forwarded, lifted
from shared.domain.world import Institution
from shared.runtime.topics import TRANSFER_EVENTS, TRANSITION_STATES

CODEC = 2
CODEC_HEADER = ("codec", b"2")
NO_KEY = b""
FORWARDED = "forwarded"
FORWARDED_HEADERS = (CODEC_HEADER, (FORWARDED, b"1"))

Headers = tuple[tuple[str, bytes], ...]


class Raw(Protocol):
    """A record as the Kafka client gives it; `timestamp` in milliseconds of machine time."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Iterable[tuple[str, bytes]]


class Unreadable(Exception):
    """A record that will never be read; `reason` is one of a closed set and goes with the dead letter."""

    REASONS = frozenset(
        {
            "no-key",
            "no-value",
            "not-json",
            "not-cloudevents",
            "unknown-type",
            "invalid",
            "unknown-codec",
            "refused",
        }
    )

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Outgoing(msgspec.Struct, frozen=True):
    """A record on its way out; without `partition` the key decides.

    `learner`: the record is that learner's newest state, which can be made again from the database, so
    that the outbox needs to keep the name only. `part`: the partition of the lane in whose outbox it
    waits, by default that of its key.
    """

    topic: str
    partition: int | None
    key: bytes | None
    value: bytes | None
    headers: Headers = ()
    learner: str | None = None
    part: int | None = None


class Mark(msgspec.Struct, frozen=True):
    """Everything received before `watermark` (domain time) lies before this record.

    `barrier` is set when somebody waits for exactly this moment.
    """

    watermark: datetime
    barrier: datetime | None = None


def text(moment: datetime) -> str:
    """A moment as the wire has it: UTC with `Z`."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def moment(raw: bytes) -> datetime:
    """The other way round. Raises ValueError."""
    found = datetime.fromisoformat(raw.decode())
    if found.tzinfo is None:
        raise ValueError("no offset")
    return found.astimezone(UTC)


def event_message(checked: Checked, received_at: datetime) -> Outgoing:
    """An accepted event for `transfer-events`: CloudEvents in binary mode."""
    headers = {
        "ce_specversion": "1.0",
        "ce_id": checked.event_id,
        "ce_source": checked.source,
        "ce_type": checked.kind.wire_type,
        "ce_time": text(checked.time),
        "ce_receivedtime": text(received_at),
        "content-type": "application/json",
    }
    return Outgoing(
        topic=TRANSFER_EVENTS,
        partition=None,
        key=checked.key.encode(),
        value=msgspec.json.encode(checked.data),
        headers=tuple((name, value.encode()) for name, value in headers.items()),
    )


def read_arrival(record: Raw, known: datetime) -> Arrival:
    """The event of a record of `transfer-events`. Raises Unreadable.

    It counts as received at the moment of its receipt, but not before `known`: so that no fact comes
    with a moment that the watermark has passed.
    """
    if not record.key:
        raise Unreadable("no-key")
    if record.value is None:
        raise Unreadable("no-value")
    attributes = dict(record.headers)
    try:
        wire_type = attributes["ce_type"].decode()
        event_id, source = attributes["ce_id"].decode(), attributes["ce_source"].decode()
        time, received_at = moment(attributes["ce_time"]), moment(attributes["ce_receivedtime"])
    except (KeyError, ValueError):
        raise Unreadable("not-cloudevents") from None
    if wire_type not in BY_TYPE:
        raise Unreadable("unknown-type")
    data = _read_data(record.value)
    try:
        arrival = arrival_of(wire_type, event_id, source, time, max(received_at, known), data)
    except (KeyError, TypeError, ValueError):
        raise Unreadable("invalid") from None
    if arrival.key.encode() != record.key or not STUDENT_REF.fullmatch(arrival.key):
        raise Unreadable("invalid")
    return arrival


def forwarded_message(sent: Forwarded, part: int) -> Outgoing:
    """What goes from an old reference to the one that it leads to; it waits in the outbox of `part`."""
    return Outgoing(
        TRANSFER_EVENTS, None, sent.student_ref.encode(), _pack(sent), FORWARDED_HEADERS, part=part
    )


def read_forwarded(record: Raw, known: datetime) -> Forwarded | None:
    """What a record of `transfer-events` forwards; None: it is something else. Raises Unreadable."""
    if FORWARDED not in dict(record.headers):
        return None
    if CODEC_HEADER not in record.headers:
        raise Unreadable("unknown-codec")
    try:
        sent = lifted(_forwarded(record.value or b""), known)
    except (msgspec.MsgspecError, KeyError):
        raise Unreadable("invalid") from None
    if sent.student_ref.encode() != record.key:
        raise Unreadable("invalid")
    return sent


def _read_data(value: bytes) -> Mapping[str, Any]:
    try:
        data = msgspec.json.decode(value)
    except msgspec.DecodeError:
        raise Unreadable("not-json") from None
    if not isinstance(data, dict):
        raise Unreadable("invalid")
    return data


def barrier(topic: str, partition: int, at: datetime) -> Outgoing:
    """A barrier at `at` for one partition of `transfer-events` or `institutions`."""
    return Outgoing(topic, partition, NO_KEY, b"", (("barrier", text(at).encode()),))


def marker(topic: str, partition: int, mark: Mark) -> Outgoing:
    """The watermark of one partition, for `transition-states`."""
    headers = [("watermark", text(mark.watermark).encode())]
    if mark.barrier is not None:
        headers.append(("barrier", text(mark.barrier).encode()))
    return Outgoing(topic, partition, NO_KEY, b"", tuple(headers))


def read_mark(record: Raw) -> Mark | None:
    """The barrier or watermark that a record with an empty key carries; None: it is something else."""
    if record.key != NO_KEY:
        return None
    headers = dict(record.headers)
    try:
        asked = moment(headers["barrier"]) if "barrier" in headers else None
        if "watermark" in headers:
            return Mark(moment(headers["watermark"]), asked)
        return None if asked is None else Mark(asked, asked)
    except ValueError:
        return None


_pack = msgspec.msgpack.Encoder().encode
_record = msgspec.msgpack.Decoder(Record).decode
_learner = msgspec.msgpack.Decoder(Learner).decode
_forwarded = msgspec.msgpack.Decoder(Forwarded).decode
_BROKEN = (msgspec.MsgspecError, DecompressionError)
_institution = msgspec.json.Decoder(Institution).decode


def encode_record(record: Record) -> bytes:
    """The body of `placement.learner` and of a record of `transition-states`."""
    return bytes(lz4.compress_block(_pack(record)))


def decode_record(body: bytes) -> Record:
    """The other way round. Raises Unreadable."""
    try:
        return _record(bytes(lz4.decompress_block(body)))
    except _BROKEN:
        raise Unreadable("invalid") from None


def encode_learner(learner: Learner) -> bytes:
    """The body of `alerts.learner`."""
    return bytes(lz4.compress_block(_pack(learner)))


def decode_learner(body: bytes) -> Learner:
    """The other way round. Raises Unreadable."""
    try:
        return _learner(bytes(lz4.decompress_block(body)))
    except _BROKEN:
        raise Unreadable("invalid") from None


def encode_institution(institution: Institution) -> bytes:
    """The value of a record of `institutions`."""
    return msgspec.json.encode(institution)


def decode_institution(body: bytes) -> Institution:
    """The other way round. Raises Unreadable."""
    try:
        return _institution(body)
    except msgspec.MsgspecError:
        raise Unreadable("invalid") from None


def state_message(partition: int, record: Record, body: bytes) -> Outgoing:
    """A learner's newest state for `transition-states`; `body` is `encode_record(record)`."""
    key = record.student_ref
    return Outgoing(TRANSITION_STATES, partition, key.encode(), body, (CODEC_HEADER,), key)
