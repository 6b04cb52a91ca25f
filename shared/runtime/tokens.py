"""Bearer tokens: who calls, proven by a signature of the issuer that we trust. Machine time rules here."""

from __future__ import annotations

import asyncio
import time
from base64 import urlsafe_b64decode
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Any

import httpx2
import msgspec
import structlog
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from shared.runtime.problems import Problem, unavailable

ALGORITHMS = ["PS256", "RS256", "ES256"]
LEEWAY = 60.0
"""Seconds that clocks may differ (project decision)."""
REFETCH = 60.0
"""Seconds between two fetches of keys because of an unknown key id."""
PAUSE = 1.0
"""Seconds before the issuer is asked again when it did not answer at the first time."""
REMEMBERED = 10_000

KeysOf = Callable[[str], Awaitable[KeySet]]
"""Fetches the keys of an issuer. Raises HTTPError, JoseError, ValueError, KeyError or TypeError."""

log = structlog.get_logger()


class Caller(msgspec.Struct, frozen=True):
    """Who calls: a system (`client_id`) or a person (`subject` at `issuer`), and what it may do."""

    issuer: str
    subject: str
    client_id: str
    scopes: frozenset[str]
    expires: float

    def must_have(self, scope: str) -> None:
        """Raises Problem 403 when the token lacks a scope."""
        if scope not in self.scopes:
            raise Problem("forbidden", f"Dit token heeft het recht {scope} niet.")


class Tokens:
    """Checks tokens of one issuer, found by discovery; verified tokens are kept until they expire."""

    def __init__(self, issuer: str, audience: str, keys_of: KeysOf | None = None) -> None:
        self._issuer = issuer
        self._keys_of = keys_of or discover
        self._audience = audience
        self._keys: KeySet | None = None
        self._tried = float("-inf")
        self._fetched = float("-inf")
        self._verified: dict[bytes, Caller] = {}
        self._fetching = asyncio.Lock()

    async def caller(self, authorization: str | None) -> Caller:
        """Who sent this `Authorization` header. Raises Problem 401, or 503 when no keys can be had."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise _refused("Stuur een bearer-token mee.", "")
        name = sha256(token.encode()).digest()
        known = self._verified.get(name)
        if known is None or known.expires + LEEWAY < time.time():
            known = _checked(await self._claims(token), self._issuer, self._audience)
            if len(self._verified) >= REMEMBERED:
                self._verified.clear()
            self._verified[name] = known
        return known

    async def _claims(self, token: str) -> dict[str, Any]:
        keys = self._keys if self._keys is not None else await self._fetch()
        if _key_id(token) not in {key.kid for key in keys.keys} and self._may_fetch_again():
            keys = await self._fetch()
        try:
            return dict(jwt.decode(token, keys, algorithms=ALGORITHMS).claims)
        except (JoseError, ValueError, KeyError, TypeError):
            raise _refused("Dit token is niet geldig.", "invalid_token") from None

    def _may_fetch_again(self) -> bool:
        return time.monotonic() - self._tried > REFETCH

    async def _fetch(self) -> KeySet:
        asked = time.monotonic()
        async with self._fetching:
            if self._keys is not None and self._fetched > asked:
                return self._keys  # another request fetched them while this one waited
            if self._keys is None and time.monotonic() - self._tried < PAUSE:
                raise unavailable()
            self._tried = time.monotonic()
            try:
                self._keys = await self._keys_of(self._issuer)
            except (httpx2.HTTPError, JoseError, ValueError, KeyError, TypeError) as error:
                log.warning("keys_unreachable", error=type(error).__name__)
                raise unavailable() from None
            self._fetched = time.monotonic()
            return self._keys


async def discover(issuer: str) -> KeySet:
    """The keys of an issuer, by discovery; it must call itself by the name we know it by."""
    async with httpx2.AsyncClient(timeout=5, trust_env=False) as http:
        found = await http.get(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        document = found.raise_for_status().json()
        if document["issuer"] != issuer:
            raise ValueError("another issuer")
        keys = await http.get(document["jwks_uri"])
        return KeySet.import_key_set(keys.raise_for_status().json())


def _key_id(token: str) -> str | None:
    """Which key a token says it was signed with; the signature is not looked at."""
    head = token.partition(".")[0]
    try:
        header = msgspec.json.decode(urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    except (ValueError, msgspec.MsgspecError):
        return None
    kid = header.get("kid") if isinstance(header, dict) else None
    return kid if isinstance(kid, str) else None


def _checked(claims: dict[str, Any], issuer: str, audience: str) -> Caller:
    """The caller of verified claims; everything that is compared is compared."""
    now = time.time()
    given = claims.get("aud")
    expires, begins = claims.get("exp"), claims.get("nbf", 0)
    sound = (
        claims.get("iss") == issuer
        and audience in (given if isinstance(given, list) else [given])
        and isinstance(expires, int | float)
        and isinstance(begins, int | float)
        and expires + LEEWAY >= now
        and begins - LEEWAY <= now
        and not _bound_to_certificate(claims)
    )
    if not sound:
        raise _refused("Dit token is niet (meer) geldig voor deze API.", "invalid_token")
    client = claims.get("client_id") or claims.get("azp") or ""
    return Caller(
        issuer=issuer,
        subject=str(claims.get("sub", "")),
        client_id=str(client),
        scopes=frozenset(str(claims.get("scope", "")).split()),
        expires=float(expires or 0),
    )


def _bound_to_certificate(claims: dict[str, Any]) -> bool:
    """Whether only the holder of a client certificate may use it; we see none yet, so nobody may."""
    bound = claims.get("cnf")
    return bound is not None and not (isinstance(bound, dict) and "x5t#S256" not in bound)


def _refused(detail: str, error: str) -> Problem:
    challenge = f'Bearer error="{error}"' if error else "Bearer"
    return Problem("unauthenticated", detail, headers={"www-authenticate": challenge})
