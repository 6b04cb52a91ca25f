"""What goes wrong, as `application/problem+json` (RFC 9457): the only place that knows HTTP status codes.

Texts are Dutch. Rejected values, stack traces and names of libraries never appear.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from traceback import extract_tb
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse
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

MEANINGS: Mapping[str, str] = {
    "invalid-input": "Het verzoek klopt niet. Bij errors staat wat er mis is, en waar.",
    "bsn-detected": "Ergens staat een bsn of onderwijsnummer. Stuur in plaats daarvan het pseudoniem.",
    "unauthenticated": "Er is geen token, of het token is niet (meer) geldig. Vraag een nieuw token aan.",
    "forbidden": "Dit mag u niet, of niet namens deze organisatie. Vraag de beheerder om het recht.",
    "not-found": "Dit bestaat niet, of het is niet van u.",
    "method-not-allowed": "Dit adres kent deze methode niet. De kop Allow zegt wat wel kan.",
    "not-acceptable": "Wij antwoorden alleen in JSON. Vraag daarom in de kop Accept.",
    "conflict": "Het verzoek past niet bij wat hier al staat. Haal eerst op hoe het er nu voor staat.",
    "illegal-move": "Deze stap kan niet vanuit de stand van nu. Haal eerst op hoe het er nu voor staat.",
    "event-id-reused": "Er is al een bericht met dit id, met andere inhoud. Geef elk bericht een eigen id.",
    "gone": "Dit is verwijderd en komt niet terug.",
    "precondition-failed": "Intussen heeft iemand dit gewijzigd. Haal het op en probeer het nog eens.",
    "too-large": "Het verzoek of een bericht erin is te groot. Stuur kleinere delen.",
    "unsupported-media-type": "De kop Content-Type noemt een soort inhoud die wij hier niet lezen.",
    "precondition-required": "Noem in de kop If-Match welke versie u wijzigt.",
    "too-many-requests": "U stuurt sneller dan is afgesproken. De kop Retry-After zegt hoe lang u wacht.",
    "internal": "Dit is een fout van ons. Probeer het later opnieuw.",
    "unavailable": "Een onderdeel is nu niet bereikbaar. Stuur hetzelfde verzoek na Retry-After nog eens.",
}
"""What each code means and what to do: the page behind its `type`."""

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

    def body(self, instance: str | None = None, base: str = "") -> dict[str, Any]:
        """The JSON of it; `instance` is the path of the request, `base` where the pages of codes are."""
        status, title = TITLES[self.code]
        body: dict[str, Any] = {
            "type": f"{base}/problems/{self.code}",
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
    """It cannot be done now, or its end is not known; the same again after so many seconds does no harm."""
    return Problem(
        "unavailable",
        f"Dit lukt nu even niet. Probeer het over {seconds} seconden opnieuw.",
        headers={"retry-after": str(seconds)},
    )


def answer(problem: Problem, path: str, base: str = "") -> JSONResponse:
    """The response that carries a problem."""
    return JSONResponse(
        problem.body(path, base),
        status_code=problem.status,
        headers=problem.headers,
        media_type="application/problem+json",
    )


def handle(app: FastAPI, base: str = "") -> None:
    """Let every fault of this application come out as a problem; `base` is our own public address."""

    @app.exception_handler(Problem)
    async def known(request: Request, error: Problem) -> JSONResponse:
        return answer(error, request.url.path, base)

    @app.exception_handler(RequestValidationError)
    async def invalid_request(request: Request, error: RequestValidationError) -> JSONResponse:
        return answer(_from_validation(error), request.url.path, base)

    @app.exception_handler(HTTPException)
    async def of_http(request: Request, error: HTTPException) -> JSONResponse:
        code = _BY_STATUS.get(error.status_code, "invalid-input" if error.status_code < 500 else "internal")
        problem = Problem(code, TITLES[code][1] + ".", headers=error.headers)
        return answer(problem, request.url.path, base)

    @app.exception_handler(Exception)
    async def unexpected(request: Request, error: Exception) -> JSONResponse:
        log.error("request_failed", error=type(error).__name__, at=_frames(error))
        return answer(Problem("internal", "Probeer het later opnieuw."), request.url.path, base)


def _frames(error: Exception) -> list[str]:
    """Where it went wrong. The message stays out: it may hold what a person sent."""
    return [f"{one.filename}:{one.lineno}" for one in extract_tb(error.__traceback__)[-5:]]


def pages(app: FastAPI) -> None:
    """Serve the page that the `type` of each problem leads to."""

    @app.get("/problems/{code}", include_in_schema=False)
    async def page(code: str) -> HTMLResponse:
        if code not in TITLES:
            raise Problem("not-found", "Deze foutcode kennen wij niet.")
        status, title = TITLES[code]
        return HTMLResponse(
            f'<!doctype html><html lang="nl"><head><meta charset="utf-8"><title>{title} - {code}</title>'
            '<meta name="viewport" content="width=device-width"></head>'
            f"<body><main><h1>{title}</h1><p>{MEANINGS[code]}</p>"
            f"<p>Code <code>{code}</code>, status {status}.</p></main></body></html>",
            headers={
                "content-security-policy": "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"
            },
        )


_WORDS: Mapping[str, tuple[str, str]] = {
    "missing": ("required", "Ontbreekt."),
    "less_than_equal": ("maximum", "Ten hoogste {le}."),
    "greater_than_equal": ("minimum", "Ten minste {ge}."),
    "int_parsing": ("type", "Moet een geheel getal zijn."),
    "int_type": ("type", "Moet een geheel getal zijn."),
    "string_type": ("type", "Moet tekst zijn."),
    "string_too_long": ("maximum", "Ten hoogste {max_length} tekens."),
    "string_too_short": ("minimum", "Ten minste {min_length} tekens."),
    "string_pattern_mismatch": ("pattern", "Heeft niet de goede vorm."),
    "extra_forbidden": ("unknown-field", "Dit veld kennen wij niet. Laat het weg."),
    "json_invalid": ("json", "Moet geldige JSON zijn."),
}


def _from_validation(error: RequestValidationError) -> Problem:
    errors = []
    for one in error.errors():
        if one["type"] == "none_required":  # the other half of an optional field, which tells more
            continue
        place, *rest = one["loc"]
        where = (
            {"pointer": _pointer(error.body, rest, missing=one["type"] == "missing")}
            if place == "body"
            else {"parameter": ".".join(map(str, rest))}
        )
        code, detail = _WORDS.get(
            one["type"], (str(one["type"]).replace("_", "-"), "Heeft niet de goede vorm.")
        )
        errors.append({**where, "code": code, "detail": detail.format_map(one.get("ctx", {}))})
    detail = "1 waarde is ongeldig." if len(errors) == 1 else f"{len(errors)} waarden zijn ongeldig."
    return Problem("invalid-input", detail, errors)


def _pointer(body: object, path: Sequence[str | int], *, missing: bool) -> str:
    """Where in the body (RFC 6901); what is not there are names that the checker gave to its branches."""
    found = []
    for place, part in enumerate(path, 1):
        try:
            body = body[part]  # type: ignore[index]  # whatever it is, the part is in it or not
        except (TypeError, KeyError, IndexError):
            if not (missing and place == len(path)):
                continue
        found.append(str(part).replace("~", "~0").replace("/", "~1"))
    return "".join(f"/{part}" for part in found)
