"""Tasks that run as long as the process: one that dies takes the process along.

A process that looks well while nothing in it moves helps nobody; one that ended is started again.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Coroutine
from typing import Any

import structlog

log = structlog.get_logger()


def begin(work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
    """Run `work` beside everything else; an exception out of it ends the process (SIGTERM)."""
    task = asyncio.create_task(work, name=name)
    task.add_done_callback(_died)
    return task


async def end(task: asyncio.Task[None] | None) -> None:
    """Stop a task and wait until it has."""
    if task is not None:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await task


def _died(task: asyncio.Task[None]) -> None:
    if task.cancelled() or task.exception() is None:
        return
    log.critical("task_died", task=task.get_name(), exc_info=task.exception())
    signal.raise_signal(signal.SIGTERM)
