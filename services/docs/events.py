"""The event catalogue: what each type means, which fact it speaks of, and its fields."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from services.docs.markdown import code, first, page, said, table
from services.docs.schemas import path_of, schema_of
from shared.domain.catalogue import KINDS
from shared.domain.event import EventKind
from shared.domain.payload import ENVELOPE
from shared.domain.words import EVENTS


def text() -> str:
    """The page."""
    kinds = sorted(KINDS.values(), key=lambda kind: kind.name)
    overview = table(
        ("Event type", "In words", "One fact for each"),
        ((f"[{kind.name}](#{_anchor(kind)})", EVENTS[kind.name][0], code(_key(kind))) for kind in kinds),
    )
    return page(
        "Event catalogue",
        f"{len(kinds)} types. Each is one file in `shared/domain/events/`, with a schema of its `data` in "
        "`schemas/`. Of one fact the newest version counts; the key that tells facts apart is shown as it "
        "comes out of the example.",
        overview,
        "## What every event carries",
        _fields(schema_of(KINDS["vo.learner.listed"]), inside=True),
        *(part for kind in kinds for part in _kind(kind)),
    )


def _anchor(kind: EventKind) -> str:
    return kind.name.replace(".", "")


def _key(kind: EventKind) -> str:
    return kind.subject_key(kind.example)


def _kind(kind: EventKind) -> Iterator[str]:
    module = sys.modules[kind.payload.__module__]
    yield f"## {kind.name}"
    yield "\n\n".join(said(part) for part in (module.__doc__ or "").split("\n\n"))
    yield f"Type {code(kind.wire_type)}, schema [{path_of(kind)}](../../{path_of(kind)})."
    yield _fields(schema_of(kind), inside=False)
    own = {name: value for name, value in kind.example.items() if name not in ENVELOPE}
    yield f"```json\n{json.dumps(own, ensure_ascii=False)}\n```"


def _fields(schema: Mapping[str, Any], *, inside: bool) -> str:
    """The fields of a type: those of the envelope, or its own."""
    required = schema.get("required", ())
    return table(
        ("Field", "Required", "What it may be"),
        (
            (code(name), "yes" if name in required else "", _kind_of(part, schema.get("$defs", {})))
            for name, part in schema["properties"].items()
            if (name in ENVELOPE) is inside
        ),
    )


def _kind_of(part: Mapping[str, Any], defs: Mapping[str, Any]) -> str:
    if "$ref" in part:
        return _kind_of(defs[part["$ref"].rpartition("/")[2]], defs)
    if "enum" in part:
        meaning = first(part.get("description"))
        return f"{meaning} " * bool(meaning) + " ".join(code(value) for value in part["enum"])
    if "const" in part:
        return code(part["const"])
    if part.get("type") == "array":
        return f"a list of: {_kind_of(part['items'], defs)}"
    limits = [f"{word} {part[name]}" for name, word in LIMITS.items() if name in part]
    shape = [code(part["pattern"])] if "pattern" in part else []
    return ", ".join([TYPES[part.get("format", part.get("type", ""))], *limits, *shape])


LIMITS = {"minimum": "at least", "maximum": "at most"}
TYPES = {
    "date": "a day, `YYYY-MM-DD`",
    "date-time": "a moment with its offset",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "`true` or `false`",
}
