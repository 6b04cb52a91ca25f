"""An event and the day on which it is posted; who its sender is, and when that sender wrote it down."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

import msgspec

from shared.domain.calendar import AMSTERDAM
from shared.domain.catalogue import KINDS
from shared.domain.envelope import arrival_of
from shared.domain.event import Arrival
from shared.domain.payload import read_moment

Event = dict[str, Any]
HAPPENED, RECORDED, RECEIVED = time(14), time(16), time(17)
"""The hours of a day at which what is told took place, was written down, and came in."""


class Posting(msgspec.Struct, frozen=True):
    """An event and the day on which it is posted; a correction tells another version of what was told."""

    day: date
    event: Event
    correction: bool = False

    @property
    def kind(self) -> str:
        """The event type: `vo.learner.listed`."""
        return str(self.event["type"]).removeprefix("nl.school-transitions.").rpartition(".v")[0]

    @property
    def ref(self) -> str | None:
        """The learner that it speaks of, if it speaks of one."""
        found = self.event["data"].get("studentRef")
        return str(found) if found else None

    @property
    def arrival(self) -> Arrival:
        """The event as it comes in on its day; what nobody doubts is not checked again."""
        event = self.event
        told = read_moment(event["time"])
        return arrival_of(
            event["type"], event["id"], event["source"], told, received_at(self.day), event["data"]
        )

    @property
    def days_late(self) -> int:
        """How many days lie between writing it down and posting it."""
        return (self.day - date.fromisoformat(self.event["time"][:10])).days


def event_of(event_id: str, kind: str, day: date, sender: str, year: int, fields: Event) -> Event:
    """A CloudEvent that a sender writes down on a day."""
    return {
        "specversion": "1.0",
        "id": event_id,
        "source": source(sender),
        "type": KINDS[kind].wire_type,
        "time": _moment(day, RECORDED),
        "datacontenttype": "application/json",
        "data": {
            "transitionYear": year,
            "senderOrg": sender,
            "occurredAt": _moment(day, HAPPENED),
            **fields,
        },
    }


def source(org: str) -> str:
    """The system of an organisation, as a URN."""
    return f"urn:nld:oin:00000099000000001000:systeem:sis-{org}"


def told_at(day: date) -> datetime:
    """A moment on a day, for what was known then."""
    return datetime.combine(day, RECORDED, AMSTERDAM)


def received_at(day: date) -> datetime:
    """The moment at which everything of a day comes in."""
    return datetime.combine(day, RECEIVED, AMSTERDAM)


def _moment(day: date, at: time) -> str:
    return datetime.combine(day, at, AMSTERDAM).isoformat()
