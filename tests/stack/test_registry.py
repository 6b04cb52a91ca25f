"""What the door keeps in its database: receipts, who was heard when, and a registry with versions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

import asyncpg
import msgspec
import pytest

from services.registration.access import Client, Registry
from services.registration.committer import Entry, Receipts, Sent
from services.registration.institutions import FORGET, NEWEST, publish
from services.registration.outcomes import keep
from services.registration.registry import put_client, put_institutions, revoke_client
from services.registration.silence import FirstOfDay, mark
from shared.domain.codes import Role
from shared.domain.world import Institution, Site
from shared.runtime.codec import Outgoing, decode_institution
from shared.runtime.database import Connection
from shared.runtime.kafka import Placed, Unacknowledged
from shared.runtime.problems import Problem
from tests.stack.alone import Addresses, database

pytestmark = pytest.mark.stack

MONDAY = datetime(2026, 9, 21, 6, tzinfo=UTC)
SOURCE = "urn:nld:oin:00000099000000001000:systeem:test"
COLLEGE = Institution("99MA", Role.MBO_INSTITUTION, "College", True, (Site("99MA00", "0957", "zuid"),))
SCHOOL = Institution("99VA", Role.VO_SCHOOL, "School", False, (Site("99VA00", "0957", "zuid"),))


class Topic:
    """The topic `institutions` in memory; `away` acknowledges nothing."""

    def __init__(self) -> None:
        self.sent: list[Institution] = []
        self.away = False

    async def send_all(self, messages: Sequence[Outgoing]) -> None:
        """Keep them."""
        if self.away:
            raise Unacknowledged("TimeoutError")
        self.sent += [decode_institution(message.value or b"") for message in messages]

    def taken(self) -> list[Institution]:
        """What came since this was last asked."""
        taken, self.sent = self.sent, []
        return taken


@pytest.fixture(scope="module")
def addresses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Addresses]:
    with database(tmp_path_factory.mktemp("registry")) as found:
        yield found


@pytest.fixture
async def conn(addresses: Addresses) -> AsyncIterator[Connection]:
    """The database as the role of the door sees it; the clock stands still at Monday eight o'clock."""
    owner = await asyncpg.connect(addresses())
    await owner.execute("TRUNCATE registration.client, registration.institution, registration.receipt")
    await owner.execute("DELETE FROM platform.clock")
    await owner.execute(
        "INSERT INTO platform.clock (version, machine, domain, rate) VALUES (1, clock_timestamp(), $1, 0)",
        MONDAY,
    )
    await owner.close()
    made = await asyncpg.connect(addresses("registration"), server_settings={"timezone": "UTC"})
    yield made
    await made.close()


@pytest.fixture
async def receipts(addresses: Addresses, conn: Connection) -> AsyncIterator[Receipts]:
    async with asyncpg.create_pool(addresses("registration"), min_size=2, max_size=2) as pool:
        made = Receipts(pool)
        made.start()
        yield made
        await made.stop()


@pytest.fixture
def topic() -> Topic:
    return Topic()


def entry(name: str, content: bytes = b"one") -> Entry:
    return Entry(name, "sis", SOURCE, name, "type", content, b"student")


def sent(name: str, *first: FirstOfDay) -> Sent:
    return Sent(name, Placed("transfer-events", 3, 7), first)


class Told(msgspec.Struct):
    """A record of `event-outcomes`."""

    offset: int
    value: bytes


def told(offset: int, **value: object) -> Told:
    return Told(offset, msgspec.json.encode(value))


def client(
    client_id: str = "sis", orgs: frozenset[str] = frozenset({"99MA"}), *, presence: bool = True
) -> Client:
    return Client(
        client_id=client_id,
        role="partner_client",
        sources=frozenset({SOURCE}),
        scopes=frozenset({"events:write"}),
        rate=10,
        relay=False,
        orgs=orgs,
        presence=presence,
    )


async def import_school(conn: Connection) -> None:
    await put_institutions(conn, [Institution("99VA", Role.VO_SCHOOL, "New name", False)])


async def add_client(conn: Connection) -> None:
    await put_client(conn, client("another"))


async def revoke(conn: Connection) -> None:
    await revoke_client(conn, "sis")


async def hear_school(conn: Connection) -> None:
    async with conn.transaction():
        await mark(conn, [FirstOfDay("99VA", "vo", MONDAY)])


