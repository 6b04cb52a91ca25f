"""What makes an event this one, and what it says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from shared.domain.event import Version

AT = datetime(2026, 3, 1, tzinfo=UTC)
VERSION = Version("app", "e1", "urn:school", "99MA", AT, AT, AT, 1, None, {"level": 4})


@pytest.mark.parametrize(
    "changed", [{"event_id": "e2"}, {"received_at": AT + timedelta(1)}, {"fields": {"level": 4.0}}]
)
def test_the_same_is_said_under_another_id_and_at_another_moment(changed: dict[str, Any]) -> None:
    assert VERSION.says_the_same(replace(VERSION, **changed))


@pytest.mark.parametrize(
    "changed",
    [
        {"kind": "enr"},
        {"sender": "99MB"},
        {"occurred_at": AT + timedelta(1)},
        {"seq": 2},
        {"supersedes": "e0"},
        {"fields": {"level": 3}},
    ],
)
def test_something_else_is_said(changed: dict[str, Any]) -> None:
    assert not VERSION.says_the_same(replace(VERSION, **changed))


def test_source_and_id_make_an_event_this_one() -> None:
    assert VERSION.identity == ("urn:school", "e1")
