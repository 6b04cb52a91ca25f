"""The page of what does not arrive: who gets webhooks, how that goes, and a button to send again.

Everybody sees their own subscriptions; who has a region in sight also those of colleagues there. It names
receivers and no learner.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from urllib.parse import urlsplit

import msgspec
from asyncpg import Record
from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from services.alerts.web import notices
from services.alerts.web import subscription_rows as rows
from services.alerts.web.access import missing
from services.alerts.web.api import Desk
from services.alerts.web.sessions import Cookies
from services.alerts.web.sheets import Badge
from services.alerts.web.subscriptions import SubscriptionId
from services.alerts.web.visits import visit
from services.alerts.webhooks.owner import HEARS_NOTHING
from shared.runtime.database import Connection
from shared.runtime.problems import Problem

HOME = "/desk/subscriptions"
MOST_AT_ONCE = 500
"""Deliveries that one press of the button sends again."""

STATUSES: Mapping[str, Badge] = MappingProxyType(
    {
        "ACTIVE": Badge("actief", "safe"),
        "PENDING": Badge("wacht op de ontvanger", "neutral"),
        "PAUSED": Badge("gepauzeerd", "inactive"),
        "DISABLED": Badge("uitgezet", "danger", "!"),
    }
)
ADVICE: Mapping[str, str] = MappingProxyType(
    {
        "ACTIVE": "niets nodig",
        "PENDING": "de ontvanger moet nog instemmen",
        "PAUSED": "de eigenaar kan het hervatten",
        "DISABLED": "de eigenaar kan het weer aanzetten",
    }
)
"""What can be done when nothing can be sent again from here."""

FAILING = Badge("mislukt", "warning", "!")
REASONS: Mapping[str, str] = MappingProxyType(
    {
        "NOT_AGREED": "De ontvanger heeft er niet mee ingestemd.",
        "GONE": "De ontvanger wil niets meer ontvangen (410).",
        "NO_SUCCESS": "Er kwam vijf dagen niets aan.",
        "ADDRESS": "Naar dit adres mag niet worden bezorgd.",
        "PORT": "Naar deze poort mag niet worden bezorgd.",
        "NO_ADDRESS": "Dit adres bestaat niet.",
        "CONNECT": "De ontvanger is niet bereikbaar.",
        "TLS": "De ontvanger heeft geen geldig certificaat.",
        "TIME_OUT": "De ontvanger antwoordt niet binnen 15 seconden.",
        "BROKEN_OFF": "De ontvanger verbrak de verbinding.",
        "PROTOCOL": "De ontvanger geeft geen leesbaar antwoord.",
    }
)
"""What stands in the row of a subscription, in words."""

# What was given up and has not arrived since, nor is under way again.
LOST = """
FROM alerts.delivery d WHERE d.subscription = s.id AND d.status = 'EXHAUSTED' AND NOT d.once
    AND NOT EXISTS (SELECT FROM alerts.delivery later WHERE later.event = d.event
        AND later.subscription = d.subscription AND later.status <> 'EXHAUSTED')
"""
LISTED = f"""
SELECT s.id, s.sink, s.status, s.reason, s.created_at, s.failing_since, o.name AS owner, s.owner AS subject,
    (SELECT count(*) FROM alerts.delivery w WHERE w.subscription = s.id AND w.status = 'WAITING') AS waiting,
    (SELECT count(*) {LOST}) AS lost, (SELECT min(d.created_at) {LOST}) AS lost_since
FROM alerts.subscription s LEFT JOIN alerts.officer o ON o.subject = s.owner
ORDER BY lost_since NULLS LAST, s.failing_since NULLS LAST, s.created_at, s.id
"""  # noqa: S608
RESEND = f"""
INSERT INTO alerts.delivery (subscription, event, sequence, once, replay_of)
SELECT lost.subscription, lost.event, lost.sequence, true, lost.id
FROM alerts.subscription s CROSS JOIN LATERAL (SELECT d.* {LOST} ORDER BY d.sequence LIMIT $2) AS lost
WHERE s.id = $1
"""  # noqa: S608


class Receiving(msgspec.Struct, frozen=True):
    """One line of the page. `lost` events did not arrive, the oldest of them since `lost_since` (UTC)."""

    id: str
    host: str
    whose: str
    badge: Badge
    why: str
    failing_since: datetime | None
    waiting: int
    lost: int
    lost_since: datetime | None
    advice: str
    can_resend: bool


def router(desk: Desk, cookies: Cookies) -> APIRouter:
    """The routes of the page."""
    routes = APIRouter()

    @routes.get(HOME)
    async def listed(request: Request) -> Response:
        at = await visit(desk, cookies, request)
        if at.officer.role in HEARS_NOTHING:
            raise Problem("forbidden", "Uw rol ziet geen meldingen.")
        async with rows.own(desk.pool, at.reader) as conn:
            found = await conn.fetch(LISTED)
        return at.respond("subscriptions.html", lines=[line(row, at.officer.subject) for row in found])

    @routes.post(f"{HOME}/{{subscriptionId}}/replays")
    async def resend(request: Request, subscription_id: SubscriptionId) -> Response:
        at = await visit(desk, cookies, request)
        await at.form()
        async with rows.own(desk.pool, at.reader) as conn:
            count = await _resend(conn, subscription_id)
        return RedirectResponse(notices.address(HOME, "resent", n=count), 303)

    return routes


async def _resend(conn: Connection, subscription_id: str) -> int:
    """Send once more what did not arrive; returns how many events that are. Raises Problem 404 or 409."""
    found: Sequence[Record] = await conn.fetch(
        "SELECT status FROM alerts.subscription WHERE id = $1", subscription_id
    )
    if not found:
        raise missing()
    rows.must_be_active(found[0])
    done = await conn.execute(RESEND, subscription_id, MOST_AT_ONCE)
    await rows.wake(conn)
    return int(done.rpartition(" ")[2])


def line(row: Mapping[str, object] | Record, subject: str) -> Receiving:
    """A row as it is shown to the officer with this subject."""
    status, failing = str(row["status"]), row["failing_since"]
    failing_since = failing if isinstance(failing, datetime) and status == "ACTIVE" else None
    lost_since = row["lost_since"]
    lost = int(str(row["lost"]))
    return Receiving(
        id=str(row["id"]),
        host=urlsplit(str(row["sink"])).netloc,
        whose="van u" if row["subject"] == subject else f"van {row['owner'] or 'een medewerker'}",
        badge=FAILING if failing_since else STATUSES[status],
        why=REASONS.get(str(row["reason"]), ""),
        failing_since=failing_since,
        waiting=int(str(row["waiting"])),
        lost=lost,
        lost_since=lost_since if isinstance(lost_since, datetime) else None,
        advice=ADVICE[status],
        can_resend=bool(lost) and status == "ACTIVE",
    )
