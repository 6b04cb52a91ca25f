"""What `stack up` asks of the broker, whichever it is."""

from __future__ import annotations

import asyncio

from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from services.stack.folder import Plan
from shared.runtime.config import KafkaSettings
from shared.runtime.kafka import access
from shared.runtime.topics import TOPICS


def settings(plan: Plan) -> KafkaSettings:
    """How to reach the broker of this stack."""
    return KafkaSettings(bootstrap=f"127.0.0.1:{plan.ports['broker']}", security="PLAINTEXT", replication=1)


async def answers(port: int) -> bool:
    """Whether somebody listens; Apache Kafka opens its port when it can serve."""
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


async def create_topics(wanted: KafkaSettings) -> None:
    """Create the topics that are missing, each partition once."""
    admin = AIOKafkaAdminClient(**access(wanted, "transfers-topics"))
    await admin.start()
    try:
        there = set(await admin.list_topics())
        missing = [
            NewTopic(topic.name, topic.partitions, 1, topic_configs=dict(topic.settings))
            for topic in TOPICS
            if topic.name not in there
        ]
        if missing:
            await admin.create_topics(missing)
    finally:
        await admin.close()
