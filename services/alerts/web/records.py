"""Reading alerts, cases and learners: what the reader may see, by row-level security and by the query."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Record

from services.alerts.web.access import Look
from services.alerts.web.queries import Query
from shared.domain.action import Action
from shared.domain.alert import Alert
from shared.domain.case import Case
from shared.domain.learner import Learner
from shared.runtime.codec import decode_learner

_alert = msgspec.json.Decoder(Alert).decode
_case = msgspec.json.Decoder(Case).decode
_action = msgspec.json.Decoder(Action).decode


class AlertRow(msgspec.Struct, frozen=True):
    """An alert as it stands, whose it is, and its revision."""

    alert: Alert
    student_ref: str | None
    learner_id: str | None
    revision: int


class CaseRow(msgspec.Struct, frozen=True):
    """A case as it stands, whose it is, and its revision."""

    case: Case
    learner_id: str
    revision: int


class LearnerRow(msgspec.Struct, frozen=True):
    """A learner with the alerts and cases that the reader may see."""

    learner: Learner
    learner_id: str
    handle: str
    part: int
    revision: int
    audience: tuple[str, ...]
    delete_after: date


class ActionRow(msgspec.Struct, frozen=True):
    """What a person asked for, and the answer when there is one."""

    id: str
    action: Action
    student_ref: str
    by: str
    result: dict[str, Any] | None


ALERT = "alert_id, student_ref, learner_id, revision, raised_at, body"
CASE = "case_id, student_ref, learner_id, revision, opened_at, body"
ACTION = "id, student_ref, at, by_subject, body, result"
LEARNER = "student_ref, learner_id, handle, part, revision, audience, delete_after, body"


async def rows(looking: Look, query: Query, columns: str, *more: str) -> list[Record]:
    """The rows that a list asks for, one more than its page; `more` are conditions of our own."""
    asked = msgspec.structs.replace(query, conditions=(*query.conditions, *more))
    statement, values = asked.sql(columns)
    return list(await looking.conn.fetch(statement, looking.audience, *values))


async def alert(looking: Look, alert_id: str) -> AlertRow | None:
    """One alert, or None."""
    row = await looking.conn.fetchrow(
        f"SELECT {ALERT} FROM alerts.alert WHERE audience && $1 AND alert_id = $2",  # noqa: S608
        looking.audience,
        alert_id,
    )
    return alert_row(row) if row else None


async def alerts(looking: Look, ids: Sequence[str]) -> list[AlertRow]:
    """The alerts with these ids, those that went up first in front."""
    found = await looking.conn.fetch(
        f"SELECT {ALERT} FROM alerts.alert WHERE audience && $1 AND alert_id = ANY($2)"  # noqa: S608
        " ORDER BY raised_at, alert_id",
        looking.audience,
        ids,
    )
    return [alert_row(row) for row in found]


async def case(looking: Look, case_id: str) -> CaseRow | None:
    """One case, or None."""
    row = await looking.conn.fetchrow(
        f"SELECT {CASE} FROM alerts.case WHERE audience && $1 AND case_id = $2",  # noqa: S608
        looking.audience,
        case_id,
    )
    return case_row(row) if row else None


async def open_cases(looking: Look) -> list[CaseRow]:
    """Every open case of the reader."""
    found = await looking.conn.fetch(
        f"SELECT {CASE} FROM alerts.case WHERE audience && $1 AND closed_at IS NULL"  # noqa: S608
        " AND status NOT IN ('TRANSFERRED', 'MERGED')",
        looking.audience,
    )
    return [case_row(row) for row in found]


async def learner(looking: Look, learner_id: str) -> LearnerRow | None:
    """One learner by the id of addresses, or None."""
    return await _learner(looking, "learner_id", learner_id)


async def learner_by_handle(looking: Look, handle: str) -> LearnerRow | None:
    """One learner by what people see in place of a name, or None."""
    return await _learner(looking, "handle", handle)


async def _learner(looking: Look, column: str, value: str) -> LearnerRow | None:
    ref = await looking.conn.fetchval(
        f"SELECT student_ref FROM alerts.learner WHERE audience && $1 AND {column} = $2",  # noqa: S608
        looking.audience,
        value,
    )
    return next(iter(await learners(looking, [ref])), None) if ref else None


async def learners(looking: Look, refs: Sequence[str]) -> list[LearnerRow]:
    """Learners by reference, each with its alerts and cases."""
    conn, audience = looking.conn, looking.audience
    wanted = "WHERE audience && $1 AND student_ref = ANY($2)"
    found = await conn.fetch(f"SELECT {LEARNER} FROM alerts.learner {wanted}", audience, refs)  # noqa: S608
    alerts = await conn.fetch(
        f"SELECT {ALERT} FROM alerts.alert {wanted} ORDER BY raised_at, alert_id",  # noqa: S608
        audience,
        refs,
    )
    cases = await conn.fetch(
        f"SELECT {CASE} FROM alerts.case {wanted} ORDER BY opened_at, case_id",  # noqa: S608
        audience,
        refs,
    )
    return [
        LearnerRow(
            msgspec.structs.replace(
                decode_learner(row["body"]),
                alerts=tuple(_alert(one["body"]) for one in _of(alerts, row)),
                cases=tuple(_case(one["body"]) for one in _of(cases, row)),
            ),
            str(row["learner_id"]),
            row["handle"],
            row["part"],
            row["revision"],
            tuple(row["audience"]),
            row["delete_after"],
        )
        for row in found
    ]


async def action(looking: Look, action_id: UUID | str) -> ActionRow | None:
    """One action that was asked for, or None."""
    row = await looking.conn.fetchrow(
        f"SELECT {ACTION} FROM alerts.action WHERE audience && $1 AND id = $2",  # noqa: S608
        looking.audience,
        action_id,
    )
    return action_row(row) if row else None


async def actions_on(looking: Look, name: str, alert: str | None, case: str | None) -> list[ActionRow]:
    """What was asked with one kind of action on one alert or case, oldest first."""
    found = await looking.conn.fetch(
        f"SELECT {ACTION} FROM alerts.action WHERE audience && $1 AND body->>'action' = ANY($2)"  # noqa: S608
        " AND ($3::text IS NULL OR body->>'alert' = $3) AND ($4::text IS NULL OR body->>'caseId' = $4)"
        " ORDER BY at, id",
        looking.audience,
        name.split(","),
        alert,
        case,
    )
    return [action_row(row) for row in found]


async def actions_since(looking: Look, learner_id: str, at: datetime) -> list[ActionRow]:
    """What was asked for one learner from a moment on (domain time, UTC), oldest first."""
    found = await looking.conn.fetch(
        f"SELECT {ACTION} FROM alerts.action WHERE audience && $1 AND learner_id = $2 AND at >= $3"  # noqa: S608
        " ORDER BY at, id",
        looking.audience,
        learner_id,
        at,
    )
    return [action_row(row) for row in found]


async def actions_of(looking: Look, subject: str, since: datetime) -> list[ActionRow]:
    """What one officer asked for since a moment (domain time, UTC), oldest first."""
    found = await looking.conn.fetch(
        f"SELECT {ACTION} FROM alerts.action WHERE audience && $1 AND by_subject = $2 AND at >= $3"  # noqa: S608
        " ORDER BY at, id",
        looking.audience,
        subject,
        since,
    )
    return [action_row(row) for row in found]


def alert_row(row: Record) -> AlertRow:
    """A row of `alerts.alert`."""
    learner_id = str(row["learner_id"]) if row["learner_id"] else None
    return AlertRow(_alert(row["body"]), row["student_ref"], learner_id, row["revision"])


def case_row(row: Record) -> CaseRow:
    """A row of `alerts.case`."""
    return CaseRow(_case(row["body"]), str(row["learner_id"]), row["revision"])


def action_row(row: Record) -> ActionRow:
    """A row of `alerts.action`; the moment is the one from which the action counts."""
    asked = msgspec.structs.replace(_action(row["body"]), at=row["at"], action_id=str(row["id"]))
    result = msgspec.json.decode(row["result"]) if row["result"] else None
    return ActionRow(str(row["id"]), asked, row["student_ref"], row["by_subject"], result)


def _of(rows: Iterable[Record], learner: Record) -> list[Record]:
    return [row for row in rows if row["student_ref"] == learner["student_ref"]]
