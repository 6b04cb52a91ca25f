"""PostgreSQL without the rest of the platform, for tests that need rows and nothing else."""

from __future__ import annotations

import asyncio
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg

from services.migrations.schema import upgrade
from services.stack import ports, postgres
from services.stack.database import admit, answers, create
from services.stack.folder import Folder

PATIENCE_SECONDS = 30


class Addresses:
    """The database as its owner and as each role sees it."""

    def __init__(self, folder: Folder, port: int) -> None:
        self._folder = folder
        self._port = port

    def __call__(self, role: str = "postgres") -> str:
        """The address for one role."""
        return self._folder.database_url(self._port, role)


@contextmanager
def database(path: Path) -> Iterator[Addresses]:
    """A cluster with the newest schema in this folder."""
    folder = Folder(path)
    folder.prepare()
    port = ports.choose(["postgres"])["postgres"]
    addresses = Addresses(folder, port)
    command = postgres.prepare(folder, port)
    with (
        (path / "postgres.log").open("w") as log,
        subprocess.Popen(command, stderr=log, stdout=log) as server,
    ):
        try:
            asyncio.run(_made(addresses()))
            upgrade(addresses())
            asyncio.run(_admitted(addresses(), folder))
            yield addresses
        finally:
            server.send_signal(signal.SIGINT)  # with clients or without


async def _made(url: str) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await answers(url):  # noqa: ASYNC110 - another process has no event to wait for
            await asyncio.sleep(0.05)
    await create(url, empty=False)


async def _admitted(url: str, folder: Folder) -> None:
    connection = await asyncpg.connect(url)
    await admit(connection, folder)
    await connection.close()
