"""Several alerts picked up at once: a look at which, then each for itself, and what came of each.

A list of alerts sends the ids that were chosen. Each becomes an action of its own, so that one that a
colleague had already done is skipped and the others are not.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from hashlib import sha256
from urllib.parse import urlencode

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from services.alerts.web import notices, offers, records, sight
from services.alerts.web.access import Look
from services.alerts.web.api import HASH, Desk
from services.alerts.web.asking import Asker, Wish, action_of, id_of
from services.alerts.web.faults import local_path
from services.alerts.web.officers import Officer, spoken_name
from services.alerts.web.records import ActionRow, AlertRow, LearnerRow
from services.alerts.web.sessions import Cookies
from services.alerts.web.sheets import Sheets
from services.alerts.web.visits import Visit, pairs, visit
from shared.domain.alert import Alert
from shared.domain.codes import AlertStatus
from shared.domain.ids import handle
from shared.domain.words import explain, life
from shared.runtime.problems import Problem

PATH = "/desk/alerts/acknowledgements"

MOST = 200
"""So many alerts are picked up at once (the desk's design)."""

MEMORY = timedelta(days=1)
"""How long the outcome of a batch can be read again."""

NONE_CHOSEN = "Kies eerst een of meer meldingen."
TOO_MANY = f"Kies ten hoogste {MOST} meldingen tegelijk."

KEY = re.compile(r"[A-Za-z0-9_-]{8,64}")
WAITS = "wordt verwerkt"


class Row(msgspec.Struct, frozen=True):
    """One alert of the batch: whose, which, how it stands or what came of it. `counts`: it is picked up."""

    alert: Alert
    handle: str
    title: str
    outcome: str
    counts: bool


def router(desk: Desk, cookies: Cookies, asker: Asker) -> APIRouter:
    """The routes of the batch."""
    routes = APIRouter()

    @routes.post(PATH)
    async def several(request: Request) -> Response:
        given = await pairs(request)
        at = await visit(desk, cookies, request)
        await at.form()
        offers.must_do(at.officer, "acknowledge")
        fields, ids = dict(given), chosen_in(given)
        if not ids or len(ids) > MOST:
            raise Problem("invalid-input", TOO_MANY if ids else NONE_CHOSEN)
        then = local_path(fields.get("then"))
        key = fields.get("key", "")
        if fields.get("step") == "sure" and KEY.fullmatch(key):
            await _ask(at, asker, ids, key)
            return RedirectResponse(f"{PATH}?{urlencode({'batch': key, 'then': then})}", 303)
        rows = await _chosen(at, ids)
        return at.respond("several.html", rows=rows, then=then, key=secrets.token_urlsafe(16), done="")

    @routes.get(PATH)
    async def outcome(request: Request) -> Response:
        at = await visit(desk, cookies, request)
        asked = request.query_params
        then, key = local_path(asked.get("then")), asked.get("batch", "")
        rows = await _outcome(at, key) if KEY.fullmatch(key) else []
        if not rows:
            return RedirectResponse(then, 303)
        picked = sum(row.counts for row in rows)
        told = notices.NOTICES["several"].format(n=picked, m=len(rows) - picked)
        return at.respond("several.html", rows=rows, then=then, key="", done=told)

    return routes


def chosen_in(given: Iterable[tuple[str, str]]) -> list[str]:
    """The ids that a list sent, each in an `alert`, or the page after it all in `alerts`; each once."""
    words = [word for name, value in given if name in ("alert", "alerts") for word in value.split(",")]
    return [one for one in dict.fromkeys(words) if re.fullmatch(HASH, one)]


async def _chosen(at: Visit, ids: Sequence[str]) -> list[Row]:
    """The alerts that were chosen, and whether they still wait for somebody."""
    async with at.look("page-several") as looking:
        found = await _seen(at, looking, ids)
        wanted = [row.alert.acknowledged_by for row in found]
        sheets = at.sheets(await at.desk.register.names(looking.conn, wanted))
    return [_row(sheets, one, _stands(sheets, one.alert), counts=_waits(one.alert)) for one in found]


async def _ask(at: Visit, asker: Asker, ids: Sequence[str], key: str) -> None:
    """Ask for each, in one transaction, and wait for the answers together."""
    await at.desk.clock.released()
    async with at.look("desk-acknowledgements") as looking:
        found = await _seen(at, looking, ids)
        learners = await records.learners(looking, [row.student_ref for row in found if row.student_ref])
        by_ref = {row.learner.student_ref: row for row in learners}
        asked = [
            await asker.ask(looking, _wish(at, by_ref[row.student_ref], row.alert, key))
            for row in found
            if row.student_ref in by_ref
        ]
    await asyncio.gather(*(asker.answer(at.reader, one) for one in asked))


async def _outcome(at: Visit, key: str) -> list[Row]:
    """What came of each, read back from what this officer asked for."""
    since = at.desk.clock.now() - MEMORY
    async with at.look("page-several") as looking:
        done = batch_of(await records.actions_of(looking, at.officer.subject, since), at.officer, key)
        found = await _seen(at, looking, list(done))
        sheets = at.sheets({})
    return [_row(sheets, one, *_became(done[one.alert.alert_id])) for one in found]


async def _seen(at: Visit, looking: Look, ids: Sequence[str]) -> list[AlertRow]:
    found = await records.alerts(looking, ids)
    seen = [row for row in found if row.student_ref and sight.sees_alert(at.officer, row)]
    for row in seen:
        looking.show(row.student_ref, row.alert.alert_id)
    return seen


def _wish(at: Visit, row: LearnerRow, alert: Alert, key: str) -> Wish:
    now = at.desk.clock.now()
    action = action_of(at.officer, row, "acknowledge", now, alert.year, alert=alert.alert_id)
    return Wish(row, action, key=key_of(key, alert.alert_id))


def key_of(batch: str, alert_id: str) -> str:
    """What makes the same alert in the same batch the same action."""
    return sha256(f"{batch}\0{alert_id}".encode()).hexdigest()


def batch_of(rows: Iterable[ActionRow], officer: Officer, key: str) -> Mapping[str, ActionRow]:
    """The actions of one batch by their alerts."""
    own = {row.action.alert: row for row in rows if row.action.alert}
    return {
        alert: row
        for alert, row in own.items()
        if alert and str(id_of(officer, key_of(key, alert))) == row.id
    }


def _waits(alert: Alert) -> bool:
    return alert.open and alert.status is AlertStatus.RAISED


def _stands(sheets: Sheets, alert: Alert) -> str:
    return life(alert, who=spoken_name(sheets.names, alert.acknowledged_by))


def _became(row: ActionRow) -> tuple[str, bool]:
    """What came of one, and whether it was picked up."""
    if row.result is None:
        return WAITS, False
    done = row.result["status"] == 201
    return ("opgepakt" if done else f"overgeslagen: {row.result.get('detail', '')}"), done


def _row(sheets: Sheets, one: AlertRow, outcome: str, counts: bool) -> Row:
    title = explain(one.alert, sheets.world).title
    return Row(one.alert, handle(one.student_ref or ""), title, outcome, counts)
