"""From an event posted to its effect on a case at the desk, on the whole platform.

Learners who stopped have an open case each; then they enrol again, one after the other, which ends the
alert and changes the case. The desk is told by NOTIFY as soon as the case is committed.
"""

from __future__ import annotations

import asyncio
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from datetime import datetime
from hashlib import sha256
from typing import Any

import asyncpg
import httpx2

from services.bench.figures import Delay
from services.bench.platform import BenchFault, Platform
from services.stack.clock import run_clock, set_clock
from services.stack.settled import settle
from shared.domain.catalogue import KINDS

BEGIN = "2026-09-07T08:00:00+02:00"
LATER = datetime.fromisoformat("2026-09-15T08:00:00+02:00")
SOURCE = "urn:nld:oin:00000099000000001000:systeem:bench"
BATCH = 100
PATIENCE_SECONDS = 30

INSTITUTIONS = [
    {
        "org": "99VA",
        "role": "vo_school",
        "name": "Vmbo Oost",
        "sites": [{"site": "99VA01", "municipality": "0957", "holidayRegion": "zuid"}],
    },
    {
        "org": "99MA",
        "role": "mbo_institution",
        "name": "Voorbeeld College",
        "sites": [{"site": "99MA01", "municipality": "0957", "holidayRegion": "zuid"}],
    },
]
CASES = "SELECT student_ref, revision FROM alerts.case WHERE student_ref = ANY($1)"

Json = dict[str, Any]
Done = Callable[[int], None]


async def measure(where: Platform, seconds: int, rate: int, done: Done) -> Delay:
    """Post `rate` events a second for so long. Raises BenchFault when an effect does not come."""
    refs = [_ref(number) for number in range(seconds * rate)]
    token = _register(where)
    conn = await asyncpg.connect(where.addresses["postgres"])
    async with httpx2.AsyncClient(timeout=30) as http:
        door = _Door(http, where.addresses["registration"], token)
        before = [event for ref in refs for event in _stopped(ref)]
        for start in range(0, len(before), BATCH):
            await door.post_batch(before[start : start + BATCH])
        await set_clock(conn, LATER)
        await settle(conn)
        await run_clock(conn, 1)
        return await _Watch(conn, refs, done).while_posting(door, rate)


class _Door:
    """The API that takes events in."""

    def __init__(self, http: httpx2.AsyncClient, address: str, token: str) -> None:
        self._http = http
        self._url = f"{address}/registration/v1/events"
        self._token = token

    async def post_batch(self, events: list[Json]) -> None:
        """Several at once. Raises BenchFault unless all were accepted."""
        answer = await self._post(events, "application/cloudevents-batch+json")
        if any(one["outcome"] != "accepted" for one in answer["results"]):
            raise BenchFault(f"not accepted: {answer}")

    async def post(self, event: Json) -> None:
        """One."""
        await self._post(event, "application/cloudevents+json")

    async def _post(self, body: object, content_type: str) -> Json:
        headers = {"authorization": f"Bearer {self._token}", "content-type": content_type}
        answer = await self._http.post(self._url, content=json.dumps(body), headers=headers)
        if answer.status_code != 202:
            raise BenchFault(f"the door answered {answer.status_code}: {answer.text}")
        found: Json = answer.json()
        return found


class _Watch:
    """Sees when cases change."""

    def __init__(self, conn: asyncpg.Connection[Any], refs: list[str], done: Done) -> None:
        self._conn = conn
        self._refs = refs
        self._done = done
        self._posted: dict[str, float] = {}
        self._seen: dict[str, float] = {}
        self._told = asyncio.Event()

    async def while_posting(self, door: _Door, rate: int) -> Delay:
        """Post one event for each learner, in an even rhythm."""
        before = dict(await self._conn.fetch(CASES, self._refs))
        if len(before) < len(self._refs):
            raise BenchFault(f"only {len(before)} of {len(self._refs)} learners have a case")
        await self._conn.add_listener("desk", lambda *_: self._told.set())
        looking = asyncio.create_task(self._look(before))
        posts = [asyncio.create_task(self._post(door, ref, n / rate)) for n, ref in enumerate(self._refs)]
        await asyncio.gather(*posts)
        try:
            await asyncio.wait_for(looking, PATIENCE_SECONDS)
        except TimeoutError:
            raise BenchFault(f"{len(self._refs) - len(self._seen)} cases did not change") from None
        return Delay(
            f"event posted to case visible, {rate}/s",
            [(self._seen[ref] - self._posted[ref]) * 1000 for ref in self._refs],
        )

    async def _post(self, door: _Door, ref: str, after: float) -> None:
        await asyncio.sleep(after)
        self._posted[ref] = time.perf_counter()
        await door.post(_event(ref, "mbo.enrolment.started", enrolmentNo="E2", startDate="2026-09-14"))

    async def _look(self, before: dict[str, int]) -> None:
        while len(self._seen) < len(self._refs):
            await self._told.wait()
            self._told.clear()
            waiting = [ref for ref in self._posted if ref not in self._seen]
            for ref, revision in await self._conn.fetch(CASES, waiting):
                if revision > before[ref]:
                    self._seen[ref] = time.perf_counter()
            self._done(len(self._seen))


def _register(where: Platform) -> str:
    path = where.path / "bench-institutions.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in INSTITUTIONS))
    where.run("institutions", "import", str(path))
    orgs = [word for one in INSTITUTIONS for word in ("--org", str(one["org"]))]
    words = ["clients", "add", "--id", "bench", "--role", "partner_client", "--source", SOURCE, *orgs]
    where.run(*words, "--scope", "events:write", "--rate", "100000", "--no-presence")
    return where.run("token", "--client", "bench").strip()


def _stopped(ref: str) -> Iterator[Json]:
    """A learner who left school, began in mbo, and stopped after a week."""
    yield _event(ref, "vo.learner.listed")
    yield _event(ref, "vo.learner.deregistered", endDate="2026-07-10", reason="TO_MBO")
    yield _event(ref, "mbo.enrolment.started", startDate="2026-08-24")
    yield _event(ref, "mbo.enrolment.ended", endDate="2026-09-04")


def _event(ref: str, name: str, **changes: str) -> Json:
    kind = KINDS[name]
    data = {**kind.example, "studentRef": ref, "occurredAt": "2026-09-04T16:00:00+02:00", **changes}
    data.pop("applicationRef", None)
    return {
        "specversion": "1.0",
        "id": f"{name}-{ref[:12]}-{changes.get('enrolmentNo', 'E1')}",
        "source": SOURCE,
        "type": kind.wire_type,
        "time": "2026-09-04T16:30:00+02:00",
        "datacontenttype": "application/json",
        "data": data,
    }


def _ref(number: int) -> str:
    return urlsafe_b64encode(sha256(f"bench {number}".encode()).digest()).rstrip(b"=").decode()
