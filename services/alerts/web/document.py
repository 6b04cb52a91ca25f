"""The OpenAPI document of alerts: made from the routes and from the models that check what comes in."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from shared.runtime import openapi

ABOUT = (
    "Meldingen, dossiers en leerlingen, zoals een medewerker van school, instelling of gemeente ze mag zien. "
    "Wat niet van u is, bestaat voor u niet (404). Elke blik op een leerling wordt vastgelegd."
)
BEARER = "Token van de aanmelddienst; rol en regio komen uit het register van medewerkers."
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
OF_CHANGES = {
    "patch": {status: OF_ACTIONS[status] for status in ("412", "415", "428")},
    "delete": {status: OF_ACTIONS[status] for status in ("412", "428")},
}
HEADERS = {
    "If-Match": "De ETag die u las.",
    "Idempotency-Key": "1 tot en met 64 tekens: nog eens sturen doet het niet nog eens.",
}


def document(api: FastAPI, base: str) -> dict[str, Any]:
    """The whole document; `base` is where this API is reached."""
    made = openapi.document(api, base, ABOUT, BEARER, {})
    for path in made["paths"].values():
        for method, operation in path.items():
            _complete(operation, method)
    return made


def _complete(operation: dict[str, Any], method: str) -> None:
    """What may be answered, and the headers that an action takes."""
    answers = operation["responses"]
    for status in ("200", "201", "202", "204"):
        if status in answers:
            answers[status]["description"] = "Gelukt"
    openapi.answer(operation, FAULTS | (OF_ACTIONS if method == "post" else OF_CHANGES.get(method, {})))
    names = ["Idempotency-Key"] if method == "post" and {"201", "202"} & answers.keys() else []
    names += ["If-Match"] if (method == "post" and "201" in answers) or method in OF_CHANGES else []
    if names:
        operation.setdefault("parameters", []).extend(
            {
                "name": name,
                "in": "header",
                "required": False,
                "schema": {"type": "string"},
                "description": text,
            }
            for name, text in HEADERS.items()
            if name in names
        )
