"""What a change makes of a subscription, and which headers a subscriber may set."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from services.alerts.web.subscriptions import ProtocolSettings, next_status

AGREED, NOT_AGREED = True, False


@pytest.mark.parametrize(
    ("status", "agreed", "wanted", "becomes"),
    [
        ("PENDING", NOT_AGREED, None, "PENDING"),
        ("PENDING", NOT_AGREED, "ACTIVE", "PENDING"),
        ("PENDING", NOT_AGREED, "PAUSED", "PAUSED"),
        ("ACTIVE", AGREED, None, "ACTIVE"),
        ("ACTIVE", NOT_AGREED, None, "PENDING"),  # another sink
        ("ACTIVE", AGREED, "PAUSED", "PAUSED"),
        ("PAUSED", AGREED, None, "PAUSED"),
        ("PAUSED", NOT_AGREED, None, "PAUSED"),
        ("PAUSED", AGREED, "ACTIVE", "ACTIVE"),
        ("PAUSED", NOT_AGREED, "ACTIVE", "PENDING"),
        ("DISABLED", AGREED, None, "DISABLED"),
        ("DISABLED", AGREED, "ACTIVE", "PENDING"),  # given up: asked again
        ("DISABLED", AGREED, "PAUSED", "PAUSED"),
    ],
)
def test_a_receiver_is_asked_before_it_is_called(
    status: str, agreed: bool, wanted: str | None, becomes: str
) -> None:
    assert next_status(status, agreed, wanted, admin=False) == becomes


@pytest.mark.parametrize("status", ["PENDING", "ACTIVE", "PAUSED", "DISABLED"])
def test_an_administrator_has_the_agreement_on_paper(status: str) -> None:
    assert next_status(status, NOT_AGREED, "ACTIVE", admin=True) == "ACTIVE"
    assert next_status(status, NOT_AGREED, "PAUSED", admin=True) == "PAUSED"


def test_headers_of_ones_own_are_kept() -> None:
    given = {"X-Api-Key": "a word", "Accept-Language": "nl"}
    assert ProtocolSettings(headers=given).headers == given


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Authorization", "x"),
        ("HOST", "x"),
        ("Content-Length", "0"),
        ("content-type", "text/plain"),
        ("Transfer-Encoding", "chunked"),
        ("webhook-signature", "v1,x"),
        ("WebHook-Request-Origin", "x"),
        ("ce-id", "x"),
        ("traceparent", "x"),
        ("Connection", "close"),
        ("X Y", "x"),
        ("X:", "x"),
        ("", "x"),
        ("X", ""),
        ("X", "a\r\nHost: inside"),
        ("X", " x"),
        ("X", "é"),
        ("X", "y" * 1025),
    ],
)
def test_headers_of_ours_and_those_that_break_a_request_are_refused(name: str, value: str) -> None:
    with pytest.raises(ValidationError):
        ProtocolSettings(headers={name: value})
