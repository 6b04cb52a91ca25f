"""The OpenAPI document of alerts: made from the routes and from the models that check what comes in."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

CONTACT = {
    "name": "transfer-tracking",
    "url": "https://transfers.example/contact",
    "email": "contact@transfers.example",
}
ABOUT = (
    "Meldingen, dossiers en leerlingen, zoals een medewerker van school, instelling of gemeente ze mag zien. "
    "Wat niet van u is, bestaat voor u niet (404). Elke blik op een leerling wordt vastgelegd."
)
SCHEMES = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "Token van de aanmelddienst; rol en regio komen uit het register van medewerkers.",
    }
}
FAULTS = {
    "400": "Ongeldige invoer: alle fouten tegelijk",
    "401": "Niet aangemeld",
    "403": "Niet toegestaan",
    "404": "Niet gevonden, of niet van u",
    "406": "Alleen JSON",
    "503": "Nu niet beschikbaar: zie Retry-After",
}
OF_ACTIONS = {
    "202": "Ontvangen, wordt verwerkt: zie Location",
    "409": "Deze stap kan nu niet",
    "412": "Intussen gewijzigd",
    "415": "Onbekende soort inhoud",
    "428": "Stuur If-Match mee",
}
HEADERS = {
    "If-Match": "De ETag die u las.",
    "Idempotency-Key": "1 tot en met 64 tekens: nog eens sturen doet het niet nog eens.",
}

PROBLEM: dict[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string", "format": "uri-reference"},
        "code": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["code", "detail"],
                "properties": {
                    name: {"type": "string"} for name in ("pointer", "parameter", "code", "detail")
                },
            },
        },
    },
}


def document(api: FastAPI, base: str) -> dict[str, Any]:
    """The whole document; `base` is where this API is reached."""
    made = get_openapi(
        title=api.title,
        version=api.version,
        description=ABOUT,
        routes=api.routes,
        servers=[{"url": base}],
    )
    made["info"]["contact"] = CONTACT
    made["security"] = [{"bearer": []}]
    components = made.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas["Problem"] = PROBLEM
    components["securitySchemes"] = SCHEMES
    for path in made["paths"].values():
        for method, operation in path.items():
            _complete(operation, posts=method == "post")
    return made


def _complete(operation: dict[str, Any], *, posts: bool) -> None:
    """Every answer carries the version; every fault is a problem, and none is a 422."""
    answers = operation["responses"]
    answers.pop("422", None)
    for status in ("200", "201"):
        if status in answers:
            answers[status]["description"] = "Gelukt"
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for status, text in (FAULTS | (OF_ACTIONS if posts else {})).items():
        answers[status] = {"description": text}
        if status >= "400":
            answers[status]["content"] = problem
    for answer in answers.values():
        answer["headers"] = {"API-Version": {"schema": {"type": "string"}, "description": "Versie."}}
    if posts and "201" in answers:
        operation.setdefault("parameters", []).extend(
            {
                "name": name,
                "in": "header",
                "required": False,
                "schema": {"type": "string"},
                "description": text,
            }
            for name, text in (
                ("If-Match", "De ETag die u las."),
                ("Idempotency-Key", "1 tot en met 64 tekens: nog eens sturen doet het niet nog eens."),
            )
        )
