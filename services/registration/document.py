"""The OpenAPI document of registration: made from the models that check what comes in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI

from services.registration.item import BATCH_LIMIT
from shared.domain.catalogue import KINDS
from shared.domain.event import EventKind
from shared.runtime import openapi

ABOUT = (
    "Scholen en instellingen melden hier wat er met een leerling gebeurt op de weg van vo naar mbo. "
    "Nergens staat een naam, bsn of onderwijsnummer."
)
BEARER = "Token van de autorisatieserver, met client credentials."
FAULTS = {
    "400": "Ongeldige invoer: alle fouten tegelijk",
    "401": "Niet aangemeld",
    "403": "Niet toegestaan",
    "404": "Niet gevonden",
    "406": "Alleen JSON",
    "409": "Dit id hoort bij een andere inhoud",
    "413": "Te groot",
    "415": "Onbekende soort inhoud",
    "429": "Te veel tegelijk: zie Retry-After",
    "503": "Nu niet beschikbaar: zie Retry-After",
}
ONLY_POST = frozenset({"409", "413", "415", "429"})

RESULT: dict[str, Any] = {
    "type": "object",
    "required": ["index", "outcome"],
    "properties": {
        "index": {"type": "integer", "description": "De plaats in het verzoek."},
        "id": {"type": "string"},
        "outcome": {"type": "string", "enum": ["accepted", "duplicate", "rejected"]},
        "receiptId": {"type": "string"},
        "problem": {"$ref": "#/components/schemas/Problem"},
    },
}
RESULTS: dict[str, Any] = {
    "type": "object",
    "required": ["results"],
    "properties": {"results": {"type": "array", "items": {"$ref": "#/components/schemas/Result"}}},
}


def document(api: FastAPI, base: str) -> dict[str, Any]:
    """The whole document; `base` is where this API is reached."""
    schemas = {"Result": RESULT, "Results": RESULTS, **dict(_events())}
    made = openapi.document(api, base, ABOUT, BEARER, schemas)
    for path in made["paths"].values():
        for method, operation in path.items():
            posts = method == "post"
            openapi.answer(
                operation,
                {status: text for status, text in FAULTS.items() if posts or status not in ONLY_POST},
            )
    made["paths"]["/events"]["post"] |= _posting()
    return made


def _posting() -> dict[str, Any]:
    event = {"$ref": "#/components/schemas/Event"}
    batch = {"type": "array", "items": event, "maxItems": BATCH_LIMIT}
    return {
        "requestBody": {
            "required": True,
            "content": {
                "application/cloudevents+json": {"schema": event},
                "application/cloudevents-batch+json": {"schema": batch},
            },
        }
    }


def _events() -> Iterator[tuple[str, dict[str, Any]]]:
    """A schema for each event type, and the one that is any of them."""
    names = {kind.wire_type: _name(kind) for kind in KINDS.values()}
    yield (
        "Event",
        {
            "oneOf": [{"$ref": f"#/components/schemas/{name}"} for name in names.values()],
            "discriminator": {
                "propertyName": "type",
                "mapping": {wire: f"#/components/schemas/{name}" for wire, name in names.items()},
            },
        },
    )
    for kind in KINDS.values():
        data = kind.payload.model_json_schema(
            by_alias=True, ref_template="#/components/schemas/{model}", mode="validation"
        )
        yield from data.pop("$defs", {}).items()
        yield f"{_name(kind)}Data", data
        yield _name(kind), _envelope(kind)


def _envelope(kind: EventKind) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["specversion", "id", "source", "type", "time", "data"],
        "properties": {
            "specversion": {"type": "string", "const": "1.0"},
            "id": {
                "type": "string",
                "pattern": "^[\\x21-\\x7E]{1,64}$",
                "description": "Met een letter erin.",
            },
            "source": {"type": "string", "format": "uri-reference"},
            "type": {"type": "string", "const": kind.wire_type},
            "time": {"type": "string", "format": "date-time"},
            "datacontenttype": {"type": "string", "const": "application/json"},
            "dataschema": {"type": "string", "format": "uri"},
            "data": {"$ref": f"#/components/schemas/{_name(kind)}Data"},
        },
    }


def _name(kind: EventKind) -> str:
    return "".join(part.capitalize() for part in kind.name.replace("-", ".").split("."))
