"""What a receiver gets: one CloudEvent, the same bytes at every attempt, without a person in it."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime
from urllib.parse import urlsplit

import msgspec

from services.alerts.webhooks.signature import signature
from shared.domain.action import PLATFORM
from shared.runtime.codec import text

CONTENT_TYPE = "application/cloudevents+json"
AGENT = "transfer-tracking"
REQUESTED_RATE = 600
"""Requests a minute that a receiver is asked to allow: an alert of a busy region every tenth of a second."""


class Event(msgspec.Struct, frozen=True):
    """An event as its row has it: `at` is domain time, `data` JSON text."""

    event_id: str
    type: str
    at: datetime
    dataref: str | None
    data: str


class Envelope(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The members of a structured CloudEvent, in the order in which they are written."""

    specversion: str
    id: str
    source: str
    type: str
    time: str
    datacontenttype: str
    dataref: str | None = None
    sequence: str
    data: msgspec.Raw


def body(event: Event, sequence: int) -> bytes:
    """The bytes that are signed and sent; `sequence` rises from event to event of one subscription."""
    envelope = Envelope(
        specversion="1.0",
        id=event.event_id,
        source=PLATFORM,
        type=event.type,
        time=text(event.at),
        datacontenttype="application/json",
        sequence=f"{sequence:020}",
        data=msgspec.Raw(event.data.encode()),
        dataref=event.dataref,
    )
    return msgspec.json.encode(envelope)


def headers(
    event_id: str, at: datetime, raw: bytes, keys: Iterable[str], origin: str, own: Mapping[str, str]
) -> dict[str, str]:
    """The headers of one attempt at the machine time `at` (UTC); `own` are those of the subscription."""
    seconds = int(at.timestamp())
    return {
        **own,
        "Content-Type": CONTENT_TYPE,
        "User-Agent": AGENT,
        "WebHook-Request-Origin": origin,
        "traceparent": f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01",
        "webhook-id": event_id,
        "webhook-timestamp": str(seconds),
        "webhook-signature": signature(keys, event_id, seconds, raw),
    }


def question(origin: str, own: Mapping[str, str]) -> dict[str, str]:
    """The headers with which a receiver is asked whether it agrees to be called (CloudEvents webhooks 4)."""
    return {
        **own,
        "User-Agent": AGENT,
        "WebHook-Request-Origin": origin,
        "WebHook-Request-Rate": str(REQUESTED_RATE),
    }


def origin_of(public_url: str) -> str:
    """As whom we call: the name under which the platform is known."""
    return urlsplit(public_url).hostname or "localhost"
