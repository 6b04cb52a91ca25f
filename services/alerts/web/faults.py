"""What goes wrong on a page, as a page; who is not signed in goes to the sign-in page first."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode, urlsplit

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from services.alerts.web.render import respond
from shared.runtime.http import trace_id
from shared.runtime.problems import TITLES, Problem

START = "/desk/cases"
"""Where the desk begins."""

ADVICE = {
    "not-found": "Niet gevonden, of niet van u.",
    "internal": "Het spijt ons. Probeer het later opnieuw.",
}
BY_STATUS = {404: "not-found", 405: "method-not-allowed"}


def handle_faults(app: FastAPI) -> None:
    """Let every fault of this application come out as a page."""

    async def handled(request: Request, error: Exception) -> Response:
        return fault(request, _problem(error))

    for kind in (Problem, HTTPException, RequestValidationError, Exception):
        app.add_exception_handler(kind, handled)


def fault(request: Request, problem: Problem) -> Response:
    """The page that says what is wrong."""
    if problem.code == "unauthenticated":
        path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        then = path if request.method in ("GET", "HEAD") else START
        return RedirectResponse("/desk/sign-in?" + urlencode({"next": local_path(then)}), 303)
    detail = problem.detail
    if problem.code == "unavailable":
        seconds = problem.headers.get("retry-after", "5")
        detail = f"Niets getoond, niets opgeslagen. Probeer over {seconds} seconden."
    trace = trace_id(request.headers) if problem.status >= 500 else ""
    page = respond(
        "fault.html",
        problem.status,
        title=TITLES[problem.code][1],
        detail=detail,
        trace=trace.strip("0"),
        again=_again(request) if problem.code == "unavailable" else (),
    )
    page.headers.update(problem.headers)
    return page


def _again(request: Request) -> Sequence[tuple[str, str]]:
    """What was sent and not done, to send it once more; a form that was done after all is not done twice."""
    fields: Sequence[tuple[str, str]] = getattr(request.state, "sent", ())
    return fields if request.method == "POST" else ()


def local_path(given: str | None) -> str:
    """Where to go on after signing in: only ever a page of ours."""
    parts = urlsplit(given or "")
    ours = not parts.scheme and not parts.netloc and parts.path.startswith("/desk/")
    if not ours or "\\" in parts.path or parts.path.startswith("/desk/sign"):
        return START
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _problem(error: Exception) -> Problem:
    match error:
        case Problem():
            return error
        case HTTPException():
            code = BY_STATUS.get(
                error.status_code, "invalid-input" if error.status_code < 500 else "internal"
            )
            return Problem(code, ADVICE.get(code, ""), headers=error.headers)
        case RequestValidationError():
            return Problem("invalid-input", "Dit adres klopt niet.")
        case _:
            return Problem("internal", ADVICE["internal"])
