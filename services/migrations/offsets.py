"""Where each service begins to read: a row for each partition, and the cluster that it belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from shared.runtime.config import KafkaSettings
from shared.runtime.kafka import access
from shared.runtime.topics import EVENT_OUTCOMES, PARTITIONS, TRANSFER_EVENTS, TRANSITION_STATES

CLIENT = "transfers-migrate"
WITH_CLUSTER = "(topic, part, next_offset, cluster) SELECT $1, $2, $3, $4 ON CONFLICT DO NOTHING"
INSERT = {
    TRANSFER_EVENTS: f"INSERT INTO placement.stream_offset {WITH_CLUSTER}",
    TRANSITION_STATES: f"INSERT INTO alerts.stream_offset {WITH_CLUSTER}",
    # Outcomes are no state of record: registration can read them again, from any cluster.
    EVENT_OUTCOMES: "INSERT INTO registration.stream_offset (topic, part, next_offset) "
    "SELECT $1, $2, $3 WHERE $4::text IS NOT NULL ON CONFLICT DO NOTHING",
}


async def begin(connection: asyncpg.Connection[Any], settings: KafkaSettings) -> None:
    """Write the row of every partition that has none: it begins with the first offset of the log.

    The topics must exist. Raises KafkaError when the broker does not answer.
    """
    cluster = await _cluster(settings)
    first = await _first_offsets(settings)
    for topic, statement in INSERT.items():
        rows = [(topic, part, first[topic, part], cluster) for part in range(PARTITIONS)]
        await connection.executemany(statement, rows)


async def _cluster(settings: KafkaSettings) -> str:
    admin = AIOKafkaAdminClient(**access(settings, CLIENT))
    await admin.start()
    try:
        return str((await admin.describe_cluster())["cluster_id"])
    finally:
        await admin.close()


async def _first_offsets(settings: KafkaSettings) -> Mapping[tuple[str, int], int]:
    consumer = AIOKafkaConsumer(**access(settings, CLIENT), enable_auto_commit=False)
    await consumer.start()
    try:
        places = [TopicPartition(topic, part) for topic in INSERT for part in range(PARTITIONS)]
        found = await consumer.beginning_offsets(places)
        return {(place.topic, place.partition): offset for place, offset in found.items()}
    finally:
        await consumer.stop()
