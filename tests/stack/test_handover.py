"""Two references of one person on a real database: what one lane leaves for another, and which links circle.

The lanes are played by hand: each batch is load, fold and write in one transaction.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from msgspec.structs import replace

from services.alerts import store
from services.alerts.settle import Item, Settle
from services.placement.store import Way, save_ways
from shared.domain import linking
from shared.domain.catalogue import KINDS
from shared.domain.codes import Role
from shared.domain.envelope import arrival_of
from shared.domain.event import Arrival
from shared.domain.facts import Record, merge
from shared.domain.world import Institution, Site, World
from shared.runtime.job import ActionRow
from shared.runtime.reference import policies, reference
from shared.runtime.topics import partition_of
from tests.stack.alone import Addresses, database

pytestmark = pytest.mark.stack

SOURCE = "urn:nld:oin:00000099000000001000:systeem:test"
WORLD = World(
    institutions={
        "99VA": Institution("99VA", Role.VO_SCHOOL, "School", False, (Site("99VA01", "0957", "zuid"),)),
    },
    reference=reference(),
    policies=policies(),
)
LISTED = datetime(2026, 1, 12, 9, tzinfo=UTC)
RAISED = datetime(2026, 4, 13, 5, tzinfo=UTC)  # an hour after A02 fell due
LINKED = datetime(2026, 4, 20, 9, tzinfo=UTC)
LATER = datetime(2026, 4, 21, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def addresses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Addresses]:
    with database(tmp_path_factory.mktemp("handover")) as found:
        yield found


@pytest.fixture
async def lanes(addresses: Addresses) -> AsyncIterator[Lanes]:
    connection = await asyncpg.connect(addresses("alerts_worker"))
    yield Lanes(connection)
    await connection.close()


def some_refs(count: int) -> list[str]:
    """New pseudonyms, each in a partition of its own."""
    found: dict[int, str] = {}
    while len(found) < count:
        ref = "Ab-" + uuid4().hex + "0" * 8
        found.setdefault(partition_of(ref), ref)
    return list(found.values())


def told(kind: str, ref: str, at: datetime, **fields: Any) -> Arrival:
    data = dict(KINDS[kind].example) | {"studentRef": ref, "occurredAt": at.isoformat()} | fields
    return arrival_of(KINDS[kind].wire_type, str(uuid4()), SOURCE, at, at, data)


def listed(ref: str) -> Record:
    arrival = told("vo.learner.listed", ref, LISTED, voSite="99VA01", birthDate="2009-06-01")
    return replace(merge(Record(ref), arrival).record, version=1)


def link(old: str, new: str, at: datetime = LINKED) -> Arrival:
    return told("learner.linked", new, at, oldRef=old, newRef=new)


class Lanes:
    """The lanes of all partitions, each with its own memory, as if every one were another process."""

    def __init__(self, connection: asyncpg.Connection[Any]) -> None:
        self.connection = connection
        self.jobs = [Settle(WORLD, "https://transfers.example") for _ in range(12)]

    async def batch(
        self,
        ref: str,
        record: Record | None = None,
        until: datetime | None = None,
        due: Sequence[str] = (),
        actions: Sequence[ActionRow] = (),
    ) -> None:
        """One batch of the partition of `ref`, with what other lanes left for it."""
        part = partition_of(ref)
        handed = (await store.handed(self.connection, [part])).get(part, [])
        items: list[Any] = [Item(ref, record)] if record else []
        keys = {ref, *(one.student_ref for one in handed)}
        async with self.connection.transaction():
            await self.jobs[part].load(self.connection, keys)
            self.jobs[part].fold(part, [*items, *handed], due, actions, until)
            await self.jobs[part].write(self.connection)

    def restarted(self) -> None:
        """The processes died; what is committed is all there is."""
        self.jobs = [Settle(WORLD, "https://transfers.example") for _ in self.jobs]

    async def rows(self, table: str, ref: str) -> list[asyncpg.Record]:
        """The rows of one learner."""
        query = f"SELECT * FROM alerts.{table} WHERE student_ref = $1"  # noqa: S608 - a word of a test
        return await self.connection.fetch(query, ref)

    async def handovers(self) -> list[tuple[str, str]]:
        """What waits for whom."""
        rows = await self.connection.fetch("SELECT old_ref, student_ref FROM alerts.handover")
        return [(row[0], row[1]) for row in rows]

    async def alerted(self, ref: str) -> Record:
        """A listed learner who did not apply, with the alert that says so."""
        record = listed(ref)
        await self.batch(ref, record, LISTED)
        await self.batch(ref, until=RAISED, due=[ref])
        assert [row["code"] for row in await self.rows("alert", ref)] == ["A02"]
        return record


@pytest.mark.parametrize("early", [True, False], ids=["the walk comes first", "the facts come first"])
async def test_alerts_go_over_in_whatever_order_walk_and_facts_come(lanes: Lanes, early: bool) -> None:
    old, new = some_refs(2)
    gone, sent = linking.leave(await lanes.alerted(old), link(old, new))
    record = replace(linking.absorb(Record(new), sent), version=1)
    lanes.restarted()
    if not early:
        await lanes.batch(new, record, LINKED)
        assert await lanes.rows("alert", new) == []
        assert await lanes.rows("timer", new) == [], "it waits for the walk, not for time"
    await lanes.batch(old, replace(gone, version=2), LINKED)
    assert await lanes.handovers() == [(old, new)]
    (stub,) = await lanes.rows("learner", old)
    assert stub["audience"] == []
    lanes.restarted()
    await lanes.batch(new, record if early else None, LATER)
    assert await lanes.handovers() == []
    assert await lanes.rows("alert", old) == []
    (alert,) = await lanes.rows("alert", new)
    assert (alert["code"], alert["raised_at"] < RAISED, alert["revision"]) == ("A02", True, 2)
    (timer,) = await lanes.rows("timer", new)
    assert timer["due_at"] > LATER


async def test_a_walk_may_arrive_before_anything_is_known_of_the_new_reference(lanes: Lanes) -> None:
    old, new = some_refs(2)
    gone, sent = linking.leave(await lanes.alerted(old), link(old, new))
    await lanes.batch(old, replace(gone, version=2), LINKED)
    await lanes.batch(new, None, LINKED)
    (learner,) = await lanes.rows("learner", new)
    assert learner["audience"] == [], "nobody sees a learner of whom nothing is known yet"
    assert await lanes.rows("alert", new) == []
    lanes.restarted()
    await lanes.batch(new, replace(linking.absorb(Record(new), sent), version=1), LATER)
    (alert,) = await lanes.rows("alert", new)
    assert (alert["code"], alert["revision"]) == ("A02", 2)
    (learner,) = await lanes.rows("learner", new)
    assert "R38" in learner["audience"]


async def test_a_walk_goes_on_to_where_the_new_reference_has_led(lanes: Lanes) -> None:
    oldest, old, new = some_refs(3)
    first = linking.leave(await lanes.alerted(oldest), link(oldest, old, LINKED + timedelta(minutes=1)))
    second = linking.leave(Record(old), link(old, new))
    await lanes.batch(old, replace(second[0], version=1), LINKED)
    await lanes.batch(oldest, replace(first[0], version=2), LINKED)
    await lanes.batch(old)
    assert sorted(await lanes.handovers()) == sorted([(old, new), (oldest, new)])
    record = linking.absorb(linking.absorb(Record(new), second[1]), linking.pass_along(second[0], first[1]))
    await lanes.batch(new, replace(record, version=1), LATER)
    assert await lanes.handovers() == []
    assert [row["code"] for row in await lanes.rows("alert", new)] == ["A02"]


async def test_the_same_state_of_an_old_reference_again_hands_nothing_over(lanes: Lanes) -> None:
    old, new = some_refs(2)
    gone, sent = linking.leave(await lanes.alerted(old), link(old, new))
    record = replace(linking.absorb(Record(new), sent), version=1)
    await lanes.batch(old, replace(gone, version=2), LINKED)
    await lanes.batch(new, record, LATER)
    lanes.restarted()
    await lanes.batch(old, replace(gone, version=2), LATER)
    assert await lanes.handovers() == []
    await lanes.batch(new, record, LATER)
    assert len(await lanes.rows("alert", new)) == 1


async def test_who_asks_for_something_under_an_old_reference_is_told_to_try_again(
    lanes: Lanes, addresses: Addresses
) -> None:
    old, new = some_refs(2)
    gone, _ = linking.leave(await lanes.alerted(old), link(old, new))
    owner = await asyncpg.connect(addresses())
    asked = []
    for at in (LINKED, LATER):
        number = uuid4()
        asked.append(
            ActionRow(
                number,
                old,
                '{"at": "2026-04-20T09:00:00Z", "role": "rmc_desk", "region": "38", "studentRef": "x",'
                ' "transitionYear": 2026, "action": "open"}',
                at,
                None,
            )
        )
        await owner.execute(
            "INSERT INTO alerts.action (id, part, student_ref, learner_id, body, at, by_subject, audience,"
            " delete_after) VALUES ($1, 0, $2, $3, '{}', $4, 'officer', '{R38}', '2030-01-01')",
            number,
            old,
            uuid4(),
            at,
        )
    await lanes.batch(old, replace(gone, version=2), LINKED, actions=asked[:1])
    await lanes.batch(old, until=LATER, actions=asked[1:])
    results = [row["result"] for row in await lanes.rows("action", old)]
    await owner.close()
    assert len(results) == 2
    assert all('"unavailable"' in result for result in results)


async def test_erasing_takes_what_was_handed_over_along(lanes: Lanes) -> None:
    old, new = some_refs(2)
    gone, _ = linking.leave(await lanes.alerted(old), link(old, new))
    await lanes.batch(old, replace(gone, version=2), LINKED)
    await lanes.batch(new, None, LINKED)
    part = partition_of(new)
    async with lanes.connection.transaction():
        await lanes.jobs[part].load(lanes.connection, {new})
        lanes.jobs[part].fold(part, [Item(new, None)], (), (), None)
        await lanes.jobs[part].write(lanes.connection)
    assert await lanes.rows("learner", new) == []
    assert await lanes.rows("alert", old) == []


async def test_of_two_links_that_close_a_circle_the_second_is_refused(addresses: Addresses) -> None:
    """Also when both are written at once, by two processes."""
    one, other = [await asyncpg.connect(addresses("placement")) for _ in range(2)]
    first, second = some_refs(2)
    ways = []
    for old, new in ((first, second), (second, first)):
        arrival = link(old, new)
        _, sent = linking.leave(Record(old), arrival)
        ways.append(Way(old, sent, arrival.version.identity))
    begun = one.transaction()
    await begun.start()
    assert await save_ways(one, ways[:1]) is None

    async def write() -> object:
        async with other.transaction():
            return await save_ways(other, ways[1:])

    waiting = asyncio.create_task(write())
    await asyncio.sleep(0.1)
    assert not waiting.done()
    await begun.commit()
    assert await waiting == ways[1].link
    for connection in (one, other):
        await connection.close()
