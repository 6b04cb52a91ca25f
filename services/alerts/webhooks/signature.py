"""Signatures after Standard Webhooks 1.0: HMAC-SHA256 over id, moment and the exact bytes sent."""

from __future__ import annotations

import hmac
import secrets
from base64 import b64decode, b64encode
from collections.abc import Iterable

PREFIX = "whsec_"
SECRET_BYTES = 32
VERSION = "v1"


def new_secret() -> str:
    """A secret as its receiver keeps it."""
    return PREFIX + b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def signature(keys: Iterable[str], event_id: str, seconds: int, body: bytes) -> str:
    """The header `webhook-signature`: one signature for each secret, the newest first.

    `seconds` is the moment of this attempt since 1970 (UTC), as it stands in `webhook-timestamp`.
    """
    signed = f"{event_id}.{seconds}.".encode() + body
    return " ".join(f"{VERSION},{_sign(key, signed)}" for key in keys)


def _sign(key: str, signed: bytes) -> str:
    return b64encode(hmac.digest(b64decode(key.removeprefix(PREFIX)), signed, "sha256")).decode()
