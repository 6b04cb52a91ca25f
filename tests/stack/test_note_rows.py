"""Notes on a real database: of the desk whose case it is, wherever the case goes, and gone with it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from tests.stack.alone import Addresses, database

pytestmark = pytest.mark.stack

CASE = UUID("65ed3a2c-04be-5457-bd18-30aba65fda8d")
CASE_ROW = """
INSERT INTO alerts.case (case_id, student_ref, learner_id, year, status, region, opened_at, revision,
    audience, body, delete_after)
VALUES ($1, 'somebody', $1, 2026, 'NEW', '38', now(), 1, '{R38,R38/99VA00}', '{}', '2030-01-01')
"""
NOTE = """
INSERT INTO alerts.note (id, case_id, kind, words, by_subject, delete_after)
VALUES ($1, $2, 'OTHER', $3, 'issuer rmc', '2030-01-01')
"""


@pytest.fixture(scope="module")
def addresses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Addresses]:
    """A database for this file alone."""
    with database(tmp_path_factory.mktemp("notes")) as found:
        yield found


@pytest.fixture
async def owner(addresses: Addresses) -> AsyncIterator[asyncpg.Connection[Any]]:
    """The owner of the database, with one case of region 38."""
    conn = await asyncpg.connect(addresses())
    await conn.execute("TRUNCATE alerts.case CASCADE")
    await conn.execute(CASE_ROW, CASE)
    yield conn
    await conn.close()


class Desk:
    """The web process, as seen by one reader."""

    def __init__(self, conn: asyncpg.Connection[Any], audience: str) -> None:
        self.conn = conn
        self.audience = audience

    async def read(self) -> list[str]:
        """The notes in sight."""
        async with self.conn.transaction():
            await self._look()
            return [row["words"] for row in await self.conn.fetch("SELECT words FROM alerts.note")]

    async def write(self, words: str) -> None:
        """Add one."""
        async with self.conn.transaction():
            await self._look()
            await self.conn.execute(NOTE, uuid4(), CASE, words)

    async def _look(self) -> None:
        await self.conn.execute("SELECT set_config('transfers.audience', $1, true)", self.audience)


async def test_a_note_is_of_the_desk_that_has_the_case(
    addresses: Addresses, owner: asyncpg.Connection[Any]
) -> None:
    web = await asyncpg.connect(addresses("alerts_web"))
    desk, broker, next_desk = (Desk(web, audience) for audience in ("R38", "R38/99VA00", "R21"))
    await desk.write("Bellen")
    assert (await desk.read(), await broker.read(), await next_desk.read()) == (["Bellen"], [], [])
    for reader in (broker, next_desk):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await reader.write("Niet van mij")
    with pytest.raises(asyncpg.CheckViolationError):
        await desk.write("x" * 281)

    await owner.execute("UPDATE alerts.case SET region = '21', audience = '{R21}'")
    assert (await desk.read(), await next_desk.read()) == ([], ["Bellen"])
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await web.execute("DELETE FROM alerts.note")

    worker = await asyncpg.connect(addresses("alerts_worker"))
    await worker.execute("DELETE FROM alerts.case")
    assert await owner.fetchval("SELECT count(*) FROM alerts.note") == 0
    await worker.close()
    await web.close()
