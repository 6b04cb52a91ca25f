"""Migrations are plain SQL, so that a database administrator can read what will happen."""

from __future__ import annotations

from pathlib import Path

from alembic import op

FOLDER = Path(__file__).with_name("sql")


def run(name: str) -> None:
    """Run every statement of one file, as it stands there."""
    statements = (FOLDER / name).read_text()
    cursor = op.get_bind().connection.cursor()  # of the driver: no sign is read as a parameter
    cursor.execute(statements)
    cursor.close()
