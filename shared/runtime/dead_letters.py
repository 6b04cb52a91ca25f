"""Dead letters: records that cannot be read or merged, kept with their original bytes."""

from __future__ import annotations

from datetime import datetime

from shared.runtime.codec import Outgoing, Raw, text
from shared.runtime.topics import dead_letters


def dead_letter(record: Raw, reason: str, group: str, at: datetime) -> Outgoing:
    """A record as it came, for the dead-letter topic of its own; `at` is machine time."""
    added = {
        "dlt-reason": reason,
        "dlt-topic": record.topic,
        "dlt-partition": str(record.partition),
        "dlt-offset": str(record.offset),
        "dlt-group": group,
        "dlt-time": text(at),
    }
    return Outgoing(
        topic=dead_letters(record.topic),
        partition=None,
        key=record.key,
        value=record.value,
        headers=(*record.headers, *((name, value.encode()) for name, value in added.items())),
        part=record.partition,
    )
