"""Webhooks on a real database: what is claimed by whom, what a result changes, and what is void."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from services.alerts import events
from services.alerts.webhooks import rows
from services.alerts.webhooks.exchange import Exchange
from services.alerts.webhooks.rows import Answer, Claim, Result
from services.alerts.webhooks.verdict import Agreement, judge
from shared.runtime.codec import Outgoing
from shared.runtime.topics import ALERT_EVENTS
from tests.stack.alone import Addresses, database

pytestmark = pytest.mark.stack

AT = datetime(2026, 10, 9, 4, tzinfo=UTC)
OWNER, COLLEAGUE, STRANGER = "issuer rmc", "issuer rmc-2", "issuer far-away"
ME, OTHER = "alerts-deliver-1", "alerts-deliver-2"
REF = "webhook-row" + "_" * 32


@pytest.fixture(scope="module")
def addresses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Addresses]:
    """A database for this file alone."""
    with database(tmp_path_factory.mktemp("webhooks")) as found:
        yield found


@pytest.fixture
async def desk(addresses: Addresses) -> AsyncIterator[Desk]:
    """An empty desk."""
    owner = await asyncpg.connect(addresses())
    await owner.execute("TRUNCATE alerts.event, alerts.subscription, alerts.delivery, alerts.alert CASCADE")
    await owner.execute("DELETE FROM alerts.officer")
    officers = [(OWNER, "rmc_desk", "38"), (COLLEAGUE, "rmc_desk", "38"), (STRANGER, "rmc_desk", "21")]
    await owner.executemany(
        "INSERT INTO alerts.officer (subject, name, role, region) VALUES ($1, 'Samira', $2, $3)", officers
    )
    worker = await asyncpg.connect(addresses("alerts_worker"))
    yield Desk(worker, owner)
    await worker.close()
    await owner.close()


class Desk:
    """The tables, as the lane and the process that delivers write them."""

    def __init__(self, worker: asyncpg.Connection[Any], owner: asyncpg.Connection[Any]) -> None:
        self.worker = worker
        self.owner = owner
        self.told = 0

    async def subscribed(self, owner: str = OWNER, **columns: object) -> UUID:
        """A subscription whose receiver agreed."""
        values = {
            "id": uuid4(),
            "owner": owner,
            "sink": "https://desk.example/",
            "secret": b"sealed",
            "status": "ACTIVE",
            "agreed_at": AT,
        } | columns
        places = ", ".join(f"${place}" for place in range(1, len(values) + 1))
        await self.owner.execute(
            f"INSERT INTO alerts.subscription ({', '.join(values)}) VALUES ({places})",  # noqa: S608
            *values.values(),
        )
        name = values["id"]
        assert isinstance(name, UUID)
        return name

    async def raised(self, count: int = 1, region: str = "38") -> None:
        """Alerts, with the events that the lane writes about them."""
        for _ in range(count):
            self.told += 1
            alert = f"{self.told:032}"
            await self.owner.execute(
                "INSERT INTO alerts.alert (alert_id, student_ref, year, code, status, severity, level,"
                " region, raised_at, revision, audience, body, delete_after)"
                " VALUES ($1, $2, 2026, 'A08', 'RAISED', 'HIGH', 1, $3, $4, 1, $5, '{}', '2030-01-01')",
                alert,
                REF,
                region,
                AT,
                [f"R{region}"],
            )
            await events.keep(self.worker, [outgoing(f"alert.raised-{self.told}", alert)])

    async def claim(self, room: int = 64, process: str = ME) -> list[Claim]:
        """One turn: part events, claim what is due."""
        async with self.worker.transaction():
            await rows.take_turn(self.worker)
            await rows.part(self.worker)
            return await rows.claim(self.worker, room, process)

    async def ended(self, claims: Sequence[Claim], status: int = 200, **headers: str) -> list[Any]:
        """These attempts were answered so; gives what that disables."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        told = Exchange(AT, 0.1, status, None, named, "said")
        results = [Result(one, told, judge(told, one.attempt, 0.5, once=one.once)) for one in claims]
        async with self.worker.transaction():
            return await rows.note(self.worker, results)

    async def stands(self, name: UUID) -> asyncpg.Record:
        """The row of a subscription."""
        (row,) = await self.owner.fetch("SELECT * FROM alerts.subscription WHERE id = $1", name)
        assert isinstance(row, asyncpg.Record)
        return row

    async def statuses(self) -> list[tuple[str, int]]:
        """Status and attempt of every delivery."""
        found = await self.owner.fetch("SELECT status, attempt FROM alerts.delivery ORDER BY sequence")
        return [(row["status"], row["attempt"]) for row in found]


