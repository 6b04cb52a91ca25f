"""Learners who get another number, on the running platform, while its workers are being killed.

In the end each learner stands exactly where `transfers replay` says, nobody is left under an old reference,
and no alert, case or action was lost or doubled.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx2
import pytest
from aiokafka import TopicPartition

from shared.domain.catalogue import KINDS
from shared.domain.ids import learner_id, receipt_id
from shared.runtime.codec import decode_record
from shared.runtime.config import KafkaSettings
from shared.runtime.kafka import reader
from shared.runtime.topics import PARTITIONS, TRANSITION_STATES, partition_of
from tests.stack.running import Stack
from tests.stack.test_stories import patiently, plain, year_of

pytestmark = [pytest.mark.stack, pytest.mark.timeout(240)]

Json = dict[str, Any]
YEAR = 2025
SOURCE = f"urn:nld:oin:00000099000000001000:systeem:linked-{uuid4().hex[:8]}"
SCHOOL: Json = {
    "org": "97VA",
    "role": "vo_school",
    "name": "Voorbeeldschool",
    "presence": False,
    "sites": [{"site": "97VA01", "municipality": "0957", "holidayRegion": "zuid"}],
}
COLLEGE: Json = {
    "org": "97MA",
    "role": "mbo_institution",
    "name": "Voorbeeldcollege",
    "presence": True,
    "sites": [{"site": "97MA01", "municipality": "0957", "holidayRegion": "zuid"}],
}
FIRST_MORNING = datetime.fromisoformat("2025-10-03T09:00:00+02:00")
LAST_MORNING = datetime.fromisoformat("2025-10-09T09:00:00+02:00")
PAIRS = 30
KILLS = (("placement",), ("alerts-worker",), ("placement", "alerts-worker"))
CHANCE = random.Random(57)


def a_ref(name: str) -> str:
    """A pseudonym; each run has its own."""
    return (f"L{name}-" + uuid4().hex + "0" * 43)[:43]


class Pair:
    """Two numbers of one learner; every third has facts under the new one before they are linked."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.old, self.new = a_ref(f"old{number}"), a_ref(f"new{number}")
        self.known_before = number % 3 == 0


