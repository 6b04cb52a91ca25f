"""What placement told about events: the last word on each receipt counts."""

from __future__ import annotations

import json

import msgspec

from services.registration.outcomes import read


class Record(msgspec.Struct):
    """A record of `event-outcomes`."""

    value: bytes | None
    offset: int = 0


def told(**value: object) -> Record:
    return Record(json.dumps(value).encode())


def test_the_last_outcome_of_a_receipt_counts() -> None:
    batch = read([told(receiptId="a", outcome="stale"), told(receiptId="a", outcome="applied")])
    assert batch.outcomes == {"a": "applied"}


def test_progress_is_the_highest_that_was_told() -> None:
    assert read([told(nextOffset=7), told(nextOffset=5)]).progress == 7
    assert read([told(receiptId="a", outcome="stale")]).progress is None


def test_what_cannot_be_read_is_passed_over() -> None:
    rubbish = [Record(None), Record(b"\xff"), Record(b"[]"), told(outcome="stale"), told(receiptId="a")]
    unknown = told(receiptId="a", outcome="eaten")
    batch = read([*rubbish, unknown, told(nextOffset="many"), told(receiptId="b", outcome="late")])
    assert (batch.outcomes, batch.progress) == ({"b": "late"}, None)
