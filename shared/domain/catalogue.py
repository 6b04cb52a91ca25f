"""Every event type, by name: one file in `shared/domain/events/` each."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

from shared.domain import events
from shared.domain.event import EventKind


def collect() -> Mapping[str, EventKind]:
    """The `KIND` of each module of `shared.domain.events`.

    Raises ValueError when a module offers none, or a name that another already has.
    """
    found: dict[str, EventKind] = {}
    for module in sorted(iter_modules(events.__path__), key=lambda module: module.name):
        kind = getattr(import_module(f"{events.__name__}.{module.name}"), "KIND", None)
        if not isinstance(kind, EventKind):
            raise ValueError(f"{module.name} offers no KIND")
        if kind.name in found:
            raise ValueError(f"{kind.name} stands in two files")
        found[kind.name] = kind
    return MappingProxyType(found)


KINDS = collect()
"""By the name of the domain: `vo.learner.listed`."""

BY_TYPE: Mapping[str, EventKind] = MappingProxyType({kind.wire_type: kind for kind in KINDS.values()})
"""By the CloudEvents `type`: `nl.school-transitions.vo.learner.listed.v1`."""