def outgoing(event_id: str, alert: str) -> Outgoing:
    """As the lane sends it."""
    headers = {
        "ce_id": event_id,
        "ce_type": "nl.school-transitions.alert.raised.v1",
        "ce_time": "2026-10-09T04:00:00Z",
        "ce_dataref": f"https://transfers.example/alerts/v1/alerts/{alert}",
    }
    pairs = tuple((name, value.encode()) for name, value in headers.items())
    return Outgoing(ALERT_EVENTS, None, alert.encode(), b'{"code":"A08"}', pairs)


async def test_as_long_as_nobody_subscribes_nothing_is_written(desk: Desk) -> None:
    await desk.raised()
    await desk.subscribed(status="PENDING", agreed_at=None)
    await desk.raised()
    assert await desk.owner.fetchval("SELECT count(*) FROM alerts.event") == 0


async def test_an_event_becomes_one_delivery_for_each_who_is_to_hear_it(desk: Desk) -> None:
    names = [await desk.subscribed(one) for one in (OWNER, COLLEAGUE, STRANGER)]
    await desk.subscribed("issuer left-the-register")
    await desk.raised(2)
    await desk.raised(region="40")
    claims = await desk.claim()
    assert sorted(one.subscription for one in claims) == sorted([*names[:2], *names[:2]])
    assert {(one.event.event_id, one.sequence) for one in claims} == {
        ("alert.raised-1", 1),
        ("alert.raised-2", 2),
    }
    assert await desk.owner.fetchval("SELECT count(*) FROM alerts.event") == 2, "nobody hears the third"

    await events.keep(desk.worker, [outgoing("alert.raised-1", f"{1:032}")])
    assert await desk.claim() == [], "told already"


async def test_an_endpoint_has_four_under_way_over_all_processes(desk: Desk) -> None:
    slow, quick = await desk.subscribed(), await desk.subscribed(COLLEAGUE)
    await desk.raised(6)
    first = await desk.claim(5)
    assert sorted(first.count(one) for one in first) == [1] * 5
    counts = [[one.subscription for one in first].count(name) for name in (slow, quick)]
    assert sorted(counts) == [2, 3], "in turn"
    second = await desk.claim(64, OTHER)
    assert len(second) == 3
    assert await desk.claim() == []
    await desk.ended([one for one in first if one.subscription == quick])
    more = await desk.claim()
    assert {one.subscription for one in more} == {quick}


async def test_a_lease_that_ran_out_is_claimed_again_and_the_old_result_is_void(desk: Desk) -> None:
    """A process that was frozen in the middle wakes up and writes nothing."""
    name = await desk.subscribed()
    await desk.raised()
    frozen = await desk.claim()
    assert await desk.claim(64, OTHER) == []
    await desk.owner.execute("UPDATE alerts.delivery SET lease_until = now() - interval '1 second'")
    again = await desk.claim(64, OTHER)
    assert [one.attempt for one in again] == [2]
    await desk.ended(frozen, 410)
    assert await desk.statuses() == [("WAITING", 2)]
    assert (await desk.stands(name))["status"] == "ACTIVE"
    await desk.ended(again)
    await desk.ended(frozen, 500)
    assert await desk.statuses() == [("DELIVERED", 2)]


async def test_who_starts_again_lets_go_of_its_own_leases_only(desk: Desk) -> None:
    await desk.subscribed()
    await desk.raised(2)
    mine, theirs = await desk.claim(1), await desk.claim(1, OTHER)
    await rows.free(desk.worker, ME)
    again = await desk.claim()
    assert [one.id for one in again] == [one.id for one in mine]
    assert theirs[0].id != mine[0].id


