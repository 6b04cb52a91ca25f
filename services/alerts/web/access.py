"""Looking at people: a transaction that shows only what is the reader's, and writes down who was shown.

No row in the access log, no answer: both stand in one transaction (decision 3 of the settled decisions).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import structlog

from services.alerts.web.officers import Officer, Reader, see_as
from shared.runtime.database import Connection, Pool
from shared.runtime.problems import Problem, unavailable

PURPOSE = "https://transfers.example/verwerkingen/overstap-volgen"
"""The processing activity for which people are shown (its address is registration data)."""

LOG = """
INSERT INTO alerts.access_log (trace_id, action, purpose, actor, role, learners, objects, status)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""

log = structlog.get_logger()


class Look:
    """One look: `conn` sees only what is the reader's; `show` notes who appears in the answer."""

    def __init__(self, conn: Connection, reader: Reader) -> None:
        self.conn = conn
        self.reader = reader
        self.status = 200
        self.learners: dict[str, None] = {}
        self.objects: dict[str, None] = {}

    @property
    def officer(self) -> Officer:
        """Who looks."""
        return self.reader.officer

    @property
    def audience(self) -> list[str]:
        """The entries that the query filters on, beside row-level security."""
        return list(self.reader.audience)

    def show(self, student_ref: str | None, *objects: str) -> None:
        """This learner is in the answer, with these alerts and cases."""
        if student_ref is not None:
            self.learners[student_ref] = None
        self.objects.update(dict.fromkeys(objects))


@asynccontextmanager
async def look(pool: Pool, reader: Reader, action: str, trace: str) -> AsyncIterator[Look]:
    """A look by `reader`, called `action` in the log. Raises Problem 503 when it cannot be written down."""
    try:
        async with pool.acquire() as conn, conn.transaction(isolation="repeatable_read"):
            await see_as(conn, reader.audience)
            looking = Look(conn, reader)
            yield looking
            await _write(looking, action, trace)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
        log.error("look_failed", error=type(error).__name__, state=getattr(error, "sqlstate", None))
        raise unavailable() from None


async def _write(looking: Look, action: str, trace: str) -> None:
    if not looking.learners:
        return
    officer = looking.officer
    await looking.conn.execute(
        LOG,
        trace,
        action,
        PURPOSE,
        officer.subject,
        officer.role.value,
        list(looking.learners),
        list(looking.objects),
        looking.status,
    )


def missing() -> Problem:
    """What is not there, or not the reader's: nobody learns which of the two."""
    return Problem("not-found", "Niet gevonden, of niet van u.")
