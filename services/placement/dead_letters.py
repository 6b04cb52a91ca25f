"""What became of events: exceptions only, for the receipts; and dead letters, with their outcome.

An event below the progress of its partition, of which nothing was said, is applied.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from shared.domain.codes import Outcome
from shared.domain.ids import receipt_id
from shared.runtime.clock import machine_now
from shared.runtime.codec import Outgoing, Raw
from shared.runtime.dead_letters import dead_letter
from shared.runtime.topics import EVENT_OUTCOMES

GROUP = "transfers-placement"


class OutcomeOf(msgspec.Struct, frozen=True, rename="camel"):
    """A record of `event-outcomes`; `offset` is that of the event by which it came to this."""

    receipt_id: str
    outcome: Outcome
    partition: int
    offset: int


class Progress(msgspec.Struct, frozen=True, rename="camel"):
    """Everything of the partition below this offset has had its outcome."""

    next_offset: int


def outcomes(record: Raw, found: Iterable[tuple[str, str, Outcome]]) -> list[Outgoing]:
    """The outcomes that merging one record gave, as (source, event id, outcome)."""
    return [_outcome(record, receipt_id(source, event_id), outcome) for source, event_id, outcome in found]


def progress(part: int, next_offset: int) -> Outgoing:
    """How far a partition is."""
    return Outgoing(
        topic=EVENT_OUTCOMES,
        partition=part,
        key=f"offset-{part:02d}".encode(),
        value=msgspec.json.encode(Progress(next_offset)),
    )


def refused(record: Raw, reason: str) -> list[Outgoing]:
    """A dead letter of this record, and the outcome of its event."""
    return [dead_letter(record, reason, GROUP, machine_now()), *outcome_of_dead(record, reason)]


def outcome_of_dead(record: Raw, _reason: str) -> list[Outgoing]:
    """The outcome of the event of a dead letter, where its id can still be read."""
    headers = dict(record.headers)
    try:
        source, event_id = headers["ce_source"].decode(), headers["ce_id"].decode()
    except (KeyError, ValueError):
        return []
    return [_outcome(record, receipt_id(source, event_id), Outcome.DEAD)]


def _outcome(record: Raw, receipt: str, outcome: Outcome) -> Outgoing:
    told = OutcomeOf(receipt, outcome, record.partition, record.offset)
    return Outgoing(
        topic=EVENT_OUTCOMES,
        partition=record.partition,
        key=receipt.encode(),
        value=msgspec.json.encode(told),
        part=record.partition,
    )
