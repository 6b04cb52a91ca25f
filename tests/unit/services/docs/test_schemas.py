"""The schemas that a sender may check with: closed, valid, and of one mind with the door."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from services.docs.schemas import path_of, schema_of
from shared.domain.catalogue import KINDS
from shared.domain.event import EventKind

EVERY = [pytest.param(kind, id=name) for name, kind in KINDS.items()]


def is_valid(kind: EventKind, data: dict[str, Any]) -> bool:
    """By the schema; what the door says is the same."""
    by_schema = Draft202012Validator(schema_of(kind)).is_valid(data)
    try:
        kind.payload.model_validate(data)
    except ValidationError:
        by_door = False
    else:
        by_door = True
    assert by_schema is by_door
    return by_schema


@pytest.mark.parametrize("kind", EVERY)
def test_the_schema_is_one_and_takes_the_example(kind: EventKind) -> None:
    schema = schema_of(kind)
    Draft202012Validator.check_schema(schema)
    assert schema["additionalProperties"] is False
    assert schema["$id"].endswith(path_of(kind))
    assert is_valid(kind, dict(kind.example))


@pytest.mark.parametrize("kind", EVERY)
def test_an_unknown_field_and_a_missing_one_are_refused(kind: EventKind) -> None:
    assert not is_valid(kind, {**kind.example, "name": "Noor"})
    for name in schema_of(kind)["required"]:
        assert not is_valid(kind, {key: value for key, value in kind.example.items() if key != name})


@pytest.mark.parametrize("name", ["attendance.present", "attendance.absent", "attendance.report"])
def test_one_enrolment_is_named(name: str) -> None:
    kind = KINDS[name]
    nowhere = {key: value for key, value in kind.example.items() if key not in ("mboBrin", "enrolmentNo")}
    assert is_valid(kind, {**nowhere, "voSite": "99VA00"})
    assert not is_valid(kind, nowhere)
    assert not is_valid(kind, {**nowhere, "mboBrin": "99MA"})
    assert not is_valid(kind, {**kind.example, "voSite": "99VA00"})


@pytest.mark.parametrize(
    ("status", "reason", "fits"),
    [
        ("NOT_ENROLLABLE", "CAPACITY", True),
        ("NOT_ENROLLABLE", "WORK", False),
        ("WITHDRAWN", "WORK", True),
        ("OFFERED", "OTHER", False),
    ],
)
def test_a_reason_fits_its_status(status: str, reason: str, fits: bool) -> None:
    kind = KINDS["mbo.application.status"]
    assert is_valid(kind, {**kind.example, "status": status, "closeReason": reason}) is fits
