"""Kafka clients, set up so that nothing acknowledged is lost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from shared.runtime.codec import Outgoing
from shared.runtime.config import KafkaSettings


class Unacknowledged(Exception):
    """Not known whether the record is in the log; it may be there now, later or never. Send it again."""


class Placed(msgspec.Struct, frozen=True):
    """Where a record stands in its topic."""

    topic: str
    partition: int
    offset: int


class Producer:
    """Sends records and waits for the acknowledgement of all copies; replaces itself when it broke."""

    def __init__(self, settings: KafkaSettings, client_id: str, *, batch: int = 65_536) -> None: ...

    @property
    def ready(self) -> bool:
        """False while the connection is being built anew."""
        ...

    async def start(self) -> None:
        """Connect; retries until the broker is there."""

    async def stop(self) -> None:
        """Send what waits, and close."""

    async def send(self, message: Outgoing, timeout: float = 5.0) -> Placed:
        """Send one record. Raises Unacknowledged after `timeout` seconds or on any fault."""
        ...

    async def send_all(self, messages: Sequence[Outgoing], timeout: float = 10.0) -> None:
        """Send records of ONE partition in this order (one caller a partition). Raises Unacknowledged."""


def lane_consumer(settings: KafkaSettings, group: str, instance: str) -> Any:
    """A consumer in a group with static membership, for the lane."""
    ...


def reader(settings: KafkaSettings, client_id: str) -> Any:
    """A consumer without a group, for topics that a process reads as a whole."""
    ...
