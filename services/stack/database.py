"""What `stack up` does inside PostgreSQL: the database, the passwords of the roles, the first clock."""

from __future__ import annotations

from datetime import datetime

import asyncpg

from services.stack.connection import Connection
from services.stack.folder import DATABASE, OWNER, ROLES, Folder


async def answers(url: str) -> bool:
    """Whether PostgreSQL takes connections yet."""
    try:
        connection = await asyncpg.connect(url, database=OWNER, timeout=2)
    except (OSError, asyncpg.CannotConnectNowError, TimeoutError):
        return False
    await connection.close()
    return True


async def create(url: str, *, empty: bool) -> None:
    """Make the database where it is missing; with `empty` throw away the one that is there."""
    connection = await asyncpg.connect(url, database=OWNER)
    try:
        if empty:
            await connection.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", DATABASE):
            await connection.execute(f"CREATE DATABASE {DATABASE}")
    finally:
        await connection.close()


async def admit(connection: Connection, folder: Folder) -> None:
    """Let each service log in by the password that its folder holds for it."""
    for role in ROLES:
        statement = await connection.fetchval(
            "SELECT format('ALTER ROLE %I LOGIN PASSWORD %L', $1::text, $2::text)", role, folder.secret(role)
        )
        await connection.execute(statement)


async def first_clock(connection: Connection, moment: datetime) -> bool:
    """Let domain time stand still at this moment; False when the stack has a clock of its own already."""
    made = await connection.execute(
        "INSERT INTO platform.clock (version, machine, domain, rate) VALUES (1, clock_timestamp(), $1, 0) "
        "ON CONFLICT DO NOTHING",
        moment,
    )
    return bool(made == "INSERT 0 1")
