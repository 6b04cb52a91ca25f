"""Bearer tokens: what a caller must show, and when the keys of the issuer are asked for again."""

from __future__ import annotations

import base64
import hmac
import json
import time
from typing import Any

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

from shared.runtime.problems import Problem
from shared.runtime.tokens import Tokens

ISSUER = "https://issuer.example"
AUDIENCE = "https://transfers.example/api"
FIRST = RSAKey.generate_key(2048, {"kid": "first", "use": "sig"})
SECOND = RSAKey.generate_key(2048, {"kid": "second", "use": "sig"})
CURVE = ECKey.generate_key("P-256", {"kid": "curve", "use": "sig"})


class Issuer:
    """Serves its keys, or does not answer."""

    def __init__(self) -> None:
        self.keys: list[RSAKey | ECKey] = [FIRST, CURVE]
        self.asked = 0
        self.away = False

    async def serve(self, issuer: str) -> KeySet:
        """Its keys."""
        self.asked += 1
        if self.away:
            raise httpx2.ConnectError("refused")
        return KeySet.import_key_set({"keys": [key.as_dict(private=False) for key in self.keys]})


@pytest.fixture
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture
def tokens(issuer: Issuer) -> Tokens:
    return Tokens(ISSUER, AUDIENCE, issuer.serve)


def claims(**changes: Any) -> dict[str, Any]:
    """What a token says; small numbers are seconds from now."""
    now = int(time.time())
    changes = {name: now + value if type(value) is int else value for name, value in changes.items()}
    told = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "sis",
        "client_id": "sis",
        "scope": "events:write receipts:read",
        "iat": now,
        "exp": now + 300,
    } | changes
    return {name: value for name, value in told.items() if value is not None}


def signed(key: Any = FIRST, alg: str = "RS256", kid: str | None = None, **changes: Any) -> str:
    """A token as the `Authorization` header has it."""
    header = {"alg": alg, "kid": kid or key.kid}
    return "Bearer " + jwt.encode(header, claims(**changes), key, algorithms=[alg])


async def code(tokens: Tokens, authorization: str | None) -> str:
    """The code of the problem that this header makes."""
    with pytest.raises(Problem) as fault:
        await tokens.caller(authorization)
    return fault.value.code


async def test_a_good_token_says_who_calls(tokens: Tokens) -> None:
    caller = await tokens.caller(signed())
    assert (caller.client_id, caller.subject, caller.issuer) == ("sis", "sis", ISSUER)
    caller.must_have("events:write")
    with pytest.raises(Problem, match="forbidden"):
        caller.must_have("admin:write")


@pytest.mark.parametrize(("key", "alg"), [(FIRST, "RS256"), (FIRST, "PS256"), (CURVE, "ES256")])
async def test_three_ways_of_signing_are_taken(tokens: Tokens, key: Any, alg: str) -> None:
    assert (await tokens.caller(signed(key, alg))).client_id == "sis"


async def test_azp_may_name_the_client_and_the_audience_may_be_one_of_several(tokens: Tokens) -> None:
    caller = await tokens.caller(signed(client_id=None, azp="desk", aud=["other", AUDIENCE]))
    assert caller.client_id == "desk"


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"aud": "https://other.example"}, id="for another"),
        pytest.param({"aud": None}, id="for nobody"),
        pytest.param({"iss": "https://other.example"}, id="of another issuer"),
        pytest.param({"exp": -61}, id="expired"),
        pytest.param({"exp": None}, id="without an end"),
        pytest.param({"exp": "never"}, id="an end that is no moment"),
        pytest.param({"exp": True}, id="an end that is a truth"),
        pytest.param({"nbf": 90}, id="not yet"),
        pytest.param({"cnf": {"x5t#S256": "abc"}}, id="bound to a certificate"),
        pytest.param({"cnf": "abc"}, id="bound to something unknown"),
    ],
)
async def test_a_token_that_is_not_for_us_now_is_refused(tokens: Tokens, changes: dict[str, Any]) -> None:
    assert await code(tokens, signed(**changes)) == "unauthenticated"


