"""What a body may be: JSON in UTF-8, looked at before it is read."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

from shared.runtime.problems import Problem

JSON = "application/json"
MERGE = "application/merge-patch+json"
"""A change: what is left out stays, what is null goes (RFC 7396)."""


class JsonBodies(APIRoute):
    """A route that answers 415 to a body of another kind; no body at all is left to the route."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, behind the check."""
        handler = super().get_route_handler()

        async def checked(request: Request) -> Response:
            if request.method in ("POST", "PATCH") and _has_body(request):
                kinds = (JSON, MERGE) if request.method == "PATCH" else (JSON,)
                _must_be_json(request.headers.get("content-type", ""), kinds)
            return await handler(request)

        return checked


def _has_body(request: Request) -> bool:
    length = request.headers.get("content-length", "0")
    return length != "0" or "transfer-encoding" in request.headers


def _must_be_json(header: str, kinds: Sequence[str]) -> None:
    kind, *parameters = [part.strip().lower() for part in header.split(";")]
    charsets = [part.partition("=")[2].strip('"') for part in parameters if part.startswith("charset")]
    if kind not in kinds or any(charset != "utf-8" for charset in charsets):
        raise Problem("unsupported-media-type", f"Stuur {JSON}, in UTF-8.")
