"""What is sent: a CloudEvent whose bytes never change, and headers that a receiver can check."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from pydantic import SecretStr

from services.alerts.webhooks import message
from services.alerts.webhooks.message import Event
from services.alerts.webhooks.seal import BrokenSeal, Seal
from services.alerts.webhooks.signature import new_secret, signature

AT = datetime(2026, 10, 9, 4, tzinfo=UTC)
EVENT = Event("alert.raised-1", "nl.school-transitions.alert.raised.v1", AT, "https://x/1", '{"alertId":"1"}')


def test_the_body_is_one_structured_event_with_a_sequence_of_20_digits() -> None:
    raw = message.body(EVENT, 42)
    assert raw == message.body(EVENT, 42)
    assert json.loads(raw) == {
        "specversion": "1.0",
        "id": "alert.raised-1",
        "source": "urn:nld:oin:00000099000000000000:systeem:transfer-tracking",
        "type": "nl.school-transitions.alert.raised.v1",
        "time": "2026-10-09T04:00:00Z",
        "datacontenttype": "application/json",
        "dataref": "https://x/1",
        "sequence": "00000000000000000042",
        "data": {"alertId": "1"},
    }


def test_what_has_no_details_has_no_dataref() -> None:
    assert "dataref" not in json.loads(message.body(Event("e", "t", AT, None, "{}"), 1))


def test_the_headers_sign_these_bytes_and_own_ones_overrule_nothing() -> None:
    raw, key = message.body(EVENT, 1), new_secret()
    told = message.headers("alert.raised-1", AT, raw, [key], "transfers.example", {"X-Key": "1"})
    trace = told.pop("traceparent")
    assert told == {
        "X-Key": "1",
        "Content-Type": "application/cloudevents+json",
        "User-Agent": "transfer-tracking",
        "WebHook-Request-Origin": "transfers.example",
        "webhook-id": "alert.raised-1",
        "webhook-timestamp": "1791518400",
        "webhook-signature": signature([key], "alert.raised-1", 1791518400, raw),
    }
    assert len(trace) == 55


def test_we_call_as_the_name_under_which_we_are_known() -> None:
    assert message.origin_of("https://transfers.example:8443/x") == "transfers.example"
    asked = message.question("transfers.example", {"X-Key": "1"})
    assert (asked["WebHook-Request-Origin"], asked["X-Key"]) == ("transfers.example", "1")


def test_a_sealed_secret_opens_in_its_own_place_only() -> None:
    seal = Seal(SecretStr("one key of more than thirty-two characters"))
    sealed = seal.close("whsec_geheim", "a/secret")
    assert b"geheim" not in sealed
    assert sealed != seal.close("whsec_geheim", "a/secret")
    assert seal.open(sealed, "a/secret") == "whsec_geheim"
    other = Seal(SecretStr("another key of more than thirty-two characters"))
    for opener, place in ((seal, "b/secret"), (other, "a/secret")):
        with pytest.raises(BrokenSeal):
            opener.open(sealed, place)
