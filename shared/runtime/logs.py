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
    """Write all logs of this process to standard error; libraries from WARNING up."""
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        _without_personal,
        structlog.processors.format_exc_info,
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(),
        ],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=True,
    )
    logging.getLogger("services").setLevel(logging.INFO)
    logging.getLogger("shared").setLevel(logging.INFO)
    structlog.contextvars.bind_contextvars(role=role, instance=instance)


def _without_personal(_logger: Any, _name: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name in PERSONAL & entry.keys():
        del entry[name]
    return entry