async def test_a_failure_waits_and_a_success_ends_it(desk: Desk) -> None:
    name = await desk.subscribed()
    await desk.raised()
    await desk.ended(await desk.claim(), 500)
    assert await desk.claim() == []
    wait = await rows.next_due(desk.worker)
    assert wait is not None
    assert 4 < wait <= 5
    assert (await desk.stands(name))["failing_since"] is not None
    await desk.owner.execute("UPDATE alerts.delivery SET due_at = now()")
    await desk.ended(await desk.claim())
    assert await desk.statuses() == [("DELIVERED", 2)]
    assert (await desk.stands(name))["failing_since"] is None
    assert await rows.backlog(desk.worker) == (0, 0.0)


async def test_after_ten_attempts_it_is_exhausted_and_stays(desk: Desk) -> None:
    await desk.subscribed()
    await desk.raised()
    for _ in range(10):
        await desk.owner.execute("UPDATE alerts.delivery SET due_at = now() WHERE status = 'WAITING'")
        await desk.ended(await desk.claim(), 500)
    assert await desk.statuses() == [("EXHAUSTED", 10)]
    assert await desk.owner.fetchval("SELECT jsonb_array_length(attempts) FROM alerts.delivery") == 10


async def test_five_days_without_success_are_enough(desk: Desk) -> None:
    early = await desk.subscribed(failing_since=datetime.now(UTC) - timedelta(days=4, hours=23))
    late = await desk.subscribed(COLLEAGUE, failing_since=datetime.now(UTC) - timedelta(days=5, minutes=1))
    await desk.raised()
    assert await desk.ended(await desk.claim(), 500) == [(late, "NO_SUCCESS")]
    assert (await desk.stands(late))["status"] == "DISABLED"
    assert (await desk.stands(early))["status"] == "ACTIVE"


async def test_a_replay_says_nothing_about_health(desk: Desk) -> None:
    name = await desk.subscribed()
    await desk.raised()
    await desk.ended(await desk.claim())
    await desk.owner.execute(
        "INSERT INTO alerts.delivery (subscription, event, sequence, once, replay_of)"
        " SELECT subscription, event, sequence, true, id FROM alerts.delivery"
    )
    (replay,) = await desk.claim()
    assert (replay.once, replay.event.event_id) == (True, "alert.raised-1")
    assert await desk.ended([replay], 410) == []
    row = await desk.stands(name)
    assert (row["status"], row["failing_since"]) == ("ACTIVE", None)
    assert sorted(await desk.statuses()) == [("DELIVERED", 1), ("EXHAUSTED", 1)]


async def test_a_receiver_that_asks_for_patience_gets_it_for_everything(desk: Desk) -> None:
    await desk.subscribed()
    await desk.raised(5)
    claims = await desk.claim()
    assert len(claims) == 4
    await desk.ended(claims[:1], 429, retry_after="3600")
    assert await desk.claim() == []
    wait = await rows.next_due(desk.worker)
    assert wait is not None
    assert 3590 < wait <= 3600


async def test_a_rate_that_was_agreed_is_kept(desk: Desk) -> None:
    await desk.subscribed(allowed_rate=120)
    await desk.raised(6)
    claims = await desk.claim()
    await desk.ended(claims)
    assert await desk.claim() == []
    wait = await rows.next_due(desk.worker)
    assert wait is not None
    assert 1 < wait <= len(claims) * 0.5


async def test_what_is_not_active_keeps_its_events_and_sends_none(desk: Desk) -> None:
    await desk.subscribed(status="PAUSED")
    await desk.subscribed(COLLEAGUE, status="DISABLED")
    await desk.raised()
    assert await desk.claim() == []
    assert await desk.statuses() == [("WAITING", 0)] * 2
    await desk.owner.execute("UPDATE alerts.subscription SET status = 'ACTIVE'")
    assert len(await desk.claim()) == 2


