"""What `stack up` asks of the broker, whichever it is."""

from __future__ import annotations

import asyncio

from services.stack.folder import Plan
from shared.runtime.config import KafkaSettings


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
