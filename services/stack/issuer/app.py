"""The development issuer over HTTP: discovery, keys, sign-in, tokens."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qs

from authlib.oauth2.rfc6749 import OAuth2Error
from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse

from services.stack.folder import Folder, Plan
from services.stack.issuer import page, persons, protocol
from services.stack.issuer.tokens import ALGORITHM, DESK_SCOPES, SYSTEM_SCOPES, Signer
from services.stack.programs import DESK, DESK_CLIENT, ISSUER, http

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def create_app(folder: Folder, plan: Plan) -> FastAPI:
    """The issuer of one stack."""
    signer = Signer(folder, http(plan, ISSUER.name))
    issuer = protocol.Issuer(signer, http(plan, DESK.name), folder.secret(DESK_CLIENT))
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)

    @app.get("/.well-known/openid-configuration")
    async def discovery() -> Response:
        return JSONResponse(_discovery(signer.issuer), headers=HEADERS)

    @app.get("/jwks")
    async def jwks() -> Response:
        return JSONResponse(signer.jwks(), headers=HEADERS)

    @app.get("/authorize")
    async def authorize(request: Request) -> Response:
        values = request.query_params.multi_items()
        asked = _read(request, ((name, value) for name, value in values if name != "person"))
        try:
            grant = issuer.get_consent_grant(asked)
        except OAuth2Error as refusal:
            if refusal.redirect_uri:
                return _answer(issuer.handle_error_response(asked, refusal))
            return HTMLResponse(page.refused(refusal.error), 400, HEADERS)
        known = persons.known(folder)
        chosen = next((one for one in known if one.subject == request.query_params.get("person")), None)
        if chosen is None:
            return HTMLResponse(page.choose(known, values), headers=HEADERS)
        return _answer(issuer.create_authorization_response(asked, chosen, grant))

    @app.post("/token")
    async def token(request: Request) -> Response:
        form = parse_qs((await request.body()).decode("utf-8", "replace"), keep_blank_values=True)
        asked = _read(request, ((name, value) for name, values in form.items() for value in values))
        return _answer(issuer.create_token_response(asked))

    @app.get("/end-session")
    async def end_session(post_logout_redirect_uri: str = "", state: str = "") -> Response:
        if issuer.desk.check_redirect_uri(post_logout_redirect_uri):
            target = post_logout_redirect_uri + (f"?state={state}" if state.isalnum() else "")
            return RedirectResponse(target, 303, HEADERS)
        return HTMLResponse(page.left(), headers=HEADERS)

    @app.get("/issuer.css")
    async def style() -> Response:
        return Response(page.STYLE, media_type="text/css", headers=HEADERS)

    @app.get("/health/live")
    @app.get("/health/ready")
    async def healthy() -> Response:
        return JSONResponse({"status": "ok"}, headers=HEADERS)

    return app


def _read(request: Request, pairs: Iterable[tuple[str, str]]) -> protocol.Request:
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return protocol.Request(
        request.method,
        str(request.url),
        values,
        {name.title(): value for name, value in request.headers.items()},
    )


def _answer(answer: protocol.Answer) -> Response:
    headers = HEADERS | dict(answer.headers)
    if answer.status in (302, 303):
        return RedirectResponse(headers.pop("Location"), 303, headers)
    body: Any = dict(answer.body) if isinstance(answer.body, list) else answer.body
    return JSONResponse(
        body, answer.status, {name: value for name, value in headers.items() if name != "Content-Type"}
    )


def _discovery(issuer: str) -> dict[str, object]:
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "jwks_uri": f"{issuer}/jwks",
        "end_session_endpoint": f"{issuer}/end-session",
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "client_credentials"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [ALGORITHM],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": ["openid", "profile", *dict.fromkeys((*DESK_SCOPES, *SYSTEM_SCOPES))],
        "claims_supported": ["iss", "sub", "aud", "exp", "iat", "nonce", "acr", "auth_time", "name"],
    }
