"""What becomes of an attempt, and when the next one follows."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.alerts.webhooks import schedule
from services.alerts.webhooks.exchange import Exchange
from services.alerts.webhooks.verdict import NOT_AGREED, Agreement, Verdict, agreement, judge

AT = datetime(2026, 10, 9, 6, 0, 0, tzinfo=UTC)
HOURS = 3600.0


def answered(status: int | None = None, fault: str | None = None, **headers: str) -> Exchange:
    """An exchange that ended so."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Exchange(AT, 0.1, status, fault, named)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_2xx_is_a_success(status: int) -> None:
    assert judge(answered(status), 10, 0.5, once=False) == Verdict("DELIVERED")


@pytest.mark.parametrize("status", [100, 199, 301, 302, 307, 400, 404, 500, 504])
def test_anything_else_is_not_and_a_redirect_neither(status: int) -> None:
    assert judge(answered(status), 1, 0.5, once=False) == Verdict("WAITING", 5.0)


def test_ten_attempts_over_three_days() -> None:
    waits = [judge(answered(fault="CONNECT"), attempt, 0.5, once=False).wait for attempt in range(1, 11)]
    hours = [0.5, 2, 5, 10, 14, 20, 24]
    assert waits == [5.0, 300.0, *(one * HOURS for one in hours), None]
    assert judge(answered(500), 10, 0.5, once=False) == Verdict("EXHAUSTED")


def test_chance_moves_a_wait_by_a_fifth_at_most() -> None:
    assert schedule.wait_after(2, 0.0) == pytest.approx(240)
    assert schedule.wait_after(2, 1.0) == pytest.approx(360)


def test_gone_is_told_and_loses_nothing() -> None:
    assert judge(answered(410), 1, 0.5, once=False) == Verdict("WAITING", 5.0, gone=True)


def test_what_is_tried_once_is_not_tried_again() -> None:
    assert judge(answered(500), 1, 0.5, once=True) == Verdict("EXHAUSTED")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120),
        ("Fri, 09 Oct 2026 06:02:00 GMT", 120),
        ("Fri, 09 Oct 2026 05:00:00 GMT", 0),
        ("999999999999", 24 * HOURS),
        ("Sat, 09 Oct 2027 06:02:00 GMT", 24 * HOURS),
        ("soon", 0),
        ("", 0),
        ("-5", 0),
        ("1.5", 0),
    ],
)
def test_retry_after_is_heeded_for_a_day_at_most(text: str, seconds: float) -> None:
    verdict = judge(answered(503, retry_after=text), 1, 0.5, once=False)
    assert (verdict.hold, verdict.wait) == (seconds, max(seconds, 5.0))
    assert judge(answered(500, retry_after=text), 1, 0.5, once=False).hold == 0


@pytest.mark.parametrize(
    ("exchange", "told"),
    [
        (answered(200, webhook_allowed_origin="transfers.example"), Agreement()),
        (answered(204, webhook_allowed_origin="*", webhook_allowed_rate="*"), Agreement()),
        (answered(200, webhook_allowed_origin="*", webhook_allowed_rate="120"), Agreement(rate=120)),
        (answered(200, webhook_allowed_origin="*", webhook_allowed_rate="0"), Agreement()),
        (answered(200), Agreement(NOT_AGREED)),
        (answered(200, webhook_allowed_origin="other.example"), Agreement(NOT_AGREED)),
        (answered(405, webhook_allowed_origin="*"), Agreement(NOT_AGREED)),
        (answered(fault="TLS"), Agreement("TLS")),
    ],
)
def test_a_receiver_agrees_by_naming_us(exchange: Exchange, told: Agreement) -> None:
    assert agreement(exchange, "transfers.example") == told
