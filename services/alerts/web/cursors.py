"""Where a list goes on: an opaque word that only this platform can write."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256

import msgspec

from shared.runtime.problems import Problem

SIGNATURE_BYTES = 16


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """The place in a list: the last value and id that were shown, and in which order.

    `backwards`: the page before that place is wanted. `of` tells which list, with its filters.
    """

    of: str
    value: str
    id: str
    backwards: bool = False


class Cursors:
    """Writes and reads cursors with one secret, the same in every process."""

    def __init__(self, secret: str) -> None:
        self._key = hmac.digest(secret.encode(), b"cursors", "sha256")

    def write(self, cursor: Cursor) -> str:
        """The word for an address."""
        body = msgspec.json.encode(cursor)
        return urlsafe_b64encode(self._sign(body) + body).decode().rstrip("=")

    def read(self, word: str, of: str) -> Cursor:
        """The other way round. Raises Problem 400 for a word that we did not write for this list."""
        try:
            raw = urlsafe_b64decode(word.encode("ascii") + b"=" * (-len(word) % 4))
            signature, body = raw[:SIGNATURE_BYTES], raw[SIGNATURE_BYTES:]
            if not hmac.compare_digest(signature, self._sign(body)):
                raise ValueError
            cursor = msgspec.json.decode(body, type=Cursor)
            if cursor.of != of:
                raise ValueError
        except (ValueError, UnicodeError, msgspec.MsgspecError):
            errors = (
                {"parameter": "cursor", "code": "cursor", "detail": "Begin weer bij de eerste pagina."},
            )
            raise Problem("invalid-input", "Deze cursor is niet geldig.", errors) from None
        return cursor

    def _sign(self, body: bytes) -> bytes:
        return hmac.digest(self._key, body, "sha256")[:SIGNATURE_BYTES]


def list_name(path: str, pairs: list[tuple[str, str]]) -> str:
    """A list by its path and filters: a cursor of one list means nothing in another."""
    chosen = sorted((name, value) for name, value in pairs if name not in ("cursor", "limit"))
    return sha256(repr((path, chosen)).encode()).hexdigest()[:16]
