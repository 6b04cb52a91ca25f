"""The key of the development issuer, and the tokens that it signs with it."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

from joserfc import jwt
from joserfc.jwk import RSAKey

from services.stack.folder import Folder
from shared.runtime.config import AUDIENCE

ALGORITHM = "RS256"
LIFETIME = 8 * 3600
"""Seconds; long enough for a working day of development."""

DESK_SCOPES = (
    "alerts:read",
    "alerts:write",
    "cases:read",
    "cases:write",
    "exports:read",
    "subscriptions:read",
    "subscriptions:write",
)
SYSTEM_SCOPES = ("events:write", "receipts:read", *DESK_SCOPES)
LEVEL_OF_ASSURANCE = "http://eidas.europa.eu/LoA/substantial"


class Signer:
    """Signs the tokens of one stack; the key lies in its folder and is made at first use."""

    def __init__(self, folder: Folder, issuer: str) -> None:
        self.issuer = issuer
        self.key = _key(folder)
        self._clients = folder.secret("clients").encode()

    def jwks(self) -> Mapping[str, Any]:
        """The public half, as a resource server fetches it."""
        return {"keys": [self.key.as_dict(private=False, use="sig", alg=ALGORITHM)]}

    def client_secret(self, client: str) -> str:
        """The secret of a partner system: each has its own, and none needs to be stored."""
        return hmac.new(self._clients, client.encode(), hashlib.sha256).hexdigest()

    def access_token(self, subject: str, client: str, scopes: Sequence[str], lifetime: int = LIFETIME) -> str:
        """A bearer token for the APIs of the platform (RFC 9068). Machine time."""
        claims = self._claims(subject, AUDIENCE, lifetime)
        claims |= {"client_id": client, "azp": client, "jti": uuid4().hex, "scope": " ".join(scopes)}
        return self._sign(claims, "at+jwt")

    def id_token(self, subject: str, name: str, client: str, nonce: str | None) -> str:
        """Who signed in, for the desk (OpenID Connect). Machine time."""
        claims = self._claims(subject, client, 300)
        claims |= {"name": name, "acr": LEVEL_OF_ASSURANCE, "auth_time": claims["iat"]}
        return self._sign(claims | ({"nonce": nonce} if nonce else {}), "JWT")

    def _claims(self, subject: str, audience: str, lifetime: int) -> dict[str, Any]:
        now = int(time.time())
        return {
            "iss": self.issuer,
            "sub": subject,
            "aud": audience,
            "iat": now,
            "nbf": now,
            "exp": now + lifetime,
        }

    def _sign(self, claims: dict[str, Any], kind: str) -> str:
        return jwt.encode({"alg": ALGORITHM, "typ": kind, "kid": self.key.kid}, claims, self.key)


def _key(folder: Folder) -> RSAKey:
    path: Path = folder.secrets / "issuer.jwk"
    if not path.exists():
        key = RSAKey.generate_key(2048, auto_kid=True)
        folder.write("secrets/issuer.jwk", json.dumps(key.as_dict(private=True)))
    return RSAKey.import_key(json.loads(path.read_text()))
