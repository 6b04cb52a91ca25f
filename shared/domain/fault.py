"""What is wrong with an input: said once, in words that its sender can use."""

from __future__ import annotations

import msgspec

CODES = frozenset(
    {
        "bsn-detected",
        "date",
        "date-time",
        "depth",
        "enum",
        "future",
        "json",
        "link",
        "maximum",
        "minimum",
        "number",
        "pattern",
        "required",
        "site",
        "text",
        "type",
        "unknown-field",
    }
)
"""Every `code` that a fault of an event can have; a sender's software may rely on them."""


class Fault(msgspec.Struct, frozen=True):
    """One thing that is wrong: where (RFC 6901), a stable code, and in Dutch how to mend it."""

    pointer: str
    code: str
    detail: str


class InvalidEvent(Exception):
    """The input cannot be taken in; `faults` names everything that is wrong with it.

    `code` is `invalid-input` or `bsn-detected`. `event_id` is given only when it may be repeated.
    """

    def __init__(
        self, faults: tuple[Fault, ...], code: str = "invalid-input", event_id: str | None = None
    ) -> None:
        super().__init__(code)
        self.faults = faults
        self.code = code
        self.event_id = event_id
