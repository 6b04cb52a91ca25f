"""What a request holds: a reader for each way of sending, and the events it found.

Another way of sending, such as the binary mode of CloudEvents, is one more reader.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import msgspec

from shared.domain.envelope import Checked, InvalidEvent, check, content_hash
from shared.domain.ids import receipt_id
from shared.runtime.parse import read_json
from shared.runtime.problems import Problem, invalid
from shared.runtime.topics import EVENT_LIMIT

BATCH_BODY_LIMIT = 2 * 1024 * 1024
BATCH_LIMIT = 500


class Item:
    """One event of a request on its way through the door: `problem` says where it stopped."""

    def __init__(
        self, event: Checked | None = None, problem: Problem | None = None, event_id: str | None = None
    ) -> None:
        self.event = event
        self.problem = problem
        self.event_id = event.event_id if event else event_id
        self.duplicate = False

    @property
    def checked(self) -> Checked:
        """The event; only an item without a problem is sure to have one."""
        if self.event is None:
            raise LookupError("a refused event has no content")
        return self.event

    @cached_property
    def receipt(self) -> str:
        """The id of its receipt."""
        return receipt_id(self.checked.source, self.checked.event_id)

    @cached_property
    def hash(self) -> bytes:
        """Its content by value."""
        return content_hash(self.checked)

    @property
    def outcome(self) -> str:
        """What its sender is told in one word."""
        return "rejected" if self.problem else "duplicate" if self.duplicate else "accepted"

    @property
    def family(self) -> str:
        """The part of its type before the first dot, for metrics."""
        return self.event.kind.name.partition(".")[0] if self.event else "unknown"

    def result(self, index: int, base: str) -> dict[str, Any]:
        """What its sender is told."""
        told: dict[str, Any] = {"index": index, "outcome": self.outcome}
        if self.event_id is not None:
            told["id"] = self.event_id
        if self.problem is not None:
            told["problem"] = self.problem.body(base=base)
        else:
            told["receiptId"] = self.receipt
        return told


class Reader(msgspec.Struct, frozen=True):
    """One way of sending: its name, how large a body may be, and how events are found in it."""

    mode: str
    limit: int
    read: Callable[[bytes], list[Item]]
    batch: bool = False


def read_one(body: bytes) -> list[Item]:
    """One structured event. Raises Problem 400 for what is no JSON."""
    return [_item(_parsed(body))]


def read_batch(body: bytes) -> list[Item]:
    """A JSON array of events. Raises Problem 400 or 413."""
    parsed = _parsed(body)
    if not isinstance(parsed, list):
        raise Problem("invalid-input", "Een batch is een JSON-array van CloudEvents.")
    if len(parsed) > BATCH_LIMIT:
        raise Problem("too-large", f"Ten hoogste {BATCH_LIMIT} berichten in één batch.")
    if len(body) > EVENT_LIMIT and any(len(msgspec.json.encode(one)) > EVENT_LIMIT for one in parsed):
        raise Problem("too-large", f"Ten hoogste {EVENT_LIMIT // 1024} KiB per bericht.")
    return [_item(one) for one in parsed]


READERS: Mapping[str, Reader] = {
    "application/cloudevents+json": Reader("structured", EVENT_LIMIT, read_one),
    "application/cloudevents-batch+json": Reader("batch", BATCH_BODY_LIMIT, read_batch, batch=True),
}


def reader_of(headers: Mapping[str, str]) -> Reader:
    """The reader for a request, by its content type. Raises Problem 415, before anything is parsed."""
    name, *parameters = [part.strip().lower() for part in headers.get("content-type", "").split(";")]
    pairs = [parameter.partition("=") for parameter in parameters]
    charsets = [value.strip().strip('"') for key, _, value in pairs if key.strip() == "charset"]
    if name not in READERS or any(charset not in ("utf-8", "utf8") for charset in charsets):
        raise Problem("unsupported-media-type", f"Stuur {' of '.join(READERS)}, in UTF-8.")
    return READERS[name]


def _parsed(body: bytes) -> object:
    try:
        return read_json(body)
    except InvalidEvent as fault:
        raise invalid(fault.faults, fault.code) from None


def _item(parsed: object) -> Item:
    """One event, checked; what is wrong with it stands on the item."""
    try:
        return Item(check(parsed))
    except InvalidEvent as fault:
        return Item(problem=invalid(fault.faults, fault.code), event_id=fault.event_id)
