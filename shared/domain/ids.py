"""Names of things, and how each is computed.

A learner is known by one pseudonym, `studentRef`, which never leaves the API bodies and the
database. People see the *handle*, addresses carry the *learner id*; both follow from the
reference alone, so that every service computes the same ones.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from uuid import UUID, uuid5

LEARNERS = UUID("6f0c4c52-6d0f-5a57-9d0b-6b1f0f9d5a11")
"""Name space of learner ids (project decision; changing it changes every address)."""

CASES = UUID("0d2c1c1e-5f1e-5f64-8a2e-9d8a3a2b7c22")
"""Name space of case ids (project decision)."""

CONTACTS = UUID("2f9c7ad0-3f44-5b0e-bb0f-5f6a1c8d4e33")
"""Name space of the ids of contacts that were logged at a desk (project decision)."""

STUDENT_REF = re.compile(r"^[A-Za-z0-9_-]{43}$")
BRIN = re.compile(r"^[0-9]{2}[A-Z]{2}$")
SITE = re.compile(r"^[0-9]{2}[A-Z]{2}[0-9]{2}$")
DESK = re.compile(r"^RMC[0-9]{2}$")

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@lru_cache(maxsize=65536)
def learner_id(student_ref: str) -> str:
    """The id of a learner in addresses: a UUID version 5 of the pseudonym."""
    return str(uuid5(LEARNERS, student_ref))


@lru_cache(maxsize=65536)
def handle(student_ref: str) -> str:
    """What a person sees in place of a name: `K7QM-2F9X-T3`, 50 bits of SHA-256."""
    bits = int.from_bytes(sha256(student_ref.encode()).digest()[:7], "big") >> 6
    letters = "".join(_CROCKFORD[bits >> shift & 31] for shift in range(45, -1, -5))
    return f"{letters[:4]}-{letters[4:8]}-{letters[8:]}"


def desk_org(region: str | None) -> str:
    """The code under which the desk of a region speaks (ruling 49)."""
    return f"RMC{region}"


def receipt_id(source: str, event_id: str) -> str:
    """The id of the receipt of one event: 32 hex digits of SHA-256(source, NUL, id)."""
    return sha256(f"{source}\0{event_id}".encode()).hexdigest()[:32]


def alert_id(subject: str, year: int, code: str, ground: str, episode: int) -> str:
    """The id of an alert; the same ground gives the same id on every machine, at every restart."""
    return sha256("\0".join((subject, str(year), code, ground, str(episode))).encode()).hexdigest()[:32]


def case_id(opened_by: str, earlier: int) -> str:
    """The id of a case that an alert opened; `earlier` counts the former cases of that alert."""
    return str(uuid5(CASES, f"{opened_by}\0{earlier}"))


def case_id_by_hand(learner: str, at: datetime) -> str:
    """The id of a case that a person opened at the moment `at` (UTC)."""
    return str(uuid5(CASES, f"{learner}\0{at.isoformat()}"))


def contact_id(learner: str, at: datetime, ordinal: int) -> str:
    """The event id of a contact logged at the desk at the moment `at` (UTC)."""
    return str(uuid5(CONTACTS, f"{learner}\0{at.isoformat()}\0{ordinal}"))
