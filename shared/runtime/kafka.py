"""Kafka clients, set up so that nothing acknowledged is lost."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Sequence
from typing import Any

import msgspec
import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError, OutOfOrderSequenceNumber, ProducerFenced, UnknownProducerId

from shared.runtime.codec import Outgoing
from shared.runtime.config import KafkaSettings

REQUEST_LIMIT = 2_097_152
BATCH = 65_536
LANE_BATCH = 262_144
BROKEN = (OutOfOrderSequenceNumber, ProducerFenced, UnknownProducerId)
"""After these every later send to that partition fails: the sequence numbers have gone apart."""
FAULTS_IN_A_ROW = 2
CLOSE_SECONDS = 5.0
RETRY_SECONDS = 1.0

log = structlog.get_logger()


class Unacknowledged(Exception):
    """Not known whether the record is in the log; it may be there now, later or never. Send it again."""


class Placed(msgspec.Struct, frozen=True):
    """Where a record stands in its topic."""

    topic: str
    partition: int
    offset: int


def access(settings: KafkaSettings, client_id: str) -> dict[str, Any]:
    """What every client of the broker needs."""
    options: dict[str, Any] = {
        "bootstrap_servers": settings.bootstrap,
        "client_id": client_id,
        "security_protocol": settings.security,
        "metadata_max_age_ms": 30_000,
    }
    if settings.security != "PLAINTEXT":
        options["ssl_context"] = ssl.create_default_context(cafile=settings.ca and str(settings.ca))
    if settings.username is not None and settings.password is not None:
        options |= {
            "sasl_mechanism": "SCRAM-SHA-512",
            "sasl_plain_username": settings.username,
            "sasl_plain_password": settings.password.get_secret_value(),
        }
    return options


class Producer:
    """Sends records and waits until all copies are acknowledged; replaces itself when it broke.

    Never call `send_all` for one partition from two places at once: aiokafka then times out for no reason.
    """

    def __init__(self, settings: KafkaSettings, client_id: str, *, batch: int = BATCH) -> None:
        self._settings = settings
        self._client_id = client_id
        self._batch = batch
        self._producer: AIOKafkaProducer | None = None
        self._rebuilding: asyncio.Task[None] | None = None
        self._faults = 0

    @property
    def ready(self) -> bool:
        """False while the connection is being built anew."""
        return self._producer is not None

    async def start(self) -> None:
        """Connect; tries again until the broker is there."""
        while True:
            producer = self._build()
            try:
                await producer.start()
            except KafkaError as error:
                log.warning("broker_unreachable", error=type(error).__name__)
                await _close(producer)
                await asyncio.sleep(RETRY_SECONDS)
            else:
                self._producer, self._faults = producer, 0
                return

    async def stop(self) -> None:
        """Send what waits, and close."""
        if self._rebuilding is not None:
            self._rebuilding.cancel()
        if self._producer is not None:
            producer, self._producer = self._producer, None
            await _close(producer)

    async def send(self, message: Outgoing, timeout: float = 5.0) -> Placed:  # noqa: ASYNC109
        """Send one record. Raises Unacknowledged after `timeout` seconds or on any fault."""
        producer = self._current()
        try:
            async with asyncio.timeout(timeout):
                told = await producer.send_and_wait(
                    message.topic,
                    value=message.value,
                    key=message.key,
                    partition=message.partition,
                    headers=list(message.headers),
                )
        except (KafkaError, TimeoutError) as error:
            raise self._failed(producer, error) from error
        self._faults = 0
        return Placed(told.topic, told.partition, told.offset)

    async def send_all(self, messages: Sequence[Outgoing], timeout: float = 10.0) -> None:  # noqa: ASYNC109
        """Send records of ONE topic and partition, in this order. Raises Unacknowledged."""
        producer = self._current()
        try:
            async with asyncio.timeout(timeout):
                sent = [await one for one in _batches(producer, messages)]
                for told in await asyncio.gather(*sent, return_exceptions=True):
                    if isinstance(told, BaseException):
                        raise told
        except (KafkaError, TimeoutError) as error:
            raise self._failed(producer, error) from error
        self._faults = 0

    def _build(self) -> AIOKafkaProducer:
        return AIOKafkaProducer(
            **access(self._settings, self._client_id),
            acks="all",
            enable_idempotence=self._settings.broker == "kafka",
            linger_ms=5,
            max_batch_size=self._batch,
            compression_type="snappy",
            max_request_size=REQUEST_LIMIT,
            request_timeout_ms=10_000,
        )

    def _current(self) -> AIOKafkaProducer:
        if self._producer is None:
            raise Unacknowledged("the producer is being built anew")
        return self._producer

    def _failed(self, producer: AIOKafkaProducer, error: Exception) -> Unacknowledged:
        if isinstance(error, KafkaError):
            self._faults += 1
            broken = isinstance(error, BROKEN) or self._faults >= FAULTS_IN_A_ROW
            if broken and producer is self._producer:
                log.warning("producer_broken", error=type(error).__name__)
                self._producer = None
                self._rebuilding = asyncio.create_task(self._rebuild(producer), name="producer")
        return Unacknowledged(type(error).__name__)

    async def _rebuild(self, producer: AIOKafkaProducer) -> None:
        await _close(producer)
        await self.start()


def _batches(producer: AIOKafkaProducer, messages: Sequence[Outgoing]) -> list[Any]:
    """The sends of full batches, to be awaited in turn; each gives a future of the acknowledgement."""
    first = messages[0]
    sends = []
    batch = producer.create_batch()
    for message in messages:
        entry = {
            "key": message.key,
            "value": message.value,
            "headers": list(message.headers),
            "timestamp": None,
        }
        if batch.append(**entry) is None:
            sends.append(producer.send_batch(batch, first.topic, partition=first.partition))
            batch = producer.create_batch()
            batch.append(**entry)
    batch.close()  # a closed batch does not linger
    sends.append(producer.send_batch(batch, first.topic, partition=first.partition))
    return sends


async def _close(client: Any) -> None:
    with contextlib.suppress(TimeoutError, KafkaError):
        await asyncio.wait_for(client.stop(), CLOSE_SECONDS)


def lane_consumer(settings: KafkaSettings, group: str, instance: str) -> AIOKafkaConsumer:
    """A consumer of a group with static membership: a restart resumes without a rebalance.

    A short wait at the broker: a partition whose records were not yet taken when the fetcher asked
    again is otherwise left out until that wait is over.
    """
    return AIOKafkaConsumer(
        **access(settings, f"{group}-{instance}"),
        group_id=group,
        group_instance_id=f"{group}-{instance}",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        session_timeout_ms=10_000,
        heartbeat_interval_ms=1_000,
        max_poll_interval_ms=300_000,
        rebalance_timeout_ms=30_000,
        max_partition_fetch_bytes=4_194_304,
        fetch_max_bytes=52_428_800,
        fetch_max_wait_ms=100,
    )


def reader(settings: KafkaSettings, client_id: str) -> AIOKafkaConsumer:
    """A consumer without a group, for topics that a process reads as a whole: assign and seek."""
    return AIOKafkaConsumer(
        **access(settings, client_id),
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        fetch_max_wait_ms=100,
    )


async def cluster_id(settings: KafkaSettings) -> str:
    """The id by which the cluster calls itself."""
    admin = AIOKafkaAdminClient(**access(settings, "transfers-admin"))
    await admin.start()
    try:
        return str((await admin.describe_cluster())["cluster_id"])
    finally:
        await admin.close()
