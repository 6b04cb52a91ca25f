"""What `stack up` asks of the broker, whichever it is."""

from __future__ import annotations

import asyncio
from collections.abc import Container

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from shared.runtime.topics import TOPICS


async def answers(port: int) -> bool:
    """Whether somebody listens; Apache Kafka opens its port when it can serve."""
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


async def first_offsets(bootstrap: str, names: Container[str]) -> dict[tuple[str, int], int]:
    """The first offset in the log of each partition of these topics, by topic and partition."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    await consumer.start()
    try:
        found = await consumer.beginning_offsets(
            [
                TopicPartition(topic.name, part)
                for topic in TOPICS
                if topic.name in names
                for part in range(topic.partitions)
            ]
        )
        return {(place.topic, place.partition): offset for place, offset in found.items()}
    finally:
        await consumer.stop()


async def cluster(bootstrap: str) -> str:
    """The id by which the cluster calls itself."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        told = await admin.describe_cluster()
        return str(told["cluster_id"])
    finally:
        await admin.close()


async def create_topics(bootstrap: str) -> None:
    """Create the topics that are missing, each partition once."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        there = set(await admin.list_topics())
        wanted = [
            NewTopic(topic.name, topic.partitions, 1, topic_configs=dict(topic.settings))
            for topic in TOPICS
            if topic.name not in there
        ]
        if wanted:
            await admin.create_topics(wanted)
    finally:
        await admin.close()
