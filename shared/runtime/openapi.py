"""What the OpenAPI documents of all APIs share: contact, token, problems, the version in each answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

CONTACT = {
    "name": "transfer-tracking",
    "url": "https://transfers.example/contact",
    "email": "contact@transfers.example",
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
        "errors": {"type": "array", "items": {"$ref": "#/components/schemas/Fault"}},
    },
}
FAULT: dict[str, Any] = {
    "type": "object",
    "required": ["code", "detail"],
    "properties": {
        "pointer": {"type": "string", "description": "JSON Pointer (RFC 6901) in het bericht."},
        "parameter": {"type": "string", "description": "De parameter of kop."},
        "code": {"type": "string"},
        "detail": {"type": "string"},
    },
}


def document(
    api: FastAPI, base: str, about: str, bearer: str, schemas: Mapping[str, dict[str, Any]]
) -> dict[str, Any]:
    """The document of an API that is reached at `base`; `bearer` says in Dutch where its token comes from."""
    made = get_openapi(
        title=api.title, version=api.version, description=about, routes=api.routes, servers=[{"url": base}]
    )
    made["info"]["contact"] = CONTACT
    made["security"] = [{"bearer": []}]
    components = made.setdefault("components", {})
    known = components.setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        known.pop(name, None)
    known |= {"Fault": FAULT, "Problem": PROBLEM, **schemas}
    components["securitySchemes"] = {
        "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": bearer}
    }
    return made


def answer(operation: dict[str, Any], others: Mapping[str, str]) -> None:
    """Say how an operation may answer: others than its own are problems from 400 on, and none is a 422."""
    answers = operation["responses"]
    answers.pop("422", None)
    schema = {"$ref": "#/components/schemas/Problem"}
    for status, text in others.items():
        answers[status] = {"description": text}
        if status >= "400":
            answers[status]["content"] = {"application/problem+json": {"schema": schema}}
    for one in answers.values():
        one["headers"] = {"API-Version": {"schema": {"type": "string"}, "description": "Versie."}}
