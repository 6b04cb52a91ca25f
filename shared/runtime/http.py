"""What every API process does with HTTP, whatever it serves: headers, measuring, and how it is run."""

from __future__ import annotations

import re
import time
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.runtime.metrics import HTTP_DURATION

SECURITY = {
    "cache-control": "no-store",
    "content-security-policy": "frame-ancestors 'none'",
    "strict-transport-security": "max-age=31536000; includeSubDomains",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
}
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
HEADER_LIMIT = 16 * 1024
_TRACEPARENT = re.compile(rb"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


class Headers:
    """Puts the security headers and `API-Version` on EVERY response, errors of the framework included.

    It stands outside the application, because the framework's outermost error handler bypasses what is
    inside. A header that the application has set itself stays.
    """

    def __init__(self, app: ASGIApp, api: str, version: str) -> None:
        self._app = app
        self._api = api
        self._always = [(name.encode(), value.encode()) for name, value in SECURITY.items()]
        self._always.append((b"api-version", version.encode()))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; HEAD is GET without the body."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = time.perf_counter()
        trace = _trace(scope)
        method = scope["method"]
        if method == "HEAD":
            scope["method"] = "GET"

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", ()))
                named = {name.lower() for name, _ in headers}
                headers += [pair for pair in self._always if pair[0] not in named]
                if trace:
                    headers.append((b"traceresponse", trace))
                message = {**message, "headers": headers}
                self._measure(scope, method, message["status"], time.perf_counter() - begun)
            elif method == "HEAD":
                message = {**message, "body": b""}
            await send(message)

        answered = False

        async def once(message: Message) -> None:
            nonlocal answered
            answered = True
            await with_headers(message)

        try:
            await self._app(scope, receive, once)
        except Exception:
            if not answered:
                raise
            # It was logged where it was answered; the server's own log would repeat it with its message.

    def _measure(self, scope: Scope, method: str, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "none")
        shown = method if method in METHODS else "other"
        HTTP_DURATION.labels(self._api, route, shown, str(status)).observe(seconds)


def _trace(scope: Scope) -> bytes | None:
    for name, value in scope["headers"]:
        if name == b"traceparent" and _TRACEPARENT.fullmatch(value):
            return bytes(value)
    return None


def wants_json(accept: str | None) -> bool:
    """Whether an `Accept` header lets us answer in JSON."""
    if not accept:
        return True
    for entry in accept.lower().split(","):
        name, *parameters = [part.strip() for part in entry.split(";")]
        weight = next((part[2:] for part in parameters if part.startswith("q=")), "1")
        if name in _JSON and weight.strip("0.") != "":
            return True
    return False


_JSON = frozenset({"*/*", "application/*", "application/json", "application/problem+json"})


def trace_id(headers: Any) -> str:
    """The trace of a request, from its `traceparent` header; 32 zeros when it has none."""
    value = str(headers.get("traceparent", ""))
    return value[3:35] if _TRACEPARENT.fullmatch(value.encode("latin-1", "replace")) else "0" * 32


def server(app: ASGIApp, host: str, port: int) -> uvicorn.Server:
    """An HTTP server; h11, because httptools loses the body of an `Upgrade: h2c` request."""
    return uvicorn.Server(
        uvicorn.Config(
            app,
            host=host,
            port=port,
            http="h11",
            ws="none",
            loop="uvloop",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            h11_max_incomplete_event_size=HEADER_LIMIT,
            timeout_graceful_shutdown=10,
            lifespan="on",
        )
    )
