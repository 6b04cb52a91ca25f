"""How far a folder has come with its year, so that a second demo goes on from there."""

from __future__ import annotations

from datetime import date

import msgspec

from services.stack.folder import Folder

FIRST, LAST = date(2025, 10, 1), date(2026, 10, 16)
"""The year that is played, local dates; it ends on a Friday."""
BEFORE = date(2025, 1, 31)
"""The day on which the schools sent last year's list; it is played first, so that a missing list shows."""
YEAR = 2026
FILE = "demo.json"


class Played(msgspec.Struct):
    """Whose year a folder plays, the last day that was played whole, and the totals so far."""

    region: str
    learners: int
    seed: int
    day: date | None = None
    events: int = 0
    accepted: int = 0

    @property
    def finished(self) -> bool:
        """Whether the whole year was played."""
        return self.day is not None and self.day >= LAST

    def differs(self, other: Played) -> bool:
        """Whether the other is about another year."""
        return (self.region, self.learners, self.seed) != (other.region, other.learners, other.seed)


def recall(folder: Folder) -> Played | None:
    """What was kept of this folder; None when no year was begun in it."""
    try:
        return msgspec.json.decode((folder.path / FILE).read_bytes(), type=Played)
    except (OSError, msgspec.MsgspecError):
        return None


def keep(folder: Folder, played: Played) -> None:
    """Remember it; the file is there whole or not at all."""
    folder.write(FILE, msgspec.json.encode(played).decode())
