"""What came of the last thing that an officer did: carried in the address, said on top of the next page."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

NOTICES = {
    "saved": "Opgeslagen.",
    "pending": "Ontvangen, wordt verwerkt.",
    "picked": "Opgepakt. Blijft open tot een feit het sluit.",
    "resent": "{n} opnieuw verstuurd.",
    "several": "{n} opgepakt, {m} overgeslagen (al gedaan).",
}
"""The wording is that of the desk's design; nothing else that stands in an address is ever shown."""

PLACE = "bericht"
"""Where on the page it stands; the address names it, so that the focus goes there."""


def address(path: str, notice: str, **counts: int) -> str:
    """The address of a page that says this on top."""
    return f"{path}?{urlencode({'done': notice, **counts})}#{PLACE}"


def read(asked: Mapping[str, str]) -> str:
    """What the page of this address has to say; empty when nothing."""
    words = NOTICES.get(asked.get("done", ""), "")
    return words.format(n=_count(asked.get("n")), m=_count(asked.get("m")))


def _count(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 4 else 0
