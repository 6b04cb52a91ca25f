"""One story in one telling: the same history under names of its own.

All stories share one stack and one timeline, because the clock only goes forwards. So that they do not
meet, each telling of a story (as written, shuffled, doubled, ...) gets its own pseudonyms, institutions and
senders; what may not depend on names then may not differ.
"""

from __future__ import annotations

import json
import string
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

HISTORIES = Path(__file__).parent.parent / "histories"
TELLINGS = ("as written", "shuffled", "doubled")
SCATTERED = "scattered"
"""All events in any order at the last moment: only where it ends can be compared, and nobody acts."""

Json = dict[str, Any]


def stories() -> dict[str, Json]:
    """Every story by the name of its file."""
    return {path.stem: json.loads(path.read_text()) for path in sorted(HISTORIES.glob("*.json"))}


def brins() -> Iterator[str]:
    """Institution codes that no real school has."""
    for number in range(90, 100):
        for first in "QXYZ":
            for second in string.ascii_uppercase:
                yield f"{number}{first}{second}"


@dataclass
class Cast:
    """One telling of one story: `rename` turns anything of the story into this telling's."""

    story: str
    telling: str
    names: dict[str, str] = field(default_factory=dict)

    def rename(self, thing: Any) -> Any:
        """The same value with this telling's names, at any depth."""
        if isinstance(thing, dict):
            return {key: self.rename(value) for key, value in thing.items()}
        if isinstance(thing, list):
            return [self.rename(value) for value in thing]
        if not isinstance(thing, str):
            return thing
        if thing in self.names:
            return self.names[thing]
        if thing.startswith("urn:nld:"):
            return f"{thing.rsplit(':', 1)[0]}:{self.source_name}"
        head = self.names.get(thing[:4])
        return (
            head + thing[4:]
            if head and (len(thing) == 6 or thing[4:5] == ":" or ":" in thing[4:7])
            else thing
        )

    @property
    def source_name(self) -> str:
        """The name of the system that posts this telling."""
        return "telling-" + sha256(f"{self.story}/{self.telling}".encode()).hexdigest()[:16]

    def learner(self, ref: str) -> str:
        """This telling's pseudonym of a learner of the story."""
        digest = sha256(f"{self.story}/{self.telling}/{ref}".encode()).digest()
        return self.names.setdefault(ref, urlsafe_b64encode(digest).rstrip(b"=").decode())


def casts(histories: dict[str, Json]) -> list[Cast]:
    """Every telling of every story, each with institutions of its own."""
    free = brins()
    found = []
    for name, story in histories.items():
        for telling in TELLINGS if story.get("actions") else (*TELLINGS, SCATTERED):
            cast = Cast(name, telling)
            for institution in story["institutions"]:
                if not institution["org"].startswith("RMC"):
                    cast.names[institution["org"]] = next(free)
            for told in story["events"]:
                data = told["post"]["data"]
                for ref in (data.get("studentRef"), data.get("oldRef")):
                    if ref is not None:
                        cast.learner(ref)
            found.append(cast)
    return found
