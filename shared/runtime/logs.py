"""Logs: one JSON object a line, `event` in snake_case past tense, never anything personal."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

PERSONAL = frozenset(
    {"student_ref", "studentRef", "learner", "learner_id", "handle", "key", "value", "body", "data"}
)
"""Fields that no line may carry, whoever passes them."""


def configure(role: str, instance: str) -> None:
    """Write the logs of this process to standard error; those of libraries from WARNING up."""
    processors: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        _origin(role, instance),
        _without_personal,
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*processors, structlog.processors.JSONRenderer()],
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=True,
    )
    render: list[structlog.types.Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.JSONRenderer(),
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=processors, processors=render))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)


def _origin(role: str, instance: str) -> structlog.types.Processor:
    def add(_logger: Any, _name: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        entry["role"], entry["instance"] = role, instance
        return entry

    return add


def _without_personal(_logger: Any, _name: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name in PERSONAL & entry.keys():
        del entry[name]
    return entry
