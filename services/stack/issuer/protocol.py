"""OAuth 2 and OpenID Connect, as `authlib` speaks them, for the two kinds of clients that we have.

The desk signs people in by authorisation code with PKCE (S256 only); a partner system gets its token by
client credentials. Codes live in memory, for a minute.
"""

from __future__ import annotations

import hmac
import re
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from authlib.oauth2.rfc6749 import (
    AuthorizationCodeMixin,
    AuthorizationServer,
    ClientMixin,
    InvalidRequestError,
    OAuth2Payload,
    OAuth2Request,
)
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant, ClientCredentialsGrant
from authlib.oauth2.rfc7636 import CodeChallenge

from services.stack.issuer.persons import Person
from services.stack.issuer.tokens import DESK_SCOPES, LIFETIME, SYSTEM_SCOPES, Signer
from services.stack.programs import DESK_CLIENT

CODE_LIFETIME = 60
"""Seconds of machine time."""
CLIENT_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


@dataclass(frozen=True)
class Answer:
    """What goes back to the caller."""

    status: int
    body: object
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Client(ClientMixin):  # type: ignore[misc]
    """The desk, or a partner system."""

    client_id: str
    secret: str
    origin: str | None = None  # of the desk: where codes may be sent

    def get_client_id(self) -> str:
        return self.client_id

    def get_default_redirect_uri(self) -> str | None:
        return None

    def get_allowed_scope(self, scope: str | None) -> str:
        allowed = ("openid", "profile", *DESK_SCOPES) if self.origin else SYSTEM_SCOPES
        return " ".join(one for one in allowed if not scope or one in scope.split())

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        parts = urlsplit(redirect_uri)
        return f"{parts.scheme}://{parts.netloc}" == self.origin

    def check_client_secret(self, client_secret: str) -> bool:
        return hmac.compare_digest(self.secret.encode(), client_secret.encode())

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method in ("client_secret_basic", "client_secret_post")

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code" and self.origin is not None

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == ("authorization_code" if self.origin else "client_credentials")


@dataclass(frozen=True)
class Code(AuthorizationCodeMixin):  # type: ignore[misc]
    """A code that was given out, and to whom."""

    code: str
    client_id: str
    redirect_uri: str
    scope: str
    person: Person
    nonce: str | None
    code_challenge: str
    code_challenge_method: str = "S256"
    given_at: float = field(default_factory=time.monotonic)

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope


class Payload(OAuth2Payload):  # type: ignore[misc]
    """The parameters of a request, each with every value it was given."""

    def __init__(self, values: Mapping[str, list[str]]) -> None:
        self._values = values

    @property
    def data(self) -> dict[str, str]:
        return {name: values[0] for name, values in self._values.items()}

    @property
    def datalist(self) -> defaultdict[str, list[str]]:
        return defaultdict(list, self._values)


class Request(OAuth2Request):  # type: ignore[misc]
    """One request, as authlib wants to read it."""

    def __init__(
        self, method: str, url: str, values: Mapping[str, list[str]], headers: Mapping[str, str]
    ) -> None:
        super().__init__(method, url, headers=dict(headers))
        self.payload = Payload(values)

    @property
    def args(self) -> dict[str, str]:
        return self.payload.data

    @property
    def form(self) -> dict[str, str]:
        return self.payload.data


class Challenge(CodeChallenge):  # type: ignore[misc]
    """PKCE, which nobody may leave out."""

    DEFAULT_CODE_CHALLENGE_METHOD = "S256"
    SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
        if not grant.request.payload.data.get("code_challenge"):
            raise InvalidRequestError("Missing 'code_challenge'")
        super().validate_code_challenge(grant, redirect_uri)


class ByCode(AuthorizationCodeGrant):  # type: ignore[misc]
    """The grant by which people sign in."""

    def save_authorization_code(self, code: str, request: Request) -> None:
        given = request.payload.data
        self.server.codes[code] = Code(
            code,
            request.client.client_id,
            given["redirect_uri"],
            request.client.get_allowed_scope(given.get("scope")),
            request.user,
            given.get("nonce"),
            given["code_challenge"],
        )

    def query_authorization_code(self, code: str, client: Client) -> Code | None:
        found: Code | None = self.server.codes.get(code)
        fresh = found and time.monotonic() - found.given_at < CODE_LIFETIME
        return found if found and fresh and found.client_id == client.client_id else None

    def delete_authorization_code(self, authorization_code: Code) -> None:
        del self.server.codes[authorization_code.code]

    def authenticate_user(self, authorization_code: Code) -> Person:
        return authorization_code.person


class BySecret(ClientCredentialsGrant):  # type: ignore[misc]
    """The grant by which systems sign in."""

    TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic", "client_secret_post")


class Issuer(AuthorizationServer):  # type: ignore[misc]
    """The authorisation server itself."""

    def __init__(self, signer: Signer, desk_origin: str, desk_secret: str) -> None:
        super().__init__()
        self.signer = signer
        self.desk = Client(DESK_CLIENT, desk_secret, desk_origin)
        self.codes: dict[str, Code] = {}
        self.register_grant(ByCode, [Challenge()])
        self.register_grant(BySecret)
        self.register_token_generator("default", self._token)

    def query_client(self, client_id: str) -> Client | None:
        if client_id == self.desk.client_id:
            return self.desk
        known = CLIENT_ID.fullmatch(client_id)
        return Client(client_id, self.signer.client_secret(client_id)) if known else None

    def create_oauth2_request(self, request: Request) -> Request:
        return request

    def handle_response(self, status: int, body: object, headers: list[tuple[str, str]]) -> Answer:
        return Answer(status, body, dict(headers))

    def send_signal(self, name: str, *args: object, **kwargs: object) -> None:
        """Nobody listens."""

    def save_token(self, token: dict[str, Any], request: Request) -> None:
        """Tokens are signed, not stored; the one for the desk also says who signed in."""
        code = request.authorization_code
        if isinstance(code, Code) and "openid" in code.scope.split():
            token["id_token"] = self.signer.id_token(
                code.person.subject, code.person.name, code.client_id, code.nonce
            )

    def _token(self, client: Client, scope: str | None, user: Person | None, **_: object) -> dict[str, Any]:
        allowed = client.get_allowed_scope(scope)
        subject = user.subject if user else client.client_id
        signed = self.signer.access_token(subject, client.client_id, allowed.split())
        return {"access_token": signed, "token_type": "Bearer", "expires_in": LIFETIME, "scope": allowed}