async def test_a_receiver_is_asked_until_it_agrees(desk: Desk) -> None:
    name = await desk.subscribed(status="PENDING", agreed_at=None, ask_at=AT)
    (ask,) = await rows.claim_asks(desk.worker)
    assert await rows.claim_asks(desk.worker) == []
    await rows.note_answers(desk.worker, [Answer(ask, Agreement("NOT_AGREED"), 5.0)])
    row = await desk.stands(name)
    assert (row["status"], row["reason"], row["revision"]) == ("PENDING", "NOT_AGREED", 2)
    await desk.owner.execute("UPDATE alerts.subscription SET ask_at = now()")
    (ask,) = await rows.claim_asks(desk.worker)
    await rows.note_answers(desk.worker, [Answer(ask, Agreement(rate=60), None)])
    row = await desk.stands(name)
    assert (row["status"], row["reason"], row["allowed_rate"]) == ("ACTIVE", None, 60)
    assert row["agreed_sink"] == row["sink"]


async def test_an_answer_about_another_sink_is_void(desk: Desk) -> None:
    name = await desk.subscribed(status="PENDING", agreed_at=None, ask_at=AT)
    (ask,) = await rows.claim_asks(desk.worker)
    await desk.owner.execute("UPDATE alerts.subscription SET sink = 'https://elsewhere.example/'")
    await rows.note_answers(desk.worker, [Answer(ask, Agreement(), None)])
    assert (await desk.stands(name))["status"] == "PENDING"


async def test_secrets_whose_time_is_over_are_let_go(desk: Desk) -> None:
    now = datetime.now(UTC)
    ended = await desk.subscribed(old_secret=b"old", old_until=now - timedelta(seconds=1))
    stands = await desk.subscribed(COLLEAGUE, old_secret=b"old", old_until=now + timedelta(hours=1))
    await desk.owner.executemany(
        "INSERT INTO alerts.once (owner, key, hash, answer, at) VALUES ('issuer rmc', $1, '', '', $2)",
        [("yesterday", now - timedelta(hours=25)), ("today", now)],
    )
    await rows.sweep(desk.worker)
    assert (await desk.stands(ended))["old_secret"] is None
    assert (await desk.stands(stands))["old_secret"] == b"old"
    assert [row["key"] for row in await desk.owner.fetch("SELECT key FROM alerts.once")] == ["today"]


async def test_with_a_learner_goes_what_was_told_of_it(desk: Desk) -> None:
    await desk.subscribed()
    await desk.raised(2)
    await desk.claim(1)
    await events.forget(desk.worker, ["somebody else"])
    assert await desk.owner.fetchval("SELECT count(*) FROM alerts.event") == 2
    await events.forget(desk.worker, [REF])
    assert await desk.owner.fetchval("SELECT count(*) FROM alerts.event") == 0
    assert await desk.statuses() == []


async def test_the_web_process_sees_what_is_its_readers(desk: Desk, addresses: Addresses) -> None:
    """Row-level security: the owner's own; of colleagues in the region to read; nothing without a setting."""
    for one in (OWNER, COLLEAGUE, STRANGER):
        await desk.subscribed(one)
    await desk.raised()
    await desk.claim()
    web = await asyncpg.connect(addresses("alerts_web"))

    async def seen(audience: str, subject: str) -> tuple[int, int, str]:
        async with web.transaction():
            await web.execute("SELECT set_config('transfers.audience', $1, true)", audience)
            await web.execute("SELECT set_config('transfers.subject', $1, true)", subject)
            subscriptions = await web.fetchval("SELECT count(*) FROM alerts.subscription")
            deliveries = await web.fetchval("SELECT count(*) FROM alerts.delivery")
            changed = await web.execute("UPDATE alerts.subscription SET types = types")
        return subscriptions, deliveries, changed

    assert await seen("", "") == (0, 0, "UPDATE 0")
    assert await seen("", OWNER) == (1, 1, "UPDATE 1")
    assert await seen("R38", OWNER) == (2, 2, "UPDATE 1")
    assert await seen("R38/99VA00", STRANGER) == (1, 0, "UPDATE 1")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await web.execute(
            "INSERT INTO alerts.subscription (id, owner, sink, secret) VALUES ($1, $2, 'https://x/', '')",
            uuid4(),
            OWNER,
        )
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await web.execute("SELECT data FROM alerts.event")
    await web.close()