class TestReceipts:
    """Pending, accepted; never both ways."""

    async def test_moments_of_receipt_rise_while_the_clock_stands_still(self, receipts: Receipts) -> None:
        opened = [*await receipts.open([entry("c"), entry("a")]), *await receipts.open([entry("b")])]
        moments = [one.received_at for one in opened]
        assert moments == [MONDAY + timedelta(microseconds=number) for number in (1, 2, 3)]

    async def test_what_is_pending_is_sent_again_with_a_later_moment(self, receipts: Receipts) -> None:
        ((first,), (again,)) = [await receipts.open([entry("a")]) for _ in range(2)]
        assert first.received_at is not None
        assert again.received_at is not None
        assert again.received_at > first.received_at

    async def test_what_was_accepted_is_known_by_its_content(self, receipts: Receipts) -> None:
        await receipts.open([entry("a")])
        await receipts.accept([sent("a")])
        (same, other) = [(await receipts.open([entry("a", content)]))[0] for content in (b"one", b"two")]
        assert (same.received_at, same.same) == (None, True)
        assert (other.received_at, other.same) == (None, False)

    async def test_other_content_does_not_push_a_pending_one_aside(
        self, receipts: Receipts, conn: Connection
    ) -> None:
        await receipts.open([entry("a")])
        (other,) = await receipts.open([entry("a", b"two")])
        assert (other.received_at, other.same) == (None, False)
        assert await conn.fetchval("SELECT hash FROM registration.receipt") == b"one"

    async def test_it_keeps_where_the_event_stands_and_when_it_is_forgotten(
        self, receipts: Receipts, conn: Connection
    ) -> None:
        await receipts.open([entry("a")])
        await receipts.accept([sent("a")])
        row = await conn.fetchrow(
            'SELECT state, topic, part, "offset", delete_after FROM registration.receipt'
        )
        assert row is not None
        assert tuple(row) == ("accepted", "transfer-events", 3, 7, (MONDAY + timedelta(days=400)).date())

    async def test_many_requests_share_a_statement(self, receipts: Receipts, conn: Connection) -> None:
        await asyncio.gather(*(receipts.open([entry(f"{number}")]) for number in range(200)))
        rows = await conn.fetchval("SELECT count(DISTINCT xmin::text) FROM registration.receipt")
        assert rows < 10
        moments = await conn.fetchval("SELECT count(DISTINCT received_at) FROM registration.receipt")
        assert moments == 200


class TestOutcomes:
    """What became of an event stands on its receipt; how far placement has come only goes forwards."""

    async def test_each_word_is_kept_and_applied_takes_it_back(
        self, receipts: Receipts, conn: Connection
    ) -> None:
        await receipts.open([entry("a"), entry("b")])
        await keep(conn, 3, [told(0, receiptId="a", outcome="stale"), told(1, nextOffset=9)])
        assert (
            await conn.fetchval("SELECT outcome FROM registration.receipt WHERE receipt_id = 'a'") == "stale"
        )
        await keep(conn, 3, [told(2, receiptId="a", outcome="applied"), told(3, nextOffset=8)])
        assert await conn.fetchval("SELECT outcome FROM registration.receipt WHERE receipt_id = 'a'") is None
        assert await conn.fetchval("SELECT next_offset FROM registration.progress WHERE part = 3") == 9
        assert await conn.fetchval("SELECT next_offset FROM registration.stream_offset WHERE part = 3") == 4


class TestSilence:
    """The first event of a family on a day changes its institution, in the transaction that accepts it."""

    async def test_it_is_kept_with_the_receipt(
        self, receipts: Receipts, conn: Connection, topic: Topic
    ) -> None:
        await put_institutions(conn, [COLLEGE])
        await receipts.open([entry("a")])
        await receipts.accept([sent("a", FirstOfDay("99MA", "mbo", MONDAY))])
        await publish(conn, topic)
        assert topic.taken()[-1].last_received_at == {"mbo": MONDAY}

    async def test_once_a_day_whoever_heard_it(self, conn: Connection) -> None:
        await put_institutions(conn, [COLLEGE])

        async def heard(at: datetime) -> str:
            async with conn.transaction():
                await mark(conn, [FirstOfDay("99MA", "mbo", at), FirstOfDay("99XX", "mbo", at)])
            return str(await conn.fetchval("SELECT last_received_at->>'mbo' FROM registration.institution"))

        first = await heard(MONDAY)
        assert await heard(MONDAY + timedelta(hours=15)) == first
        assert await heard(MONDAY - timedelta(days=1)) == first
        assert await heard(MONDAY + timedelta(hours=16)) > first  # midnight in the Netherlands

    async def test_an_import_does_not_forget_it(self, conn: Connection, topic: Topic) -> None:
        await put_institutions(conn, [COLLEGE])
        async with conn.transaction():
            await mark(conn, [FirstOfDay("99MA", "mbo", MONDAY)])
        await put_institutions(conn, [Institution("99MA", Role.MBO_INSTITUTION, "New name", True)])
        await publish(conn, topic)
        (shown,) = topic.taken()
        assert (shown.name, shown.last_received_at) == ("New name", {"mbo": MONDAY})


