"""The database: its newest schema, and where each partition of each topic begins."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import asyncpg
from alembic import command
from alembic.config import Config
from sqlalchemy.engine import make_url

# Which service keeps the offsets of which topic.
KEPT = (
    ("placement", "transfer-events"),
    ("alerts", "transition-states"),
    ("registration", "event-outcomes"),
)


def upgrade(url: str) -> None:
    """Bring the database at this address to the newest schema; does nothing when it is there."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    config.attributes["url"] = make_url(url).set(drivername="postgresql+psycopg")
    command.upgrade(config, "head")


async def begin(
    connection: asyncpg.Connection[Any], cluster: str, first: Mapping[tuple[str, int], int]
) -> None:
    """Write where each new partition begins; a partition that has a row keeps it.

    `first` gives the first offset in the log by topic and partition.
    """
    for schema, topic in KEPT:
        columns, known = ("", ()) if schema == "registration" else (", cluster", (cluster,))
        values = "$1, $2, $3, $4" if known else "$1, $2, $3"
        await connection.executemany(
            f"INSERT INTO {schema}.stream_offset (topic, part, next_offset{columns}) "  # noqa: S608  # own names
            f"VALUES ({values}) ON CONFLICT DO NOTHING",
            [(topic, part, offset, *known) for (name, part), offset in first.items() if name == topic],
        )
