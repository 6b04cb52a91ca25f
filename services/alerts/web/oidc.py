"""Signing in at the issuer: OpenID Connect with an authorisation code, PKCE (S256), state and nonce.

Written here on `joserfc` and `httpx2`, because the ready client for this framework keeps its state in a
signed cookie of its own kind and needs another HTTP client. Machine time rules.
"""

from __future__ import annotations

import hmac
import secrets
import time
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

import httpx2
import msgspec
import structlog
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from shared.runtime.config import DeskSettings
from shared.runtime.problems import Problem, unavailable
from shared.runtime.tokens import ALGORITHMS, LEEWAY

ATTEMPT_SECONDS = 600
"""How long a person may take to sign in."""

log = structlog.get_logger()


class Attempt(msgspec.Struct, frozen=True, array_like=True):
    """One attempt to sign in, kept in the browser that began it; `then` is where it goes on."""

    state: str
    nonce: str
    verifier: str
    then: str


class Provider:
    """The issuer, found by discovery."""

    def __init__(self, issuer: str, client: DeskSettings, back: str) -> None:
        self._issuer = issuer
        self._client = client
        self._back = back

    async def begin(self, then: str) -> tuple[str, Attempt]:
        """Where the browser has to go, and what it has to keep. Raises Problem 503."""
        attempt = Attempt(
            secrets.token_urlsafe(24), secrets.token_urlsafe(24), secrets.token_urlsafe(48), then
        )
        challenge = urlsafe_b64encode(sha256(attempt.verifier.encode()).digest()).decode().rstrip("=")
        asked = {
            "response_type": "code",
            "client_id": self._client.client_id,
            "redirect_uri": self._back,
            "scope": "openid profile",
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        about = await self._about()
        return f"{about['authorization_endpoint']}?{urlencode(asked)}", attempt

    async def subject(self, attempt: Attempt, state: str, code: str) -> str:
        """Who came back: issuer and subject, joined by a space. Raises Problem 400 or 503."""
        if not hmac.compare_digest(state.encode(), attempt.state.encode()):
            raise refused()
        about = await self._about()
        claims = await self._claims(about, attempt, code)
        given = claims.get("aud")
        sound = (
            claims.get("iss") == self._issuer
            and self._client.client_id in (given if isinstance(given, list) else [given])
            and claims.get("nonce") == attempt.nonce
            and isinstance(claims.get("exp"), int | float)
            and claims["exp"] + LEEWAY >= time.time()
            and claims.get("sub")
        )
        if not sound:
            raise refused()
        return f"{self._issuer} {claims['sub']}"

    async def leave(self, then: str) -> str:
        """Where the browser signs out at the issuer too; `then` when the issuer knows no such page."""
        end = (await self._about()).get("end_session_endpoint")
        asked = {"client_id": self._client.client_id, "post_logout_redirect_uri": then}
        return f"{end}?{urlencode(asked)}" if end else then

    async def _claims(self, about: dict[str, Any], attempt: Attempt, code: str) -> dict[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._back,
            "code_verifier": attempt.verifier,
        }
        try:
            async with _http() as http:
                secret = self._client.client_secret.get_secret_value()
                told = await http.post(
                    about["token_endpoint"], data=form, auth=(self._client.client_id, secret)
                )
                if told.status_code in (400, 401):
                    raise refused()
                keys = await http.get(about["jwks_uri"])
                token = told.raise_for_status().json()["id_token"]
                found = jwt.decode(token, KeySet.import_key_set(keys.json()), algorithms=ALGORITHMS)
        except (JoseError, KeyError, ValueError) as error:
            log.warning("sign_in_refused", error=type(error).__name__)
            raise refused() from None
        except httpx2.HTTPError as error:
            log.warning("issuer_unreachable", error=type(error).__name__)
            raise unavailable() from None
        return dict(found.claims)

    async def _about(self) -> dict[str, Any]:
        try:
            async with _http() as http:
                found = await http.get(f"{self._issuer}/.well-known/openid-configuration")
                about: dict[str, Any] = found.raise_for_status().json()
        except (httpx2.HTTPError, ValueError) as error:
            log.warning("issuer_unreachable", error=type(error).__name__)
            raise unavailable() from None
        return about


def refused() -> Problem:
    """The attempt to sign in came to nothing."""
    return Problem("invalid-input", "Aanmelden is niet gelukt. Begin opnieuw.")


def _http() -> httpx2.AsyncClient:
    return httpx2.AsyncClient(timeout=5, trust_env=False)
