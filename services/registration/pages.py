"""Lists in pages: a cursor says where to go on. It is opaque, and signed so that only ours are taken."""

from __future__ import annotations

import hmac
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Collection
from hashlib import sha256

from starlette.requests import Request

from shared.runtime.problems import Problem

SIGNATURE = 16
DEFAULT_LIMIT = 50
HIGHEST_LIMIT = 200
_NAME = re.compile(r"[A-Za-z]{1,40}")


class Cursors:
    """Makes and reads the cursors of one API; every process of it needs the same key."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def write(self, place: str) -> str:
        """The cursor of a place in a list."""
        body = place.encode()
        return urlsafe_b64encode(self._sign(body) + body).rstrip(b"=").decode()

    def read(self, cursor: str) -> str:
        """The place of a cursor. Raises Problem 400."""
        try:
            raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
            signature, body = raw[:SIGNATURE], raw[SIGNATURE:]
            if hmac.compare_digest(signature, self._sign(body)):
                return body.decode()
        except ValueError:
            pass
        raise wrong_parameter("cursor", "cursor", "Dit is geen cursor van ons, of een verouderde.")

    def _sign(self, body: bytes) -> bytes:
        return hmac.digest(self._key, body, sha256)[:SIGNATURE]


def wrong_parameter(name: str, code: str, detail: str) -> Problem:
    """One parameter is wrong."""
    error = {"parameter": name, "code": code, "detail": detail}
    return Problem("invalid-input", "1 waarde is ongeldig.", [error])


def only(request: Request, known: Collection[str]) -> None:
    """Refuse parameters that we do not know; only a plain name is repeated. Raises Problem 400."""
    for name in request.query_params:
        if name not in known:
            shown = name if _NAME.fullmatch(name) else "?"
            raise wrong_parameter(shown, "unknown-parameter", "Deze parameter kennen wij niet.")


def link(request: Request, **cursors: str | None) -> dict[str, str]:
    """The `Link` header with the pages beside this one: `next` and `prev`."""
    links = []
    for relation, cursor in cursors.items():
        if cursor is not None:
            url = request.url.include_query_params(cursor=cursor)
            links.append(f'<{url.path}?{url.query}>; rel="{relation}"')
    return {"link": ", ".join(links)} if links else {}
