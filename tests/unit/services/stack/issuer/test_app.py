"""Signing in at the development issuer, as the desk and as a partner system do it."""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from services.stack import programs
from services.stack.folder import Folder, Plan
from services.stack.issuer.app import create_app
from services.stack.issuer.persons import cast
from services.stack.issuer.tokens import Signer
from shared.runtime.config import AUDIENCE

VERIFIER = "v" * 64
CHALLENGE = urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
PLAN = Plan("mark", "kafka", "Acluster", {name: 20000 + number for number, name in enumerate(programs.PORTS)})
ISSUER = programs.http(PLAN, "issuer")
BACK = programs.http(PLAN, "alerts-web") + "/desk/sign-in/back"
ASK = {
    "response_type": "code",
    "client_id": "desk",
    "redirect_uri": BACK,
    "scope": "openid alerts:read",
    "state": "s1",
    "nonce": "n1",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder(tmp_path / "stack")
    made.prepare()
    made.write("persons.json", json.dumps([asdict(person) for person in cast("38")]))
    return made


@pytest.fixture
async def issuer(folder: Folder) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app=create_app(folder, PLAN))
    async with httpx2.AsyncClient(transport=transport, base_url=ISSUER) as client:
        yield client


async def code(issuer: httpx2.AsyncClient, **more: str) -> str:
    answer = await issuer.get("/authorize", params=ASK | {"person": "rmc-38"} | more)
    return parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]


async def claims(issuer: httpx2.AsyncClient, token: str) -> dict[str, Any]:
    keys = KeySet.import_key_set((await issuer.get("/jwks")).json())
    return dict(jwt.decode(token, keys, algorithms=["RS256"]).claims)


async def exchange(issuer: httpx2.AsyncClient, folder: Folder, **more: str) -> httpx2.Response:
    form = {"grant_type": "authorization_code", "redirect_uri": BACK, "code_verifier": VERIFIER} | more
    return await issuer.post("/token", data=form, auth=("desk", folder.secret("desk")))


async def test_a_visitor_chooses_who_to_be(issuer: httpx2.AsyncClient) -> None:
    page = await issuer.get("/authorize", params=ASK)

    assert page.status_code == 200
    assert "Dit is een oefenomgeving" in page.text
    for title in ("vsv-makelaar, regio 38", "RMC-medewerker", "leerplichtambtenaar", "coördinator"):
        assert title in page.text


async def test_the_desk_learns_who_signed_in(issuer: httpx2.AsyncClient, folder: Folder) -> None:
    answer = (await exchange(issuer, folder, code=await code(issuer))).json()

    who = await claims(issuer, answer["id_token"])
    assert (who["iss"], who["sub"], who["aud"], who["nonce"]) == (ISSUER, "rmc-38", "desk", "n1")
    may = await claims(issuer, answer["access_token"])
    assert (may["aud"], may["client_id"], may["scope"]) == (AUDIENCE, "desk", "openid alerts:read")


async def test_a_code_works_once(issuer: httpx2.AsyncClient, folder: Folder) -> None:
    given = await code(issuer)

    assert (await exchange(issuer, folder, code=given)).status_code == 200
    assert (await exchange(issuer, folder, code=given)).json()["error"] == "invalid_grant"


async def test_a_code_is_worth_nothing_without_its_verifier(
    issuer: httpx2.AsyncClient, folder: Folder
) -> None:
    answer = await exchange(issuer, folder, code=await code(issuer), code_verifier="w" * 64)

    assert answer.json()["error"] == "invalid_grant"


async def test_nor_without_the_secret_of_the_desk(issuer: httpx2.AsyncClient) -> None:
    form = {"grant_type": "authorization_code", "code": await code(issuer), "redirect_uri": BACK}
    answer = await issuer.post("/token", data=form | {"code_verifier": VERIFIER}, auth=("desk", "guess"))

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize(
    "wrong", [{"code_challenge": ""}, {"code_challenge_method": "plain"}, {"response_type": "token"}]
)
async def test_a_careless_request_goes_back_with_an_error(
    issuer: httpx2.AsyncClient, wrong: dict[str, str]
) -> None:
    answer = await issuer.get("/authorize", params=ASK | wrong | {"person": "rmc-38"})

    assert answer.status_code == 303
    assert answer.headers["location"].startswith(BACK + "?error=")


@pytest.mark.parametrize("wrong", [{"redirect_uri": "https://elsewhere.example/"}, {"client_id": "sis"}])
async def test_nobody_is_sent_elsewhere(issuer: httpx2.AsyncClient, wrong: dict[str, str]) -> None:
    answer = await issuer.get("/authorize", params=ASK | wrong | {"person": "rmc-38"})

    assert answer.status_code == 400
    assert "location" not in answer.headers


async def test_a_partner_system_gets_the_scopes_it_asks_for(
    issuer: httpx2.AsyncClient, folder: Folder
) -> None:
    secret = Signer(folder, ISSUER).client_secret("sis")
    form = {"grant_type": "client_credentials", "scope": "events:write admin:write"}
    answer = await issuer.post("/token", data=form, auth=("sis", secret))

    may = await claims(issuer, answer.json()["access_token"])
    assert (may["sub"], may["client_id"], may["scope"]) == ("sis", "sis", "events:write")


async def test_the_secret_of_one_system_is_not_that_of_another(
    issuer: httpx2.AsyncClient, folder: Folder
) -> None:
    secret = Signer(folder, ISSUER).client_secret("sis")
    answer = await issuer.post("/token", data={"grant_type": "client_credentials"}, auth=("other", secret))

    assert answer.status_code == 401


async def test_the_key_survives_a_restart(folder: Folder) -> None:
    assert Signer(folder, ISSUER).jwks() == Signer(folder, ISSUER).jwks()
    assert "d" not in Signer(folder, ISSUER).jwks()["keys"][0]
