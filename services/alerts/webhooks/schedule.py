"""When a delivery is tried again. Machine time, in seconds (conventions 5)."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

MINUTE, HOUR = 60.0, 3600.0
WAITS = (5.0, 5 * MINUTE, 0.5 * HOUR, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR)
"""How long after the first, second … failed attempt the next one follows; after the tenth none does."""

JITTER = 0.2
"""So much earlier or later, so that deliveries that failed together do not come together."""

LONGEST_HOLD = 24 * HOUR
"""How long a receiver may ask us to stay away."""


def wait_after(attempt: int, chance: float) -> float | None:
    """The wait after this failed attempt (the first is 1); None when it was the last.

    `chance` is between 0 and 1.
    """
    if attempt > len(WAITS):
        return None
    return WAITS[attempt - 1] * (1 + JITTER * (2 * chance - 1))


def hold(retry_after: str | None, now: datetime) -> float:
    """How long a receiver asks us to stay away, from its header `Retry-After`; 0 when it does not say."""
    text = (retry_after or "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), LONGEST_HOLD)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max((moment - now).total_seconds(), 0.0), LONGEST_HOLD)
