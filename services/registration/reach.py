"""Where the commands that change the registry find the database."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from services.stack.connection import owner
from services.stack.fault import StackFault
from services.stack.folder import running
from shared.runtime.database import Connection

URL = "TRANSFERS_DATABASE__URL"


@asynccontextmanager
async def database(folder: Path) -> AsyncIterator[Connection]:
    """The database that `TRANSFERS_DATABASE__URL` (or `…_FILE`) names, else that of the stack in a folder.

    The role `registration` is enough. Raises StackFault when there is none, or it does not answer.
    """
    url = _url()
    if url is None:
        async with owner(running(folder)) as conn:
            yield conn
        return
    try:
        made = await asyncpg.connect(url, server_settings={"timezone": "UTC"})
    except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError):
        raise StackFault(f"the database of {URL} does not answer", "check the address and the role") from None
    try:
        yield made
    finally:
        await made.close()


def _url() -> str | None:
    path = os.environ.get(f"{URL}_FILE")
    if path:
        try:
            return Path(path).read_text().strip()
        except OSError as fault:
            raise StackFault(
                f"{path}: {fault.strerror}", f"let {URL}_FILE name a file that can be read"
            ) from None
    return os.environ.get(URL) or None
