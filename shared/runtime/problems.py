"""What goes wrong, as `application/problem+json` (RFC 9457): the only place that knows HTTP status codes.

Texts are Dutch. Rejected values, stack traces and names of libraries never appear.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from shared.domain.envelope import Fault

TITLES: Mapping[str, tuple[int, str]] = {
    "invalid-input": (400, "Ongeldige invoer"),
    "bsn-detected": (400, "Een bsn mag hier niet komen"),
    "unauthenticated": (401, "Niet aangemeld"),
    "forbidden": (403, "Niet toegestaan"),
    "not-found": (404, "Niet gevonden"),
    "method-not-allowed": (405, "Deze methode kan hier niet"),
    "not-acceptable": (406, "Dit antwoord kunnen wij niet geven"),
    "conflict": (409, "Dit spreekt iets anders tegen"),
    "illegal-move": (409, "Deze stap kan nu niet"),
    "event-id-reused": (409, "Dit id is al gebruikt voor iets anders"),
    "gone": (410, "Dit is verwijderd"),
    "precondition-failed": (412, "Intussen gewijzigd"),
    "too-large": (413, "Te groot"),
    "unsupported-media-type": (415, "Dit soort inhoud kennen wij niet"),
    "precondition-required": (428, "Noem de versie die u wijzigt"),
    "too-many-requests": (429, "Te veel tegelijk"),
    "internal": (500, "Er ging iets mis bij ons"),
    "unavailable": (503, "Nu even niet beschikbaar"),
}
"""The closed set of codes, each with its status and title."""

_BY_STATUS = {404: "not-found", 405: "method-not-allowed", 406: "not-acceptable", 413: "too-large"}

log = structlog.get_logger()


class Problem(Exception):
    """An answer that says what is wrong. `headers` go with it (Retry-After, WWW-Authenticate, Allow)."""

    def __init__(
        self,
        code: str,
        detail: str,
        errors: Iterable[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = dict(headers or {})

    @property
    def status(self) -> int:
        """The HTTP status that belongs to the code."""
        return TITLES[self.code][0]

    def body(self, instance: str | None = None) -> dict[str, Any]:
        """The JSON of it; `instance` is the path of the request."""
        status, title = TITLES[self.code]
        body: dict[str, Any] = {
            "type": f"/problems/{self.code}",
            "title": title,
            "status": status,
            "detail": self.detail,
            "code": self.code,
        }
        if instance is not None:
            body["instance"] = instance
        if self.errors:
            body["errors"] = [dict(error) for error in self.errors]
        return body


def invalid(faults: Iterable[Fault], code: str = "invalid-input") -> Problem:
    """Everything that is wrong with an input, in one problem."""
    errors = [{"pointer": fault.pointer, "code": fault.code, "detail": fault.detail} for fault in faults]
    detail = "1 veld is ongeldig." if len(errors) == 1 else f"{len(errors)} velden zijn ongeldig."
    return Problem(code, detail, errors)


def unavailable(seconds: int = 5) -> Problem:
    """Nothing was stored; try again after so many seconds."""
    return Problem(
        "unavailable",
        f"Er is niets opgeslagen. Probeer het over {seconds} seconden opnieuw.",
        headers={"retry-after": str(seconds)},
    )


def answer(problem: Problem, path: str) -> JSONResponse:
    """The response that carries a problem."""
    return JSONResponse(
        problem.body(path),
        status_code=problem.status,
        headers=problem.headers,
        media_type="application/problem+json",
    )


def handle(app: FastAPI) -> None:
    """Let every fault of this application come out as a problem."""

    @app.exception_handler(Problem)
    async def known(request: Request, error: Problem) -> JSONResponse:
        return answer(error, request.url.path)

    @app.exception_handler(RequestValidationError)
    async def invalid_request(request: Request, error: RequestValidationError) -> JSONResponse:
        return answer(_from_validation(error), request.url.path)

    @app.exception_handler(HTTPException)
    async def of_http(request: Request, error: HTTPException) -> JSONResponse:
        code = _BY_STATUS.get(error.status_code, "invalid-input" if error.status_code < 500 else "internal")
        problem = Problem(code, TITLES[code][1] + ".", headers=error.headers)
        return answer(problem, request.url.path)

    @app.exception_handler(Exception)
    async def unexpected(request: Request, error: Exception) -> JSONResponse:
        log.error("request_failed", error=type(error).__name__, exc_info=error)
        return answer(Problem("internal", "Probeer het later opnieuw."), request.url.path)


def _from_validation(error: RequestValidationError) -> Problem:
    errors = []
    for one in error.errors():
        place, *rest = one["loc"]
        where = (
            {"pointer": "".join(f"/{part}" for part in rest)}
            if place == "body"
            else {"parameter": ".".join(map(str, rest))}
        )
        errors.append(
            {**where, "code": str(one["type"]).replace("_", "-"), "detail": "Heeft niet de goede vorm."}
        )
    detail = "1 waarde is ongeldig." if len(errors) == 1 else f"{len(errors)} waarden zijn ongeldig."
    return Problem("invalid-input", detail, errors)
