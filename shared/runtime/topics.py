"""Topics: their names, keys, partitions and how long they keep."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

import msgspec
from aiokafka.partitioner import murmur2

TRANSFER_EVENTS = "transfer-events"
TRANSITION_STATES = "transition-states"
INSTITUTIONS = "institutions"
EVENT_OUTCOMES = "event-outcomes"
ALERT_EVENTS = "alert-events"

PARTITIONS = 12
"""Partitions of everything that is keyed by learner; this number does not change."""

DAY_MS = 86_400_000
RAW_DAYS = 21
"""So that any erasure is physically done within one month (GDPR art. 12.3)."""

EVENT_LIMIT = 65_536
STATE_LIMIT = 1_048_576

_COMMON = {
    "message.timestamp.type": "LogAppendTime",
    "segment.ms": str(DAY_MS),
    "max.message.bytes": "2097152",
}
_DELETE = {"cleanup.policy": "delete", "retention.ms": str(RAW_DAYS * DAY_MS)}
_COMPACT = {
    "cleanup.policy": "compact",
    "max.compaction.lag.ms": str(DAY_MS),
    "min.cleanable.dirty.ratio": "0.1",
    "delete.retention.ms": str(7 * DAY_MS),
}


class Topic(msgspec.Struct, frozen=True):
    """One topic; `settings` are what the broker is told when it is created."""

    name: str
    partitions: int
    settings: Mapping[str, str]


def dead_letters(topic: str) -> str:
    """The topic for records of `topic` that cannot be read or merged."""
    return f"{topic}-dlt"


def _topic(name: str, partitions: int, *settings: Mapping[str, str]) -> Topic:
    merged = dict(_COMMON)
    for one in settings:
        merged |= one
    return Topic(name, partitions, MappingProxyType(merged))


TOPICS = (
    _topic(TRANSFER_EVENTS, PARTITIONS, _DELETE),
    _topic(dead_letters(TRANSFER_EVENTS), 3, _DELETE),
    _topic(TRANSITION_STATES, PARTITIONS, _COMPACT),
    _topic(dead_letters(TRANSITION_STATES), 3, _DELETE),
    _topic(EVENT_OUTCOMES, PARTITIONS, _COMPACT, _DELETE, {"cleanup.policy": "compact,delete"}),
    _topic(ALERT_EVENTS, 6, _DELETE),
    _topic(INSTITUTIONS, 1, _COMPACT),
)


@lru_cache(maxsize=65536)
def partition_of(key: str, partitions: int = PARTITIONS) -> int:
    """The partition of a key: murmur2, as Kafka's own clients compute it."""
    return int((murmur2(key.encode()) & 0x7FFFFFFF) % partitions)
