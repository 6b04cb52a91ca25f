"""Institutions on the running platform: their calendars, missing lists, and sources that fall silent.

A stack of its own, because its clock goes from September to the September after. What the platform shows in
the end is held against `transfers replay`.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import httpx2
import pytest
from aiokafka import TopicPartition
from msgspec.structs import replace

from services.placement.store import UNKNOWN, Held, save, save_timers, stir
from shared.domain.codes import Role
from shared.domain.facts import Record
from shared.domain.ids import learner_id, receipt_id
from shared.domain.world import Institution
from shared.runtime.codec import decode_institution
from shared.runtime.config import KafkaSettings
from shared.runtime.kafka import reader
from shared.runtime.topics import ALERT_EVENTS, INSTITUTIONS, TRANSFER_EVENTS
from tests.stack.alone import Addresses, database
from tests.stack.running import Stack

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]

Json = dict[str, Any]

SOURCE = "urn:nld:oin:00000099000000001000:systeem:sources"
REF, FORMER = "ria".ljust(43, "_"), "rob".ljust(43, "_")
PLACE = {"municipality": "0957", "holidayRegion": "zuid"}
INSTITUTIONS_TOLD: list[Json] = [
    {"org": "98VS", "role": "vo_school", "name": "Vmbo Stil", "sites": [{"site": "98VS00", **PLACE}]},
    {
        "org": "98MS",
        "role": "mbo_institution",
        "name": "ROC Stil",
        "presence": True,
        "sites": [{"site": "98MS00", **PLACE}],
    },
]


def event(event_id: str, kind: str, at: str, sender: str, year: int, **data: Any) -> Json:
    """An event that happened at `at` and is posted then."""
    told = {"transitionYear": year, "senderOrg": sender, "occurredAt": at} | data
    return {
        "specversion": "1.0",
        "id": event_id,
        "source": SOURCE,
        "type": f"nl.school-transitions.{kind}.v1",
        "time": at,
        "data": told,
    }


def listed(event_id: str, at: str, ref: str, year: int) -> Json:
    """A learner on the list of 98VS00."""
    return event(
        event_id,
        "vo.learner.listed",
        at,
        "98VS",
        year,
        studentRef=ref,
        keyVersion=1,
        voSite="98VS00",
        voType="VMBO_KB",
        grade=4,
        birthDate="2009-11-20",
        municipality="0957",
        expectedDestination="MBO",
    )


def calendar(event_id: str, at: str, first: str, **data: Any) -> Json:
    """The calendar of 98MS00 for 2026/27."""
    told = {"site": "98MS00", "studyYear": 2026, "firstLessonDay": first, "freeDays": ["2026-10-19"]} | data
    return event(event_id, "calendar.published", at, "98MS", 2026, **told)


LIST_OF_LAST_YEAR = listed("rob-1", "2025-09-29T09:00:00+02:00", FORMER, 2025)
ENROLLED = event(
    "ria-1",
    "mbo.enrolment.started",
    "2026-02-02T09:00:00+01:00",
    "98MS",
    2026,
    studentRef=REF,
    keyVersion=1,
    mboBrin="98MS",
    site="98MS00",
    enrolmentNo="E0000001",
    crebo="25655",
    level=2,
    track="BOL",
    startDate="2026-08-24",
)
LIST = listed("ria-2", "2026-02-18T09:00:00+01:00", REF, 2026)
CALENDAR = calendar("cal-1", "2026-02-18T09:00:00+01:00", "2026-08-24", sourceSeq=1)
LATER = calendar("cal-2", "2026-09-02T09:00:00+02:00", "2026-09-07", sourceSeq=2)


class Scene:
    """The stack with one system that speaks for both, a coordinator, a desk and a user of the institution."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        stack.import_institutions(INSTITUTIONS_TOLD)
        self.token = stack.add_client("sources", [SOURCE], ["98VS", "98MS", "98XX"])
        self.coordinator = stack.officer("region_coordinator", "38")
        self.desk = stack.officer("rmc_desk", "38")
        self.college = stack.token("--user", "ms", "--role", "mbo_institution", "--org", "98MS")
        self.posted: list[Json] = []
        self.seen: dict[str, list[Json]] = {}
        self.states: dict[str, str] = {}
        self.answers: dict[str, Any] = {}

    async def post(self, *events: Json) -> list[Json]:
        """Post, and wait until it has had its effect."""
        results = await self.stack.post(self.token, events)
        self.posted += events
        await self.stack.settled()
        return results

    async def single(self, told: Json) -> httpx2.Response:
        """Post one event in structured mode."""
        async with httpx2.AsyncClient(timeout=30) as http:
            return await http.post(
                f"{self.stack.addresses['registration']}/registration/v1/events",
                content=json.dumps(told),
                headers={
                    "authorization": f"Bearer {self.token}",
                    "content-type": "application/cloudevents+json",
                },
            )

    async def receipt(self, event_id: str) -> Json:
        """What became of an event."""
        url = (
            f"{self.stack.addresses['registration']}/registration/v1/receipts/{receipt_id(SOURCE, event_id)}"
        )
        async with httpx2.AsyncClient(timeout=30) as http:
            found: Json = (await http.get(url, headers={"authorization": f"Bearer {self.token}"})).json()
        return found

    async def about(self, org: str, token: str | None = None) -> list[Json]:
        """The alerts about an institution, in the order of raising."""
        items = (await self.stack.get(token or self.coordinator, "/alerts", org=org))["items"]
        return sorted(items, key=lambda one: (one["raisedAt"], one["code"]))

    async def state(self) -> str:
        """Where the learner stands."""
        year, *_ = (await self.stack.get(self.desk, f"/learners/{learner_id(REF)}"))["years"]
        return str(year["state"])

    async def records(self, topic: str, partitions: int) -> list[Any]:
        """Everything that stands in a topic."""
        kafka = KafkaSettings(bootstrap=self.stack.addresses["kafka"], security="PLAINTEXT", replication=1)
        consumer = reader(kafka, "test-sources")
        await consumer.start()
        try:
            places = [TopicPartition(topic, part) for part in range(partitions)]
            consumer.assign(places)
            ends = await consumer.end_offsets(places)
            await consumer.seek_to_beginning(*places)
            found: list[Any] = []
            while any([await consumer.position(place) < ends[place] for place in places]):
                for records in (await consumer.getmany(timeout_ms=200)).values():
                    found += records
            return found
        finally:
            await consumer.stop()

    async def play(self) -> None:
        """A year, in the order of its moments; the tests look at what was noted on the way."""
        await self.post(LIST_OF_LAST_YEAR)
        await self.to("2026-02-02T09:00:00+01:00")
        await self.post(ENROLLED)
        await self.to("2026-02-09T07:00:00+01:00")
        self.seen["missing"] = await self.about("98VS")
        await self.to("2026-02-18T09:00:00+01:00")
        self.seen["silent"] = await self.about("98MS")
        self.seen["silent, at the college"] = await self.about("98MS", self.college)
        self.seen["silent, elsewhere"] = await self.about("98VS", self.college)
        self.answers["calendar"] = (await self.post(CALENDAR, LIST))[0]["outcome"]
        self.answers["receipt"] = await self.receipt("cal-1")
        self.answers["again"] = (await self.single(CALENDAR)).json()["results"][0]["outcome"]
        self.answers["reused"] = (await self.single(calendar("cal-1", CALENDAR["time"], "2026-09-01"))).json()
        self.answers["unknown"] = (
            await self.single(
                calendar("cal-x", CALENDAR["time"], "2026-09-01", senderOrg="98XX", site="98XX00")
            )
        ).json()
        self.seen["heard again"] = await self.about("98MS")
        self.seen["listed"] = await self.about("98VS")
        await self.to("2026-09-02T09:00:00+02:00")
        self.states["usual"] = await self.state()
        await self.post(LATER)
        self.states["own"] = await self.state()
        await self.to("2026-09-14T09:00:00+02:00")
        self.states["shown up"] = await self.state()
        self.seen["98VS"], self.seen["98MS"] = await self.about("98VS"), await self.about("98MS")

    async def to(self, at: str) -> None:
        """Move the clock, and wait until everything due by then has happened."""
        await self.stack.clock_to(datetime.fromisoformat(at))
        await self.stack.settled()

    async def received(self) -> dict[str, str]:
        """When each event was received, by its id."""
        connection = await self.stack.connect()
        try:
            rows = await connection.fetch(
                "SELECT event_id, received_at FROM registration.receipt WHERE source = $1", SOURCE
            )
        finally:
            await connection.close()
        return {row["event_id"]: row["received_at"].isoformat() for row in rows}


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Everything played once."""
    if not (shutil.which("java") and shutil.which("mvn")):
        if os.environ.get("REQUIRE_SERVICES"):
            pytest.fail("Java 17 and Maven are needed for Apache Kafka")
        pytest.skip("NOT TESTED: the platform on Apache Kafka needs Java 17 and Maven")
    stack = Stack(tmp_path_factory.mktemp("sources"))
    try:
        stack.up("--broker", "kafka", "--clock", "2025-09-29T09:00:00+02:00")
        found = Scene(stack)
        asyncio.run(found.play())
        yield found
    finally:
        stack.down()


@pytest.fixture(scope="module")
def addresses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Addresses]:
    """A database alone."""
    with database(tmp_path_factory.mktemp("placement")) as found:
        yield found


async def test_whom_a_change_made_due_stays_due_when_an_event_comes_first(addresses: Addresses) -> None:
    """In placement: the timer of a learner with a fact at an institution that changed."""
    college = Institution("98MS", Role.MBO_INSTITUTION, "ROC Stil", presence=True)
    changed = replace(college, version=2, changed_at=datetime(2026, 9, 2, 7, tzinfo=UTC))
    later, sooner = datetime(2026, 9, 14, tzinfo=UTC), datetime(2026, 9, 7, tzinfo=UTC)
    connection = await asyncpg.connect(addresses("placement"))

    async def timers() -> list[datetime]:
        return [row["due_at"] for row in await connection.fetch("SELECT due_at FROM placement.timer")]

    try:
        held = Held(Record(REF), b"98MS", 3, sooner)
        await save(connection, [held])
        await save_timers(connection, [held])
        await stir(connection, [3], [changed])
        held.due = later  # an event came, and moved it
        await save_timers(connection, [held])
        assert await timers() == [changed.changed_at]
        held.due = None
        await save_timers(connection, [held])
        assert await timers() == [changed.changed_at]
        held.timer, held.due = UNKNOWN, later  # it was looked at
        await save_timers(connection, [held])
        assert await timers() == [later]
        held.due = sooner
        await save_timers(connection, [held])
        assert await timers() == [sooner]
        held.due = None
        await save_timers(connection, [held])
        assert await timers() == []
    finally:
        await connection.close()


def shown(alerts: list[Json]) -> list[tuple[str, str, str]]:
    """Code, status and moment of raising."""
    return [(one["code"], one["status"], one["raisedAt"]) for one in alerts]


def test_the_coordinator_sees_which_site_sent_no_list(scene: Scene) -> None:
    *_, alert = scene.seen["missing"]
    assert shown(scene.seen["missing"]) == [
        ("A19", "RAISED", "2025-10-14T04:00:00Z"),
        ("A01", "RAISED", "2026-02-09T05:00:00Z"),
    ]
    assert (alert["org"], alert["site"], alert["region"], alert["level"]) == ("98VS", "98VS00", "38", 0)
    assert "learnerId" not in alert


def test_a_silent_source_is_seen_by_the_coordinator_and_at_the_institution(scene: Scene) -> None:
    assert shown(scene.seen["silent"]) == [("A19", "RAISED", "2026-02-17T05:00:00Z")]
    assert scene.seen["silent, at the college"] == scene.seen["silent"]
    assert scene.seen["silent, elsewhere"] == []


def test_the_next_message_ends_it_and_a_calendar_is_one(scene: Scene) -> None:
    (alert,) = scene.seen["heard again"]
    assert (alert["status"], alert["how"]) == ("RESOLVED", "AUTO")
    assert alert["resolvedAt"] == scene.answers["receipt"]["receivedAt"]
    codes = [(one["code"], one["status"]) for one in scene.seen["listed"]]
    assert codes == [("A19", "RESOLVED"), ("A01", "RESOLVED")]


def test_a_calendar_is_taken_in_like_any_event(scene: Scene) -> None:
    assert scene.answers["calendar"] == "accepted"
    assert (scene.answers["receipt"]["state"], scene.answers["receipt"]["outcome"]) == ("accepted", "applied")
    assert scene.answers["again"] == "duplicate"
    assert scene.answers["reused"]["code"] == "event-id-reused"
    assert scene.answers["unknown"]["code"] == "forbidden"


async def test_it_stands_in_the_entry_of_the_institution_and_never_among_the_events(scene: Scene) -> None:
    told = [
        dict(one.headers).get("ce_type", b"").decode() for one in await scene.records(TRANSFER_EVENTS, 12)
    ]
    assert [kind for kind in told if "calendar" in kind] == []
    entries = [
        decode_institution(one.value) for one in await scene.records(INSTITUTIONS, 1) if one.key == b"98MS"
    ]
    newest = max(entries, key=lambda one: one.version)
    assert [str(one.first_lesson_day) for one in newest.calendars] == ["2026-08-24", "2026-09-07"]
    assert set(newest.last_received_at) == {"mbo", "calendar"}


def test_learners_with_a_fact_there_are_looked_at_again(scene: Scene) -> None:
    assert scene.states == {"usual": "NO_SHOW", "own": "ENROLLED", "shown up": "NO_SHOW"}


async def test_the_outside_is_told_of_them_like_of_other_alerts(scene: Scene) -> None:
    ids = {one["alertId"] for one in (*scene.seen["98VS"], *scene.seen["98MS"])}
    told = [
        (dict(one.headers)["ce_type"].decode().split(".")[-2], json.loads(one.value)["code"])
        for one in await scene.records(ALERT_EVENTS, 6)
        if one.key and one.key.decode() in ids
    ]
    assert {("raised", "A01"), ("resolved", "A01"), ("raised", "A19"), ("escalated", "A19")} <= set(told)
    assert told.count(("raised", "A01")) == 1


async def test_the_platform_says_what_replay_says(scene: Scene, tmp_path: Path) -> None:
    received = await scene.received()
    lines = [one | {"receivedtime": received[one["id"]]} for one in scene.posted]
    for name, some in (("events", lines), ("institutions", INSTITUTIONS_TOLD)):
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(one) + "\n" for one in some))
    words = ("--institutions", str(tmp_path / "institutions.jsonl"), "--at", "2026-09-14T09:01:00+02:00")
    found = json.loads(scene.stack.run("replay", str(tmp_path / "events.jsonl"), *words, "--json"))
    for told in found["institutions"]:
        live = scene.seen[told["org"]]
        assert [
            {name: one.get(name) for name in two} for one, two in zip(live, told["alerts"], strict=True)
        ] == (told["alerts"])
    assert {one["org"] for one in found["institutions"]} == {"98VS", "98MS"}
    (learner,) = (one for one in found["learners"] if one["studentRef"] == REF)
    year, *_ = (await scene.stack.get(scene.desk, f"/learners/{learner_id(REF)}"))["years"]
    assert (year["state"], year["stateSince"]) == (learner["state"], learner["stateSince"])
