"""Secrets of receivers at rest: sealed with AES-256-GCM, by a key that is not in the database."""

from __future__ import annotations

import secrets
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import SecretStr

NONCE_BYTES = 12


class BrokenSeal(Exception):
    """What was sealed with another key, or for another place, cannot be opened."""


class Seal:
    """Closes and opens; `place` ties what is sealed to the row and column where it stands."""

    def __init__(self, key: SecretStr) -> None:
        text = b"transfers webhooks\0" + key.get_secret_value().encode()
        self._cipher = AESGCM(sha256(text).digest())

    def close(self, text: str, place: str) -> bytes:
        """The sealed form of a text."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, text.encode(), place.encode())

    def open(self, sealed: bytes, place: str) -> str:
        """The text again. Raises BrokenSeal."""
        try:
            return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], place.encode()).decode()
        except InvalidTag:
            raise BrokenSeal from None