class TestRegistry:
    """Institutions and clients: each change is published once, in order of version."""

    async def test_what_changed_is_sent_and_what_did_not_is_not(self, conn: Connection, topic: Topic) -> None:
        await put_institutions(conn, [COLLEGE, SCHOOL])
        await publish(conn, topic)
        first = topic.taken()
        assert [one.org for one in first] == ["99MA", "99VA"]
        assert first[0].version < first[1].version
        version = await put_institutions(conn, [COLLEGE, Institution("99VA", Role.VO_SCHOOL, "New", False)])
        await publish(conn, topic)
        (changed,) = topic.taken()
        assert (changed.name, changed.version, changed.changed_at) == ("New", version, MONDAY)
        assert await conn.fetchval(NEWEST) == version

    async def test_a_new_leader_sends_all_of_it_again(self, conn: Connection, topic: Topic) -> None:
        await put_institutions(conn, [COLLEGE, SCHOOL])
        await publish(conn, topic)
        topic.taken()
        await conn.execute(FORGET)
        await publish(conn, topic)
        assert len(topic.taken()) == 2

    async def test_what_kafka_did_not_take_stays_to_be_sent(self, conn: Connection, topic: Topic) -> None:
        before = await put_institutions(conn, [COLLEGE])
        topic.away = True
        assert await publish(conn, topic)
        assert await conn.fetchval(NEWEST) < before
        topic.away = False
        assert not await publish(conn, topic)
        assert await conn.fetchval(NEWEST) == before

    @pytest.mark.parametrize(
        ("own", "clients", "shown"),
        [
            (True, [client()], True),
            (True, [], False),
            (True, [client(presence=False)], False),
            (True, [client("one", presence=False), client("two")], True),
            (False, [client()], False),
        ],
    )
    async def test_presence_comes_only_from_who_has_it(
        self, conn: Connection, topic: Topic, own: bool, clients: list[Client], shown: bool
    ) -> None:
        await put_institutions(conn, [Institution("99MA", Role.MBO_INSTITUTION, "College", own)])
        for one in clients:
            await put_client(conn, one)
        await publish(conn, topic)
        assert topic.taken()[-1].presence is shown

    async def test_when_the_last_system_leaves_the_institution_changes(
        self, conn: Connection, topic: Topic
    ) -> None:
        await put_institutions(conn, [COLLEGE])
        await put_client(conn, client())
        await publish(conn, topic)
        assert await revoke_client(conn, "sis") is not None
        assert await revoke_client(conn, "sis") is None
        await publish(conn, topic)
        assert [one.presence for one in topic.taken()] == [True, False]

    async def test_a_system_that_speaks_for_another_leaves_the_first(
        self, conn: Connection, topic: Topic
    ) -> None:
        await put_institutions(conn, [COLLEGE])
        await put_client(conn, client())
        await put_client(conn, client(orgs=frozenset({"99VA"})))
        await publish(conn, topic)
        assert topic.taken()[-1].presence is False

    async def test_the_door_reads_who_may_post_with_a_version(self, conn: Connection) -> None:
        _, version = await put_client(conn, client())
        registry = Registry()
        assert await registry.read(conn) == version
        assert registry.client("sis") == client()
        await revoke_client(conn, "sis")
        assert await registry.read(conn) > version
        with pytest.raises(Problem, match="forbidden"):
            registry.client("sis")

    @pytest.mark.parametrize("change", [import_school, add_client, revoke, hear_school])
    async def test_a_lower_version_never_shows_up_after_a_higher_one(
        self, addresses: Addresses, conn: Connection, change: Callable[[Connection], Awaitable[object]]
    ) -> None:
        await put_institutions(conn, [SCHOOL])
        await put_client(conn, client())
        second = await asyncpg.connect(addresses("registration"))
        try:
            async with conn.transaction():
                await put_institutions(conn, [COLLEGE])
                later = asyncio.ensure_future(change(second))
                await asyncio.sleep(0.1)
                assert not later.done()
            await later
        finally:
            await second.close()
