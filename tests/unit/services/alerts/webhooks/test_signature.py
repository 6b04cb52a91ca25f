"""Signatures after Standard Webhooks: the example of its specification, its own library, and by hand."""

from __future__ import annotations

import hashlib
import hmac
import random
import re
import time
from base64 import b64decode, b64encode

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from services.alerts.webhooks.signature import new_secret, signature


def test_the_example_of_the_specification() -> None:
    body = b'{"event_type":"ping","data":{"success":true}}'
    key = "whsec_plJ3nmyCDGBKInavdOK15jsl"
    told = signature([key], "msg_loFOjxBNrRLzqYUf", 1731705121, body)
    assert told == "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0="


def test_a_secret_is_32_random_bytes_with_padding() -> None:
    made = {new_secret() for _ in range(50)}
    assert len(made) == 50
    assert all(re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=", one) for one in made)


def test_a_thousand_bodies_verify_elsewhere_and_one_flipped_bit_does_not() -> None:
    chance, now = random.Random(5), int(time.time())
    for number in range(1000):
        key, name = new_secret(), f"event-{number}"
        body = "".join(chance.choices("abc {}:é€\U0001f600", k=chance.randrange(1, 100))).encode()
        headers = {
            "webhook-id": name,
            "webhook-timestamp": str(now),
            "webhook-signature": signature([key], name, now, body),
        }
        Webhook(key).verify(body, headers, json_parse=False)
        place = chance.randrange(len(body))
        flipped = body[:place] + bytes([body[place] ^ 1 << chance.randrange(7)]) + body[place + 1 :]
        with pytest.raises((WebhookVerificationError, UnicodeDecodeError)):
            Webhook(key).verify(flipped, headers, json_parse=False)


def test_during_a_rotation_the_newest_comes_first() -> None:
    new, old = new_secret(), new_secret()
    told = signature([new, old], "e", 7, b"{}")
    assert told == f"v1,{by_hand(new, 'e', 7, b'{}')} v1,{by_hand(old, 'e', 7, b'{}')}"


def by_hand(key: str, event_id: str, seconds: int, body: bytes) -> str:
    """The same, spelled out."""
    made = hmac.new(b64decode(key[6:]), digestmod=hashlib.sha256)
    for part in (event_id.encode(), b".", str(seconds).encode(), b".", body):
        made.update(part)
    return b64encode(made.digest()).decode()
