"""A connection to the database of a running stack, as its owner: for commands, never for a service."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import asyncpg

from services.stack.fault import StackFault
from services.stack.folder import Folder

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]
else:
    Connection = asyncpg.Connection


@asynccontextmanager
async def owner(folder: Folder) -> AsyncIterator[Connection]:
    """Connect, and close afterwards. Raises StackFault when the database does not answer."""
    plan = folder.plan()
    try:
        if plan is None:
            raise OSError
        connection = await asyncpg.connect(folder.database_url(plan.ports["postgres"]))
    except (OSError, asyncpg.PostgresError) as problem:
        raise StackFault(
            f"the database of the stack in {folder.path} does not answer",
            "start it with `transfers stack up`",
        ) from problem
    try:
        yield connection
    finally:
        await connection.close()
