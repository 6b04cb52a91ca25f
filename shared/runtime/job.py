"""What a worker does in its lane: the contract between a lane and its job."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import msgspec

from shared.domain.world import Institution
from shared.runtime.codec import Outgoing, Raw
from shared.runtime.database import Connection


class Again(Exception):
    """What was folded cannot stand, and the job knows why: let it fold the same anew."""


class ActionRow(msgspec.Struct, frozen=True):
    """What a person asked for, as its row has it; `body` is JSON, `at` domain time (UTC)."""

    id: UUID
    student_ref: str
    body: str
    at: datetime
    if_match: int | None


class Job(Protocol):
    """What one worker does. Its memory belongs to the lane: nothing else changes it.

    `schema` is where offset rows, timers and outbox live, `topic` what is read, `group` who reads.
    """

    schema: str
    topic: str
    group: str

    def decode(self, record: Raw, known: datetime) -> Any:
        """Read a record; what comes out names its learner in `student_ref`.

        Raises Unreadable: the lane makes a dead letter of it. `known` (domain time, UTC): everything
        received before it stood in the log before this record.
        """
        ...

    async def load(self, conn: Connection, keys: set[str]) -> None:
        """Bring these learners into memory."""
        ...

    def fold(
        self,
        part: int,
        items: Sequence[Any],
        due: Sequence[str],
        actions: Sequence[ActionRow],
        until: datetime | None,
    ) -> None:
        """Do the work of one partition in memory; it may be called several times before `write`.

        `until` (domain time, UTC): everything received before it is known; None while nothing is.
        Every learner in `due` leaves with a later due moment or none.
        """
        ...

    async def write(self, conn: Connection) -> list[Outgoing]:
        """Write what was folded, in the lane's transaction; returns what is to be sent after COMMIT.

        Raises Again when it has to be folded anew.
        """
        ...

    async def stir(self, conn: Connection, parts: Sequence[int], institutions: Sequence[Institution]) -> None:
        """Make the learners with a fact at one of these institutions due at its `changed_at`."""
        ...

    def announcements(self) -> list[tuple[str, str]]:
        """Channel and payload of what listeners hear after COMMIT; asked once for each."""
        ...

    def forget(self, parts: set[int]) -> None:
        """Drop the memory of these partitions, and whatever was folded and is not committed."""
        ...
