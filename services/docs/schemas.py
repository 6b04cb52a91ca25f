"""JSON Schemas of the `data` of each event type, for who builds a sender. Draft 2020-12, objects closed."""

from __future__ import annotations

import json
from typing import Any

from shared.domain.catalogue import KINDS
from shared.domain.event import EventKind

DRAFT = "https://json-schema.org/draft/2020-12/schema"


def path_of(kind: EventKind) -> str:
    """Where the schema stands: one file for each event type and major."""
    return f"schemas/{kind.name}/v{kind.major}.json"


def schema_of(kind: EventKind) -> dict[str, Any]:
    """The schema of the `data` of one event type."""
    found = kind.payload.model_json_schema(by_alias=True, mode="validation")
    head = {"$schema": DRAFT, "$id": f"https://example.org/{path_of(kind)}", "title": kind.wire_type}
    return (
        head | {name: part for name, part in found.items() if name != "title"} | {"examples": [kind.example]}
    )


def texts() -> dict[str, str]:
    """Every schema by its path."""
    return {
        path_of(kind): json.dumps(schema_of(kind), indent=2, ensure_ascii=False) + "\n"
        for kind in KINDS.values()
    }
