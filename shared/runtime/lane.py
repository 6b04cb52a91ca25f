"""The lane: the one loop that changes learners."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import msgspec

from shared.runtime.codec import Mark as Mark
from shared.runtime.codec import Outgoing as Outgoing
from shared.runtime.codec import Raw as Raw
from shared.runtime.codec import Unreadable as Unreadable
from shared.runtime.database import Connection


class Item(Protocol):
    """What a job reads from one record: at least whom it is about."""

    @property
    def student_ref(self) -> str:
        """The learner."""
        ...


class ActionRow(msgspec.Struct, frozen=True):
    """What a person asked for, as the row `alerts.action` has it; `body` is JSON, `at` domain time."""

    id: UUID
    student_ref: str
    body: str
    at: datetime
    if_match: int | None


class Job(Protocol):
    """What one worker does in its lane. Its memory belongs to the lane: no other code changes it."""

    schema: str
    topic: str
    group: str

    def decode(self, record: Raw, known: datetime) -> Any:
        """Read a record. Raises Unreadable: the lane makes a dead letter of it.

        `known` (domain time): everything received before it stood in the log before this record.
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
        """Do the work of one partition in memory; pure but for that memory. May be called several
        times for one partition before `write`."""
        ...

    async def write(self, conn: Connection) -> list[Outgoing]:
        """Write what was folded, in the lane's transaction; returns what is to be sent after COMMIT."""
        ...

    def forget(self, parts: set[int]) -> None:
        """Drop the memory of these partitions, and whatever was folded and is not committed."""
        ...
