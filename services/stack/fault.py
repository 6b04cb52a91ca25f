"""What can go wrong around the embedded stack, told so that a person can mend it."""

from __future__ import annotations


class StackFault(Exception):
    """Something outside this program is in the way; the message says what, and what helps."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"{what}\n  what helps: {remedy}")
