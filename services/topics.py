"""`transfers topics`: create the topics that are missing. Partitions and settings do not change later."""

from __future__ import annotations

import argparse
import asyncio
import sys

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, for_code

from shared.runtime.config import BrokerSettings, KafkaSettings, SettingsFault, load
from shared.runtime.kafka import access
from shared.runtime.topics import TOPICS

EXAMPLE = "example: TRANSFERS_KAFKA__BOOTSTRAP=kafka:9092 transfers topics"


def configure(parser: argparse.ArgumentParser) -> None:
    """Everything comes from the environment."""


def run(args: argparse.Namespace) -> int:
    """Create them; a fault is one message and exit status 1."""
    try:
        made = asyncio.run(create(load(BrokerSettings).kafka))
    except SettingsFault as fault:
        print(f"transfers topics: {fault}", file=sys.stderr)
        return 1
    except KafkaError as fault:
        print(f"transfers topics: Kafka refused: {type(fault).__name__}", file=sys.stderr)
        return 1
    print("\n".join(f"created {name}" for name in made) or "all topics are there")
    return 0


async def create(settings: KafkaSettings) -> list[str]:
    """Create the topics that are missing; returns their names. Raises KafkaError."""
    admin = AIOKafkaAdminClient(**access(settings, "transfers-topics"))
    await admin.start()
    try:
        there = set(await admin.list_topics())
        copies = {
            "min.insync.replicas": str(min(2, settings.replication)),
            "unclean.leader.election.enable": "false",
        }
        missing = [
            NewTopic(
                topic.name, topic.partitions, settings.replication, topic_configs={**topic.settings, **copies}
            )
            for topic in TOPICS
            if topic.name not in there
        ]
        if missing:
            for _, code, *_ in (await admin.create_topics(missing)).topic_errors:
                if code:
                    raise for_code(code)
        return [topic.name for topic in missing]
    finally:
        await admin.close()
