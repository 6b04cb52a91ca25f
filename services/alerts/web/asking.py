"""Asking for an action: a row that the lane answers. This process can do no more than ask and wait.

The row is inserted under row-level security; the lane that holds the learner applies or refuses it and tells
`action_done`. One connection listens for all requests of this process.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from datetime import datetime
from uuid import UUID, uuid4, uuid5

import msgspec

from services.alerts.web import records
from services.alerts.web.access import Look, look
from services.alerts.web.officers import Officer, Reader
from services.alerts.web.records import ActionRow, LearnerRow
from shared.domain.action import Action
from shared.domain.ids import desk_org
from shared.runtime.database import Listener, Pool
from shared.runtime.problems import Problem

PATIENCE_SECONDS = 5.0
"""How long a request waits for its answer (machine time)."""

IDEMPOTENT = UUID("8a5b6c1f-2c1d-5b0e-9a57-3e0c2e6f4d21")
"""Name space of action ids that follow from an Idempotency-Key."""

ASK = """
INSERT INTO alerts.action
    (id, part, student_ref, learner_id, body, if_match, at, by_subject, audience, delete_after)
VALUES ($1, $2, $3, $4, $5, $6, platform.now(), $7, $8, $9)
ON CONFLICT DO NOTHING
RETURNING id
"""
SAME = "SELECT body - 'at' = $2::jsonb - 'at' FROM alerts.action WHERE id = $1 AND by_subject = $3"


class Wish(msgspec.Struct, frozen=True):
    """What an officer wants done to one learner, and the revision of the row that the officer saw."""

    row: LearnerRow
    action: Action
    if_match: int | None = None
    key: str | None = None


class Asker:
    """Inserts actions and waits for their answers."""

    def __init__(self, pool: Pool, listener: Listener) -> None:
        self._pool = pool
        self._waiting: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        listener.on("action_done", self._told)

    async def ask(self, looking: Look, wish: Wish) -> UUID:
        """Insert the row in the look's transaction, once per key. Raises Problem 409 for another body."""
        conn, officer = looking.conn, looking.officer
        action_id = id_of(officer, wish.key) if wish.key else uuid4()
        body = msgspec.json.encode(wish.action).decode()
        asked = await conn.fetchval(
            ASK,
            action_id,
            wish.row.part,
            wish.row.learner.student_ref,
            wish.row.learner_id,
            body,
            wish.if_match,
            officer.subject,
            _audience(wish.row, looking.reader),
            wish.row.delete_after,
        )
        if asked is None and not await conn.fetchval(SAME, action_id, body, officer.subject):
            raise Problem("conflict", "Deze Idempotency-Key is al gebruikt voor een andere handeling.")
        if asked is not None:
            await conn.execute("SELECT pg_notify('actions', $1)", str(wish.row.part))
        return action_id

    async def answer(self, reader: Reader, action_id: UUID) -> ActionRow | None:
        """The row with its answer; without one when the lane did not answer in time."""
        loop = asyncio.get_running_loop()
        end, told = loop.time() + PATIENCE_SECONDS, asyncio.Event()
        self._waiting[str(action_id)].add(told)
        try:
            while True:
                async with look(self._pool, reader, "action", "") as looking:
                    row = await records.action(looking, action_id)
                left = end - loop.time()
                if row is None or row.result is not None or left <= 0:
                    return row
                await _heard(told, left)
        finally:
            self._waiting[str(action_id)].discard(told)
            if not self._waiting[str(action_id)]:
                del self._waiting[str(action_id)]

    def _told(self, action_id: str) -> None:
        """One answer is there; "" after a lost connection: any may be."""
        for name in [action_id] if action_id else list(self._waiting):
            for told in self._waiting.get(name, ()):
                told.set()


async def _heard(told: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await told.wait()
    except TimeoutError:
        return
    told.clear()


def id_of(officer: Officer, key: str) -> UUID:
    """The id of the action that an officer asks for with this key: the same again is the same action."""
    return uuid5(IDEMPOTENT, f"{officer.subject}\0{key}")


def action_of(
    officer: Officer, row: LearnerRow, name: str, at: datetime, year: int, **fields: object
) -> Action:
    """What is asked, in the words of the domain; the lane sets the moment from which it counts."""
    return Action(
        at=at,
        role=officer.role,
        student_ref=row.learner.student_ref,
        transition_year=year,
        action=name,
        by=officer.subject,
        **(acting_as(officer, name) | fields),  # type: ignore[arg-type]
    )


def acting_as(officer: Officer, name: str) -> dict[str, str | None]:
    """Whose hand an action is: a region's or an organisation's; of a transfer the region is where it goes."""
    if name == "transfer":
        return {"org": officer.org or desk_org(officer.region)}
    return {"region": officer.region, "org": officer.org}


def _audience(row: LearnerRow, reader: Reader) -> list[str]:
    """Who may read of it: the asker, and the desks and brokers of the learner."""
    return [entry for entry in row.audience if entry in reader.audience or entry.startswith("R")]
