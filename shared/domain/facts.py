"""What is known of one learner: for each fact the versions that were sent."""

from __future__ import annotations

from datetime import datetime

import msgspec

from shared.domain.codes import Flag, State
from shared.domain.event import Version


class Tombstone(msgspec.Struct, frozen=True, array_like=True):
    """A version is annulled: by a retraction or by the version that supersedes it.

    It may come before its target. `received_at` is when the annulment became known (UTC).
    """

    source: str
    target: str
    by: str
    received_at: datetime


class Year(msgspec.Struct, frozen=True, array_like=True):
    """One transition year of one learner, as placement keeps and sends it.

    `chains` holds per subject key at most ten versions; which of them counts is worked out by
    `facts.winner`, so that any past moment can be asked for. `state` and `flags` are those at
    `projected_at`, for readers that do not project themselves.
    """

    chains: dict[str, tuple[Version, ...]] = {}
    tombstones: tuple[Tombstone, ...] = ()
    state: State | None = None
    state_since: datetime | None = None
    flags: tuple[Flag, ...] = ()
    projected_at: datetime | None = None


class Record(msgspec.Struct, frozen=True, array_like=True):
    """Everything that is known of one learner: what `transition-states` carries.

    `version` rises by one with every change that is sent; a receiver keeps the highest.
    """

    student_ref: str
    version: int = 0
    years: dict[int, Year] = {}
