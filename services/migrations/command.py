"""`transfers migrate`: bring the database to the newest schema, and mark where reading begins."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from pathlib import Path

import asyncpg
from aiokafka.errors import KafkaError
from sqlalchemy.exc import SQLAlchemyError

from services.migrations import offsets, schema
from shared.runtime.config import KafkaSettings, Settings, SettingsFault, load

EXAMPLE = """\
examples:
  TRANSFERS_DATABASE__URL_FILE=owner.url TRANSFERS_KAFKA__BOOTSTRAP=kafka:9093 transfers migrate
  transfers migrate --dir .transfers

The role that signs in owns the schema. The topics must exist: run `transfers topics` first.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the option for an embedded stack."""
    parser.add_argument(
        "--dir",
        type=Path,
        default=os.environ.get("TRANSFERS_STACK_DIR"),
        metavar="FOLDER",
        help="an embedded stack, in place of settings from the environment",
    )


def run(args: argparse.Namespace) -> int:
    """Do it; a fault is one message and exit status 1."""
    try:
        url, kafka = _embedded(Path(args.dir)) if args.dir else _settings()
        schema.upgrade(url)
        asyncio.run(_begin(url, kafka))
    except SettingsFault as fault:
        print(f"transfers migrate: {fault}", file=sys.stderr)
    except (SQLAlchemyError, asyncpg.PostgresError, OSError) as fault:
        print(f"transfers migrate: the database refused: {_first_line(fault)}", file=sys.stderr)
    except KafkaError as fault:
        print(f"transfers migrate: Kafka refused: {_first_line(fault)}", file=sys.stderr)
    else:
        return 0
    return 1


def _settings() -> tuple[str, KafkaSettings]:
    settings = load(Settings)
    return settings.database.url.get_secret_value(), settings.kafka


def _embedded(path: Path) -> tuple[str, KafkaSettings]:
    from services.stack import broker
    from services.stack.fault import StackFault
    from services.stack.folder import Folder

    folder = Folder(path)
    try:
        plan = folder.plan()
    except StackFault as fault:
        raise SettingsFault((str(fault),)) from fault
    if plan is None:
        raise SettingsFault((f"there is no stack in {folder.path}",))
    return folder.database_url(plan.ports["postgres"]), broker.settings(plan)


async def _begin(url: str, kafka: KafkaSettings) -> None:
    connection = await asyncpg.connect(url)
    try:
        await offsets.begin(connection, kafka)
    finally:
        await connection.close()


def _first_line(fault: Exception) -> str:
    return (str(fault).strip() or type(fault).__name__).splitlines()[0]
