"""Which events a subscriber wants: types, and filters in the dialects of CloudEvents Subscriptions.

A filter looks at attributes of the event, and at the fields of its `data`, which are as poor. All filters of
a subscription must hold. They narrow what its owner may hear anyway, and never widen it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, model_validator
from pydantic.json_schema import SkipJsonSchema

from shared.domain.event import TYPE_PREFIX, Wire

TYPES = tuple(
    f"{TYPE_PREFIX}{kind}.v1"
    for kind in (
        "alert.raised",
        "alert.acknowledged",
        "alert.escalated",
        "alert.resolved",
        "case.opened",
        "case.status-changed",
        "case.closed",
    )
)
"""Everything that can be heard."""

TEST = f"{TYPE_PREFIX}subscription.tested.v1"
"""The type of a test event; it needs no filter and passes none."""

MOST_FILTERS, DEEPEST = 20, 5

Name = Literal[
    "id",
    "source",
    "type",
    "time",
    "dataref",
    "alertId",
    "caseId",
    "code",
    "severity",
    "region",
    "transitionYear",
    "reason",
]
Text = Annotated[str, StringConstraints(min_length=1, max_length=256)]
Values = Annotated[dict[Name, Text], Field(min_length=1)]
Filters = Annotated[list["Filter"], Field(min_length=1, max_length=MOST_FILTERS)]


class Filter(Wire):
    """One filter: exactly one dialect. `exact`, `prefix` and `suffix` hold when every named value does."""

    all: Filters | SkipJsonSchema[None] = None
    any: Filters | SkipJsonSchema[None] = None
    not_: Annotated[Filter | SkipJsonSchema[None], Field(alias="not")] = None
    exact: Values | SkipJsonSchema[None] = None
    prefix: Values | SkipJsonSchema[None] = None
    suffix: Values | SkipJsonSchema[None] = None

    @model_validator(mode="after")
    def _one_dialect(self) -> Filter:
        if len([one for one in type(self).model_fields if getattr(self, one) is not None]) != 1:
            raise ValueError("exactly one dialect")
        if self.depth > DEEPEST:
            raise ValueError("too deep")
        return self

    @property
    def depth(self) -> int:
        """How many filters stand inside each other."""
        inside = [*(self.all or ()), *(self.any or ()), *([self.not_] if self.not_ else ())]
        return 1 + max((one.depth for one in inside), default=0)


def wanted(types: Sequence[str], filters: Sequence[Mapping[str, Any]], attributes: Mapping[str, str]) -> bool:
    """Whether an event with these attributes is asked for; no types: all."""
    return (not types or attributes["type"] in types) and all(_holds(one, attributes) for one in filters)


def _holds(one: Mapping[str, Any], attributes: Mapping[str, str]) -> bool:
    ((dialect, asked),) = one.items()
    match dialect:
        case "all":
            return all(_holds(inner, attributes) for inner in asked)
        case "any":
            return any(_holds(inner, attributes) for inner in asked)
        case "not":
            return not _holds(asked, attributes)
        case "exact":
            return all(attributes.get(name) == value for name, value in asked.items())
        case "prefix":
            return all(attributes.get(name, "").startswith(value) for name, value in asked.items())
        case "suffix":
            return all(attributes.get(name, "").endswith(value) for name, value in asked.items())
        case _:
            raise ValueError(dialect)
