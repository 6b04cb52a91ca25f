"""The end of the demo: the totals, how to sign in, and what to look at."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from services.demo.played import YEAR, Played
from services.stack.connection import Connection
from shared.domain.alert import Alert
from shared.domain.codes import CaseStatus
from shared.domain.ids import handle
from shared.domain.words import explain
from shared.domain.world import World
from shared.runtime.codec import decode_record

SUMMARY = """
SELECT (SELECT count(*) FROM alerts.case WHERE closed_at IS NULL) AS cases,
       (SELECT json_object_agg(code, n) FROM (
           SELECT code, count(*) AS n FROM alerts.alert
           WHERE resolved_at IS NULL AND student_ref IS NOT NULL GROUP BY code ORDER BY code
       ) AS one) AS alerts
"""
# Open cases of the region, each with the alert that opened it.
OPEN = """
SELECT c.case_id::text, c.student_ref, c.status, a.code, a.body::text AS alert
FROM alerts.case AS c
JOIN alerts.alert AS a ON a.student_ref = c.student_ref AND a.code = c.body ->> 'opened_by'
WHERE c.closed_at IS NULL AND a.resolved_at IS NULL AND c.region = $1
ORDER BY c.opened_at, c.case_id
"""
SOURCES = """
SELECT code, count(*) AS n FROM alerts.alert
WHERE resolved_at IS NULL AND org IS NOT NULL GROUP BY code ORDER BY code
"""


class Sight(msgspec.Struct, frozen=True):
    """One case that is worth a look: whose, in which status, where, and why it stands there."""

    handle: str
    status: str
    page: str
    code: str
    title: str
    why: str


async def totals(connection: Connection, played: Played, desk: str) -> dict[str, Any]:
    """What `--json` prints, without the seconds."""
    states: Counter[str] = Counter()
    for row in await connection.fetch("SELECT body FROM placement.learner"):
        facts = decode_record(row["body"]).years.get(YEAR)
        if facts is not None and facts.state is not None:
            states[str(facts.state)] += 1
    found = await connection.fetchrow(SUMMARY)
    return {
        "events": played.events,
        "accepted": played.accepted,
        "states": dict(sorted(states.items())),
        "alertsOpen": json.loads(found["alerts"] or "{}") if found else {},
        "casesOpen": found["cases"] if found else 0,
        "seconds": 0.0,
        "desk": desk,
    }


async def silences(connection: Connection) -> dict[str, int]:
    """The open alerts about schools and institutions, by code."""
    return {row["code"]: row["n"] for row in await connection.fetch(SOURCES)}


async def sights(connection: Connection, world: World, desk: str, region: str) -> list[Sight]:
    """One open case of each status, with its reason in plain words."""
    found = []
    for row in varied([dict(row) for row in await connection.fetch(OPEN, region)]):
        alert = msgspec.json.decode(row["alert"], type=Alert)
        said = explain(alert, world, "en")
        page = f"{desk}/cases/{row['case_id']}"
        found.append(Sight(handle(row["student_ref"]), row["status"], page, alert.code, said.title, said.why))
    return found


def varied(cases: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """One case of each status, in the order of a case's life, with as many kinds of alerts as there are."""
    seen: Counter[str] = Counter()
    chosen = []
    for status in CaseStatus:
        if alike := [one for one in cases if one["status"] == status]:
            chosen.append(min(alike, key=lambda one: seen[one["code"]]))
            seen[chosen[-1]["code"]] += 1
    return chosen


def text(
    told: Mapping[str, Any],
    seen: list[Sight],
    sources: Mapping[str, int],
    done: Mapping[str, int],
    region: str,
    command: str,
) -> str:
    """The last page of the demo; `command` is what a person types for `transfers`, and `{}` the folder."""
    states = ", ".join(f"{count} {state}" for state, count in told["states"].items())
    lines = [
        f"The year is over: {told['events']:,} events, {sum(told['alertsOpen'].values())} open alerts, "
        f"{told['casesOpen']} open cases.",
        f"Learners: {states}.",
    ]
    if sources:
        lists, silent = sources.get("A01", 0), sources.get("A19", 0)
        lines.append(f"Senders: {lists} without this year's list (A01), {silent} silent for too long (A19).")
    if done:
        lines.append("People: " + ", ".join(f"{count} {what}" for what, count in sorted(done.items())) + ".")
    lines += [
        "",
        f"Desk      {told['desk']}",
        "Sign in   choose Samira Voorbeeld for the desk, Joris Voorbeeld for the attendance desk, "
        "Noor Voorbeeld for what a vsv broker sees",
        "Tokens    " + command.format("token --client demo") + "   (to post events)",
        "          "
        + command.format(f"token --user rmc-{region} --role rmc_desk --region {region}")
        + "   (to read the API)",
        "",
        "What to look at; each page says why it stands there, and which events lie behind it:",
    ]
    for one in seen[:5]:
        lines += [
            f"  {one.handle}  {one.code} {one.title}, case {one.status}",
            f"    {one.why}",
            f"    {one.page}",
        ]
    return "\n".join(lines)
