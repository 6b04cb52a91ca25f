"""Who is signed in at the desk: opaque sessions, kept here and never in the browser (machine time).

The cookie holds a random word; the table holds its SHA-256. A session ends after 30 minutes without a
request, and after 10 hours whatever happens (conventions 4).
"""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime, timedelta
from hashlib import sha256

import msgspec
from starlette.responses import Response

from shared.runtime.database import Connection
from shared.runtime.problems import Problem

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=10)

OPEN = "INSERT INTO alerts.session (id, subject, csrf) VALUES ($1, $2, $3)"
TOUCH = """
UPDATE alerts.session SET seen_at = clock_timestamp()
WHERE id = $1 AND seen_at > clock_timestamp() - $2::interval AND started_at > clock_timestamp() - $3::interval
RETURNING subject, csrf, least(seen_at + $2::interval, started_at + $3::interval) AS ends_at
"""
FORMER = """
SELECT subject, csrf, least(seen_at + $2::interval, started_at + $3::interval) AS ends_at
FROM alerts.session WHERE id = $1
"""
CLOSE = "DELETE FROM alerts.session WHERE id = $1"
SWEEP = "DELETE FROM alerts.session WHERE started_at < clock_timestamp() - $1::interval"


class Session(msgspec.Struct, frozen=True):
    """One signed-in browser; `ends_at` when nothing more is asked (UTC, machine time)."""

    subject: str
    csrf: str
    ends_at: datetime

    def must_match(self, token: str | None) -> None:
        """Raises Problem 403 when a form does not come from a page of this session."""
        if not hmac.compare_digest((token or "").encode(), self.csrf.encode()):
            raise Problem("forbidden", "Deze pagina was te oud. Laad de pagina opnieuw en probeer het weer.")


class Cookies:
    """How cookies are set: `__Host-` and Secure, but on the plain-http loopback of an embedded stack."""

    def __init__(self, *, secure: bool) -> None:
        self._secure = secure
        self.session = "__Host-session" if secure else "session"
        self.attempt = "__Host-sign-in" if secure else "sign-in"
        self.draft = "__Host-draft" if secure else "draft"

    def set(self, response: Response, name: str, value: str, seconds: int) -> None:
        """Keep a value in the browser for so long; script cannot read it."""
        response.set_cookie(
            name, value, max_age=seconds, path="/", secure=self._secure, httponly=True, samesite="lax"
        )

    def drop(self, response: Response, name: str) -> None:
        """Take a value away."""
        response.delete_cookie(name, path="/", secure=self._secure, httponly=True, samesite="lax")


async def begin(conn: Connection, subject: str) -> str:
    """Open a session for who has signed in; returns the word for the cookie."""
    word = secrets.token_urlsafe(32)
    await conn.execute(SWEEP, LONGEST)
    await conn.execute(OPEN, _name(word), subject, secrets.token_urlsafe(24))
    return word


async def touch(conn: Connection, word: str | None) -> Session | None:
    """The session of a cookie, which goes on for another half hour; None when there is none (any more)."""
    row = await conn.fetchrow(TOUCH, _name(word), IDLE, LONGEST) if word else None
    return Session(row["subject"], row["csrf"], row["ends_at"]) if row else None


async def former(conn: Connection, word: str | None) -> Session | None:
    """The session of a cookie, also when it has ended; None when the officer signed out."""
    row = await conn.fetchrow(FORMER, _name(word), IDLE, LONGEST) if word else None
    return Session(row["subject"], row["csrf"], row["ends_at"]) if row else None


async def end(conn: Connection, word: str | None) -> None:
    """Close the session of a cookie."""
    if word:
        await conn.execute(CLOSE, _name(word))


def _name(word: str) -> bytes:
    return sha256(word.encode()).digest()