@pytest.mark.parametrize("changes", [{"exp": -40}, {"nbf": 40}])
async def test_clocks_may_differ_by_a_minute(tokens: Tokens, changes: dict[str, Any]) -> None:
    assert (await tokens.caller(signed(**changes))).client_id == "sis"


def unsigned(**header: str) -> str:
    """The first two parts of a token, as anybody can write them."""
    parts = (json.dumps(part).encode() for part in (header, claims()))
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


async def test_none_is_not_a_signature(tokens: Tokens) -> None:
    assert await code(tokens, f"Bearer {unsigned(alg='none', kid='first')}.") == "unauthenticated"


async def test_a_public_key_is_not_a_shared_secret(tokens: Tokens) -> None:
    forged = unsigned(alg="HS256", kid="first")
    mac = hmac.digest(FIRST.as_pem(private=False), forged.encode(), "sha256")
    signature = base64.urlsafe_b64encode(mac).rstrip(b"=").decode()
    assert await code(tokens, f"Bearer {forged}.{signature}") == "unauthenticated"


async def test_another_key_under_a_known_name_is_refused(tokens: Tokens, issuer: Issuer) -> None:
    assert await code(tokens, signed(SECOND, kid="first")) == "unauthenticated"
    assert issuer.asked == 1


async def test_a_changed_token_is_another_token(tokens: Tokens) -> None:
    good = signed()
    await tokens.caller(good)
    head, _, signature = good.split(".")
    body = base64.urlsafe_b64encode(json.dumps(claims(scope="admin:write")).encode()).rstrip(b"=").decode()
    assert await code(tokens, f"{head}.{body}.{signature}") == "unauthenticated"


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic c2lzOnNpcw==", "sis"])
async def test_without_a_bearer_token_nobody_is_anybody(
    tokens: Tokens, issuer: Issuer, header: str | None
) -> None:
    assert await code(tokens, header) == "unauthenticated"
    assert issuer.asked == 0


@pytest.mark.parametrize("token", ["x", "a.b.c", "....", "e30.e30.e30", "é.é.é", "W10.e30.e30", "A" * 5000])
async def test_rubbish_is_refused(tokens: Tokens, token: str) -> None:
    assert await code(tokens, f"Bearer {token}") == "unauthenticated"


class TestKeys:
    """When the issuer is asked for its keys."""

    async def test_once_for_many_tokens(self, tokens: Tokens, issuer: Issuer) -> None:
        for number in range(5):
            await tokens.caller(signed(jti=str(number)))
        assert issuer.asked == 1

    async def test_an_unknown_key_is_looked_for_at_most_once_a_minute(
        self, tokens: Tokens, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        now = [1000.0]
        monkeypatch.setattr(time, "monotonic", lambda: now[0])
        await tokens.caller(signed())
        issuer.keys.append(SECOND)
        assert await code(tokens, signed(SECOND)) == "unauthenticated"
        now[0] += 61
        assert (await tokens.caller(signed(SECOND))).client_id == "sis"
        for _ in range(5):
            await code(tokens, signed(SECOND, kid="third"))
        assert issuer.asked == 2

    async def test_without_keys_there_is_no_answer(self, tokens: Tokens, issuer: Issuer) -> None:
        issuer.away = True
        assert await code(tokens, signed()) == "unavailable"
        assert await code(tokens, signed()) == "unavailable"
        assert issuer.asked == 1

    async def test_what_was_verified_stays_so_until_it_ends(
        self, tokens: Tokens, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        good = signed()
        await tokens.caller(good)
        issuer.keys.clear()
        assert (await tokens.caller(good)).client_id == "sis"
        later = time.time() + 400
        monkeypatch.setattr(time, "time", lambda: later)
        assert await code(tokens, good) == "unauthenticated"
