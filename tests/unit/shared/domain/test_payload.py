"""Dates and moments of the wire, and the closed form of `data`."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from shared.domain.catalogue import KINDS
from shared.domain.event import EventKind
from shared.domain.payload import read_day, read_moment

KINDS_BY_NAME = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-05-12T14:03:11+02:00", datetime(2026, 5, 12, 12, 3, 11, tzinfo=UTC)),
        ("2026-05-12T12:03:11Z", datetime(2026, 5, 12, 12, 3, 11, tzinfo=UTC)),
        ("2026-05-12T12:03:11.5Z", datetime(2026, 5, 12, 12, 3, 11, 500_000, tzinfo=UTC)),
        ("2026-05-12T12:03:11.123456789Z", datetime(2026, 5, 12, 12, 3, 11, 123_456, tzinfo=UTC)),
        ("2026-01-01T00:30:00+23:59", datetime(2025, 12, 31, 0, 31, tzinfo=UTC)),
        ("2026-01-01T00:30:00+00:00", datetime(2026, 1, 1, 0, 30, tzinfo=UTC)),
    ],
)
def test_any_offset_and_up_to_nine_digits_of_a_second_are_read(text: str, moment: datetime) -> None:
    assert read_moment(text) == moment


@pytest.mark.parametrize(
    "text",
    [
        "2026-05-12T14:03:11",
        "2026-05-12t14:03:11Z",
        "2026-05-12T14:03:11z",
        "2026-05-12 14:03:11Z",
        "2026-05-12T14:03:11-00:00",
        "2026-05-12T14:03:60Z",
        "2026-05-12T24:00:00Z",
        "2026-05-12T14:03:11+24:00",
        "2026-05-12T14:03:11+02:75",
        "2026-05-12T14:03:11,5Z",
        "2026-05-12T14:03:11.Z",
        "2026-05-12T14:03:11.1234567890Z",
        "2026-02-30T14:03:11Z",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+02:00",
        "9999-12-31T23:59:59-02:00",
        "2026-05-12T14:03:11Z\n",
    ],
)
def test_other_moments_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        read_moment(text)


def test_a_day_is_a_date_and_nothing_else() -> None:
    assert read_day("2028-02-29") == date(2028, 2, 29)
    for text in ("20280229", "2027-02-29", "2028-W09-2", "2028-02-29T00:00:00Z"):
        with pytest.raises(ValueError, match=r".*"):
            read_day(text)


@KINDS_BY_NAME
def test_the_schema_is_closed_and_knows_no_null(kind: EventKind) -> None:
    schema = kind.payload.model_json_schema()
    assert schema["additionalProperties"] is False
    assert set(kind.example) <= set(schema["properties"])
    assert "null" not in str(schema)
    assert not [name for name, told in schema["properties"].items() if "default" in told]
