"""As whom we call a receiver: a fixed token, or one fetched by client credentials (write-only in the API)."""

from __future__ import annotations

import time
from base64 import b64encode
from typing import Annotated, Literal
from urllib.parse import quote, urlencode

import msgspec
from pydantic import Field, StringConstraints
from pydantic.json_schema import SkipJsonSchema

from services.alerts.webhooks.exchange import Line
from shared.domain.event import Wire

ANSWER_BYTES = 16 * 1024
EARLY_SECONDS = 30.0
"""A token is fetched anew so long before it ends."""
DEFAULT_SECONDS = 300.0

Secret = Annotated[str, StringConstraints(pattern=r"^[\x21-\x7E]+$", min_length=1, max_length=8192)]
Short = Annotated[str, StringConstraints(pattern=r"^[\x20-\x7E]+$", min_length=1, max_length=512)]


class AccessToken(Wire):
    """A token that stays the same."""

    credential_type: Literal["ACCESS_TOKEN"]
    access_token: Secret


class ClientCredentials(Wire):
    """Where a token is fetched, and as whom (OAuth 2, client_secret_basic)."""

    credential_type: Literal["CLIENT_CREDENTIALS"]
    token_endpoint: Annotated[str, StringConstraints(max_length=2048)]
    client_id: Short
    client_secret: Secret
    scope: Short | SkipJsonSchema[None] = None


Credential = Annotated[AccessToken | ClientCredentials, Field(discriminator="credential_type")]


class NoToken(Exception):
    """The token could not be fetched."""


class Kept(msgspec.Struct, frozen=True):
    """As it stands sealed in the row."""

    credential_type: str
    access_token: str = ""
    token_endpoint: str = ""
    client_id: str = ""
    client_secret: str = ""
    scope: str | None = None


class Granted(msgspec.Struct):
    """What an authorisation server answers."""

    access_token: str
    expires_in: float = DEFAULT_SECONDS


class Tokens:
    """Finds the token for a credential, and remembers what was fetched until it ends. Machine time."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._fetched: dict[str, tuple[str, float]] = {}

    async def token(self, text: str) -> str:
        """The token for this credential, given as it was sealed. Raises NoToken."""
        kept = msgspec.json.decode(text, type=Kept)
        if kept.access_token:
            return kept.access_token
        token, ends = self._fetched.get(text, ("", 0.0))
        if ends < time.monotonic():
            token, ends = await self._fetch(kept)
            self._fetched[text] = (token, ends)
        return token

    def forget(self, text: str) -> None:
        """The receiver did not take this token: fetch another one next time."""
        self._fetched.pop(text, None)

    async def _fetch(self, kept: Kept) -> tuple[str, float]:
        form = {"grant_type": "client_credentials"} | ({"scope": kept.scope} if kept.scope else {})
        pair = f"{quote(kept.client_id, safe='')}:{quote(kept.client_secret, safe='')}"
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
            "Authorization": "Basic " + b64encode(pair.encode()).decode(),
        }
        asked = urlencode(form).encode()
        told = await self._line.ask("POST", kept.token_endpoint, headers, asked, ANSWER_BYTES)
        try:
            granted = msgspec.json.decode(told.answer, type=Granted, strict=False)
        except msgspec.MsgspecError:
            raise NoToken from None
        if not told.succeeded or not granted.access_token.isascii() or not granted.access_token.isprintable():
            raise NoToken
        return granted.access_token, time.monotonic() + max(granted.expires_in - EARLY_SECONDS, 1.0)
