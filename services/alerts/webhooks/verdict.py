"""What an attempt comes to: delivered, tried again, or given up; and what it says of the receiver. Pure."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from services.alerts.webhooks import schedule
from services.alerts.webhooks.exchange import Exchange

WAITING, DELIVERED, EXHAUSTED = "WAITING", "DELIVERED", "EXHAUSTED"
GONE = 410
BUSY = (429, 503)
NOT_AGREED = "NOT_AGREED"
ANY_RATE = "*"
MOST_A_MINUTE = 1_000_000


class Verdict(msgspec.Struct, frozen=True):
    """The status of the delivery from now on; `wait` (seconds) until the next attempt.

    `gone`: the receiver wants nothing more; `hold`: it wants nothing for so many seconds.
    """

    status: str
    wait: float | None = None
    gone: bool = False
    hold: float = 0.0

    @property
    def outcome(self) -> str:
        """The label of the metric."""
        return {DELIVERED: "delivered", EXHAUSTED: "exhausted"}.get(self.status, "failed")


def judge(exchange: Exchange, attempt: int, chance: float, *, once: bool) -> Verdict:
    """What this attempt comes to; `once` is not tried again. `chance` is between 0 and 1."""
    if exchange.succeeded:
        return Verdict(DELIVERED)
    gone = exchange.status == GONE
    hold = 0.0
    if exchange.status in BUSY:
        hold = schedule.hold(exchange.headers.get("retry-after"), exchange.at)
    wait = None if once else schedule.wait_after(attempt, chance)
    if wait is None:
        return Verdict(EXHAUSTED, gone=gone, hold=hold)
    return Verdict(WAITING, max(wait, hold), gone, hold)


class Agreement(msgspec.Struct, frozen=True):
    """The answer to the question whether a receiver agrees: `reason` when it does not (yet).

    `rate` is how many requests a minute it takes; None: any number.
    """

    reason: str | None = None
    rate: int | None = None


def agreement(exchange: Exchange, origin: str) -> Agreement:
    """Whether a receiver agrees to be called by us."""
    if exchange.fault is not None:
        return Agreement(exchange.fault)
    allowed = exchange.headers.get("webhook-allowed-origin", "").strip().lower()
    if not exchange.succeeded or allowed not in (origin.lower(), "*"):
        return Agreement(NOT_AGREED)
    return Agreement(rate=_rate(exchange.headers))


def _rate(headers: Mapping[str, str]) -> int | None:
    text = headers.get("webhook-allowed-rate", ANY_RATE).strip()
    if not (text.isascii() and text.isdigit()) or int(text[:9]) == 0:
        return None
    return min(int(text[:9]), MOST_A_MINUTE)