class Platform:
    """What is posted, done and seen; `events` is everything that was accepted."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        stack.import_institutions([SCHOOL, COLLEGE])
        self.token = stack.add_client("linked-test", [SOURCE], [SCHOOL["org"], COLLEGE["org"]])
        self.desk = stack.officer("rmc_desk", "38")
        self.events: list[Json] = []
        self.now = ""

    async def clock_to(self, at: datetime) -> None:
        """Move the clock."""
        await self.stack.clock_to(at)

    def event(self, ref: str, name: str, sender: str = "97VA", **fields: Any) -> Json:
        """One event about a learner, as it happened yesterday."""
        kind, at = KINDS[name], "2025-09-30T12:00:00+02:00"
        data = {"studentRef": ref, "keyVersion": 1, "transitionYear": YEAR, "senderOrg": sender}
        return {
            "specversion": "1.0",
            "id": f"{name}-{uuid4().hex[:12]}"[:64],
            "source": SOURCE,
            "type": kind.wire_type,
            "time": at,
            "data": data | {"occurredAt": at} | fields,
        }

    def gone(self, ref: str) -> list[Json]:
        """On the list last year, gone from school this summer, and not seen since."""
        listed = self.event(
            ref,
            "vo.learner.listed",
            voSite="97VA01",
            voType="VMBO_KB",
            grade=4,
            birthDate="2008-11-20",
            municipality="0957",
            expectedDestination="MBO",
        )
        left = {"voSite": "97VA01", "endDate": "2025-07-31", "reason": "DIPLOMA"}
        return [listed, self.event(ref, "vo.learner.deregistered", **left)]

    def enrolled(self, ref: str) -> Json:
        """Enrolled after all."""
        more = {"mboBrin": "97MA", "site": "97MA01", "crebo": "25655", "level": 2, "track": "BOL"}
        return self.event(
            ref, "mbo.enrolment.started", "97MA", enrolmentNo="E0001", startDate="2025-10-01", **more
        )

    def link(self, old: str, new: str) -> Json:
        """These two are one."""
        return self.event(new, "learner.linked", oldRef=old, newRef=new)

    async def post(self, events: Sequence[Json]) -> None:
        """Send until all is accepted."""
        for _ in range(60):
            try:
                results = await self.stack.post(self.token, events)
            except (httpx2.HTTPError, AssertionError, ValueError):
                await asyncio.sleep(0.5)
                continue
            refused = [one for one in results if one["outcome"] == "rejected"]
            assert all(one["problem"]["status"] >= 500 for one in refused), refused
            if not refused:
                self.events += events
                return
            await asyncio.sleep(0.5)
        raise AssertionError("the door stayed shut")

    async def settled(self) -> None:
        """Until all of it has had its effect."""
        await patiently(partial(self.stack.settled, 90))

    async def act(self, ref: str, action: str, **more: Any) -> int:
        """What the desk does; returns the status of the answer."""
        at = (await self.fetch("SELECT platform.now() AS now"))[0]["now"].isoformat()
        told = {"at": at, "role": "rmc_desk", "region": "38", "studentRef": ref, "transitionYear": YEAR}
        async with httpx2.AsyncClient(timeout=30) as http:
            answer = await http.post(
                f"{self.stack.addresses['alerts']}/alerts/v1/actions",
                json=told | {"action": action} | more,
                headers={"authorization": f"Bearer {self.desk}", "idempotency-key": uuid4().hex},
            )
        return answer.status_code

    async def seen(self, ref: str) -> Json | None:
        """One learner as the desk sees it; None when there is nobody."""
        try:
            return await self.stack.get(self.desk, f"/learners/{learner_id(ref)}")
        except AssertionError as refused:
            if ": 404 " not in str(refused):
                raise
        return None

    async def fetch(self, query: str, *values: Any) -> list[asyncpg.Record]:
        """Behind the scenes."""
        connection = await self.stack.connect()
        try:
            return await connection.fetch(query, *values)
        finally:
            await connection.close()

    async def revisions(self, refs: list[str]) -> dict[str, int]:
        """How often each alert and case of these was written."""
        rows = await self.fetch(
            "SELECT alert_id AS id, revision FROM alerts.alert WHERE student_ref = ANY($1)"
            " UNION ALL SELECT case_id::text, revision FROM alerts.case WHERE student_ref = ANY($1)",
            refs,
        )
        return {row["id"]: row["revision"] for row in rows}

    async def kill(self, *programs: str) -> None:
        """SIGKILL while they are busy."""
        await asyncio.sleep(CHANCE.uniform(0.01, 0.25))
        processes = json.loads(self.stack.run("stack", "status", "--json"))["processes"]
        for program in programs:
            os.kill(processes[program], signal.SIGKILL)

    async def replayed(self, folder: Path, at: datetime) -> dict[str, Json]:
        """What `transfers replay` makes of what was accepted and done."""
        known = {
            (row["source"], row["event_id"]): row["received_at"]
            for row in await self.fetch("SELECT source, event_id, received_at FROM registration.receipt")
        }
        for row in await self.fetch("SELECT body FROM placement.learner"):
            for year in decode_record(row["body"]).years.values():
                known |= {one.identity: one.received_at for chain in year.chains.values() for one in chain}
        events = [one | {"receivedtime": known[one["source"], one["id"]].isoformat()} for one in self.events]
        told = {one["data"]["studentRef"] for one in events}
        body = await self.stack.get(self.desk, "/actions", **{"from": "2025-10-01T00:00:00Z", "limit": "200"})
        actions = [one for one in body["items"] if one["studentRef"] in told]
        for name, lines in (("events", events), ("actions", actions), ("institutions", [SCHOOL, COLLEGE])):
            (folder / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
        words = ["replay", str(folder / "events.jsonl"), "--actions", str(folder / "actions.jsonl"), "--json"]
        words += ["--institutions", str(folder / "institutions.jsonl"), "--at", at.isoformat()]
        document = json.loads(self.stack.run(*words))
        assert document["rejected"] == []
        return {one["studentRef"]: one for one in document["learners"]}


class Played:
    """What came of it."""

    def __init__(self, platform: Platform, pairs: list[Pair]) -> None:
        self.platform = platform
        self.pairs = pairs
        self.before: dict[str, Json] = {}
        self.revisions: dict[str, int] = {}
        self.chains = [[a_ref(f"chain{number}{step}") for step in range(3)] for number in range(2)]
        self.circle = ""

    @property
    def olds(self) -> list[str]:
        """Every number that leads to another one."""
        return [pair.old for pair in self.pairs] + [ref for chain in self.chains for ref in chain[:2]]

    @property
    def news(self) -> list[str]:
        """Every number that somebody has."""
        return [pair.new for pair in self.pairs] + [chain[2] for chain in self.chains]


@pytest.fixture(scope="module")
def played(stack: Stack) -> Played:
    """All of it, once; the tests look at what came of it."""
    return asyncio.run(_play(stack))


async def _play(stack: Stack) -> Played:
    platform = Platform(stack)
    pairs = [Pair(number) for number in range(PAIRS)]
    end = Played(platform, pairs)
    firsts = [pair.old for pair in pairs] + [chain[0] for chain in end.chains]
    await platform.post([event for ref in firsts for event in platform.gone(ref)])
    await platform.post([event for pair in pairs if pair.known_before for event in platform.gone(pair.new)])
    await platform.settled()
    await platform.clock_to(FIRST_MORNING)
    await platform.settled()
    for pair in pairs[:6]:
        assert await platform.act(pair.old, "assign") == 201
    for pair in pairs[:3]:
        assert await platform.act(pair.old, "contact-attempt", result="NOT_REACHED") == 201
    await platform.settled()
    for pair in pairs:
        seen = await platform.seen(pair.old)
        assert seen is not None
        end.before[pair.old] = year_of(seen, YEAR)
    end.revisions = await platform.revisions([pair.old for pair in pairs])
    links = [[platform.link(pair.old, pair.new) for pair in pairs[turn :: len(KILLS)]] for turn in range(3)]
    for chain, order in zip(end.chains, ((0, 1), (1, 0)), strict=True):
        for step, turn in enumerate(order):
            links[turn].append(platform.link(chain[step], chain[step + 1]))
    for turn, programs in enumerate(KILLS):
        await _link(platform, links[turn], pairs[turn :: len(KILLS)], programs)
    back = platform.link(pairs[0].new, pairs[0].old)
    end.circle = receipt_id(SOURCE, back["id"])
    await platform.post([back])
    await platform.settled()
    await platform.clock_to(LAST_MORNING)
    await platform.settled()
    return end


async def _link(platform: Platform, links: list[Json], pairs: list[Pair], programs: Sequence[str]) -> None:
    """Link them, and tell more of some under the old number and the new one, while workers are killed."""
    late = [platform.enrolled(pair.old) for pair in pairs if pair.number % 5 == 0]
    more = [platform.enrolled(pair.new) for pair in pairs if pair.number % 5 == 1]
    await asyncio.gather(platform.post([*links, *late, *more]), platform.kill(*programs))
    await platform.settled()


async def test_nobody_is_left_under_an_old_number(played: Played) -> None:
    for old in played.olds:
        assert await played.platform.seen(old) is None
        assert await played.platform.act(old, "assign") == 404
    for table in ("alerts.alert", "alerts.case", "alerts.timer", "placement.timer"):
        left = await played.platform.fetch(
            f"SELECT student_ref FROM {table} WHERE student_ref = ANY($1)",  # noqa: S608 - words of a test
            played.olds,
        )
        assert left == [], table
    assert await played.platform.fetch("SELECT old_ref FROM alerts.handover") == []


async def test_everybody_stands_where_replay_says(played: Played, tmp_path: Path) -> None:
    judged = await played.platform.replayed(tmp_path, LAST_MORNING)
    assert not judged.keys() & set(played.olds)
    for ref in played.news:
        seen = await played.platform.seen(ref)
        assert seen is not None
        assert plain(year_of(seen, YEAR)) == plain(judged[ref]), ref


async def test_alerts_and_cases_keep_their_names(played: Played) -> None:
    for pair in played.pairs:
        seen = await played.platform.seen(pair.new)
        assert seen is not None
        after, before = year_of(seen, YEAR), played.before[pair.old]
        for what, name in (("alerts", "alertId"), ("cases", "caseId")):
            kept = {one[name]: one for one in after[what]}
            assert {one[name] for one in before[what]} <= kept.keys()
        if pair.known_before and pair.number % 5 != 1:  # else its case may have closed just before
            merged = [one for one in after["cases"] if one["status"] == "MERGED"]
            assert len(merged) == 1, pair.number
    after = await played.platform.revisions([pair.new for pair in played.pairs])
    assert all(after[name] > revision for name, revision in played.revisions.items())


async def test_the_last_state_of_an_old_number_says_where_it_leads(stack: Stack, played: Played) -> None:
    consumer = reader(KafkaSettings(bootstrap=stack.addresses["kafka"], security="PLAINTEXT"), "linked-test")
    await consumer.start()
    places = [TopicPartition(TRANSITION_STATES, part) for part in range(PARTITIONS)]
    consumer.assign(places)
    await consumer.seek_to_beginning(*places)
    ends = await consumer.end_offsets(places)
    last: dict[str, bytes] = {}
    while any([await consumer.position(place) < ends[place] for place in places]):
        for some in (await consumer.getmany(timeout_ms=200)).values():
            last |= {record.key.decode(): record.value for record in some if record.key}
    await consumer.stop()
    for pair in played.pairs:
        record = decode_record(last[pair.old])
        assert record.years == {}
        assert record.linked is not None
        assert record.linked.new_ref == pair.new
        assert pair.old in decode_record(last[pair.new]).joined
    assert len({partition_of(pair.old) for pair in played.pairs}) > PARTITIONS / 2


async def test_a_link_that_closes_a_circle_is_a_conflict_and_forwarding_gives_no_outcome(
    played: Played,
) -> None:
    query = "SELECT receipt_id, outcome FROM registration.receipt WHERE source = $1 AND outcome IS NOT NULL"
    async with asyncio.timeout(20):
        while not (rows := await played.platform.fetch(query, SOURCE)):  # noqa: ASYNC110
            await asyncio.sleep(0.2)
    assert {row["receipt_id"]: row["outcome"] for row in rows} == {played.circle: "conflict"}
