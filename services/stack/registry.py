"""Who exists when a stack begins: the reference institutions, the desk as a client, ready officers."""

from __future__ import annotations

from typing import Any

import asyncpg

from services.stack.folder import Plan


async def fill(connection: asyncpg.Connection[Any], plan: Plan) -> None:
    """Register whoever is missing."""
