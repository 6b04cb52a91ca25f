"""The job of the alerts lane on a real database: what it writes, and what it leaves alone.

The lane itself is played by `Lane`, which does what a batch is: load, fold, write, in one transaction.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import msgspec
import pytest

from services.alerts import store, walk
from services.alerts.settle import Item, Settle
from shared.domain.advance import advance
from shared.domain.catalogue import KINDS
from shared.domain.codes import Role
from shared.domain.envelope import arrival_of
from shared.domain.facts import Record, merge
from shared.domain.ids import handle, learner_id
from shared.domain.world import Institution, Site, World
from shared.runtime.codec import Outgoing
from shared.runtime.job import ActionRow
from shared.runtime.reference import policies, reference
from tests.stack.alone import Addresses, database

pytestmark = pytest.mark.stack

SOURCE = "urn:nld:oin:00000099000000001000:systeem:test"
WORLD = World(
    institutions={
        "99VA": Institution("99VA", Role.VO_SCHOOL, "School", False, (Site("99VA01", "0957", "zuid"),)),
        "99MA": Institution("99MA", Role.MBO_INSTITUTION, "College", True, (Site("99MA00", "0957", "zuid"),)),
    },
    reference=reference(),
    policies=policies(),
)
LISTED = datetime(2026, 1, 12, 9, tzinfo=UTC)
A02_DUE = datetime(2026, 4, 13, 4, tzinfo=UTC)  # 1 April + 5 working days, 06:00 the next working day
SECOND = timedelta(seconds=1)
PART = 3


@pytest.fixture(scope="module")
def addresses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Addresses]:
    with database(tmp_path_factory.mktemp("settle")) as found:
        yield found


@pytest.fixture
async def lane(addresses: Addresses) -> AsyncIterator[Lane]:
    connection = await asyncpg.connect(addresses("alerts_worker"))
    yield Lane(connection)
    await connection.close()


class Lane:
    """One partition: `did` is one batch; `said` is everything that was to be sent."""

    def __init__(self, connection: asyncpg.Connection[Any]) -> None:
        self.connection = connection
        self.said: list[Outgoing] = []
        self.restarted()

    def restarted(self) -> None:
        self.job = Settle(WORLD, "https://transfers.example")

    async def did(
        self,
        *records: Record,
        due: Sequence[str] = (),
        actions: Sequence[ActionRow] = (),
        until: datetime | None = None,
    ) -> None:
        items = [Item(record.student_ref, record) for record in records]
        await self.batch(items, due, actions, until)

    async def batch(
        self, items: list[Item], due: Sequence[str], actions: Sequence[ActionRow], until: datetime | None
    ) -> None:
        keys = {item.student_ref for item in items} | set(due) | {row.student_ref for row in actions}
        async with self.connection.transaction():
            await self.job.load(self.connection, keys)
            self.job.fold(PART, items, due, actions, until)
            self.said += await self.job.write(self.connection)

    async def rows(self, table: str, ref: str) -> list[asyncpg.Record]:
        statement = f"SELECT * FROM alerts.{table} WHERE student_ref = $1"  # noqa: S608 - a word of a test
        return await self.connection.fetch(statement, ref)

    async def passed(self, ref: str, until: datetime) -> None:
        """Time passes up to `until`: whoever is due by then is looked at."""
        while [row for row in await self.rows("timer", ref) if row["due_at"] <= until]:
            await self.did(due=[ref], until=until)


class Pupil:
    """A pupil of one test: `posts` gives the record after one more event."""

    def __init__(self) -> None:
        self.ref = "Ab-" + uuid4().hex + "0" * 8
        self.record = Record(self.ref)

    def posts(self, kind: str, received_at: datetime, **fields: Any) -> Record:
        example = dict(KINDS[kind].example) | fields
        example["studentRef"] = self.ref
        example["occurredAt"] = received_at.isoformat()
        arrival = arrival_of(KINDS[kind].wire_type, str(uuid4()), SOURCE, received_at, received_at, example)
        merged = merge(self.record, arrival).record
        self.record = msgspec.structs.replace(merged, version=self.record.version + 1)
        return self.record

    def listed(self) -> Record:
        return self.posts("vo.learner.listed", LISTED, birthDate="2009-06-01")

    def applied(self, at: datetime) -> Record:
        return self.posts("mbo.application.status", at, statusDate=at.date().isoformat())


async def not_applied(lane: Lane) -> tuple[Pupil, asyncpg.Record]:
    """A pupil who did not apply in time, with the alert that says so."""
    pupil = Pupil()
    await lane.did(pupil.listed(), until=LISTED)
    await lane.passed(pupil.ref, A02_DUE + SECOND)
    (alert,) = await lane.rows("alert", pupil.ref)
    return pupil, alert


def asked(pupil: Pupil, at: datetime, if_match: int | None = None, **body: Any) -> ActionRow:
    """A person asks for something: the row that the web process inserts."""
    action: dict[str, Any] = {
        "at": at.isoformat(),
        "role": "vsv_broker",
        "region": "38",
        "studentRef": pupil.ref,
        "transitionYear": 2026,
        "by": "officer",
    }
    return ActionRow(uuid4(), pupil.ref, json.dumps(action | body), at, if_match)


async def answer(
    lane: Lane, addresses: Addresses, row: ActionRow, until: datetime | None
) -> dict[str, Any] | None:
    """What became of it; None: it waits."""
    web = await asyncpg.connect(addresses("alerts_web"))
    async with web.transaction():
        await web.execute("SELECT set_config('transfers.audience', 'R38', true)")
        await web.execute(
            "INSERT INTO alerts.action (id, part, student_ref, learner_id, body, if_match, at, by_subject,"
            " audience, delete_after) VALUES ($1, $2, $3, $4, $5, $6, $7, 'officer', '{R38}', '2030-01-01')",
            row.id,
            PART,
            row.student_ref,
            UUID(learner_id(row.student_ref)),
            row.body,
            row.if_match,
            row.at,
        )
    await web.close()
    await lane.did(actions=[row], until=until)
    return await result(lane, row)


async def result(lane: Lane, row: ActionRow) -> dict[str, Any] | None:
    text = await lane.connection.fetchval("SELECT result FROM alerts.action WHERE id = $1", row.id)
    found: dict[str, Any] | None = None if text is None else json.loads(text)
    return found


async def seen(addresses: Addresses, table: str, ref: str, audience: str | None) -> int:
    """How many rows of a pupil the web process sees when it reads for this audience."""
    web = await asyncpg.connect(addresses("alerts_web"))
    async with web.transaction():
        if audience is not None:
            await web.execute("SELECT set_config('transfers.audience', $1, true)", audience)
        statement = f"SELECT count(*) FROM alerts.{table} WHERE learner_id = $1"  # noqa: S608
        found: int = await web.fetchval(statement, UUID(learner_id(ref)))
    await web.close()
    return found


async def test_an_alert_stands_at_the_moment_it_was_due_not_when_it_was_noticed(lane: Lane) -> None:
    pupil = Pupil()
    await lane.did(pupil.listed(), until=LISTED)
    await lane.passed(pupil.ref, A02_DUE - SECOND)
    assert not await lane.rows("alert", pupil.ref)
    await lane.passed(pupil.ref, A02_DUE + timedelta(hours=30))
    (alert,) = await lane.rows("alert", pupil.ref)
    assert (alert["code"], alert["raised_at"], alert["region"]) == ("A02", A02_DUE, "38")


async def test_a_record_that_comes_again_changes_nothing(lane: Lane) -> None:
    pupil, alert = await not_applied(lane)
    said = len(lane.said)
    lane.restarted()
    await lane.did(pupil.record, pupil.record, until=A02_DUE + timedelta(hours=2))
    (again,) = await lane.rows("alert", pupil.ref)
    assert again == alert
    assert len(lane.said) == said


async def test_an_older_version_is_ignored(lane: Lane) -> None:
    pupil, _ = await not_applied(lane)
    old = pupil.record
    applied = A02_DUE + timedelta(hours=4)
    await lane.did(pupil.applied(applied), until=A02_DUE)
    await lane.did(old, until=A02_DUE)
    (alert,) = await lane.rows("alert", pupil.ref)
    assert (alert["status"], alert["resolved_at"], alert["revision"]) == ("RESOLVED", applied, 2)


async def test_the_same_history_through_a_restart_at_every_step(lane: Lane) -> None:
    pupil = Pupil()
    for record in (pupil.listed(), pupil.applied(LISTED + timedelta(days=30))):
        await lane.did(record, until=LISTED)
        lane.restarted()
    (learner,) = await lane.rows("learner", pupil.ref)
    assert (learner["revision"], learner["handle"]) == (2, handle(pupil.ref))


async def test_who_picks_up_an_alert_is_told_its_new_revision(lane: Lane, addresses: Addresses) -> None:
    pupil, alert = await not_applied(lane)
    row = asked(pupil, A02_DUE + timedelta(hours=3), 1, action="acknowledge", alert=alert["alert_id"])
    assert await answer(lane, addresses, row, A02_DUE + timedelta(hours=2)) == {
        "status": 201,
        "alertId": alert["alert_id"],
        "revision": 2,
    }
    (alert,) = await lane.rows("alert", pupil.ref)
    assert (alert["status"], alert["revision"]) == ("ACKNOWLEDGED", 2)
    assert ("action_done", str(row.id)) in lane.job.announcements()


async def test_who_saw_an_older_alert_is_refused(lane: Lane, addresses: Addresses) -> None:
    pupil, alert = await not_applied(lane)
    ack = {"action": "acknowledge", "alert": alert["alert_id"]}
    first = asked(pupil, A02_DUE + timedelta(hours=3), 1, **ack)
    second = asked(pupil, A02_DUE + timedelta(hours=4), 1, **ack)
    await answer(lane, addresses, first, A02_DUE)
    found = await answer(lane, addresses, second, A02_DUE)
    assert found is not None
    assert (found["status"], found["code"]) == (412, "precondition-failed")


async def test_what_the_table_of_moves_does_not_have_is_refused(lane: Lane, addresses: Addresses) -> None:
    pupil, alert = await not_applied(lane)
    ack = {"action": "acknowledge", "alert": alert["alert_id"]}
    first = asked(pupil, A02_DUE + timedelta(hours=3), 1, **ack)
    second = asked(pupil, A02_DUE + timedelta(hours=4), 2, **ack)
    await answer(lane, addresses, first, A02_DUE)
    found = await answer(lane, addresses, second, A02_DUE)
    assert found is not None
    assert (found["status"], found["code"]) == (409, "illegal-move")


async def test_an_action_after_a_moment_that_is_still_to_come_waits_for_it(
    lane: Lane, addresses: Addresses
) -> None:
    pupil = Pupil()
    await lane.did(pupil.listed(), until=LISTED)
    row = asked(pupil, A02_DUE + timedelta(minutes=5), None, action="acknowledge", alert="A02")
    assert await answer(lane, addresses, row, A02_DUE - SECOND) is None
    await lane.did(due=[pupil.ref], actions=[row], until=A02_DUE + SECOND)
    found = await result(lane, row)
    assert found is not None
    assert found["status"] == 201
    (alert,) = await lane.rows("alert", pupil.ref)
    assert (alert["status"], alert["raised_at"]) == ("ACKNOWLEDGED", A02_DUE)


async def test_an_action_on_a_stranger_finds_nothing(lane: Lane, addresses: Addresses) -> None:
    row = asked(Pupil(), A02_DUE, action="open")
    found = await answer(lane, addresses, row, A02_DUE)
    assert found is not None
    assert (found["status"], found["code"]) == (404, "not-found")
    assert not await lane.rows("learner", row.student_ref)


async def test_a_call_becomes_a_fact_on_its_way_to_the_others(lane: Lane, addresses: Addresses) -> None:
    pupil, alert = await not_applied(lane)
    called = A02_DUE + timedelta(hours=3)
    row = asked(pupil, called, 1, action="contact-attempt", alert=alert["alert_id"], result="REACHED")
    found = await answer(lane, addresses, row, A02_DUE)
    assert found is not None
    assert found["status"] == 201, found
    (message,) = [one for one in lane.said if one.topic == "transfer-events"]
    data = json.loads(message.value or b"")
    assert message.key == pupil.ref.encode()
    assert (data["studentRef"], data["result"], data["by"]) == (pupil.ref, "REACHED", "vsv_broker")


@pytest.mark.parametrize(
    ("audience", "alerts", "learners"),
    [
        pytest.param("R38", 1, 1, id="the desk of the home region"),
        pytest.param("R24", 0, 0, id="the desk of another region"),
        pytest.param("R38/99VA01", 1, 1, id="the broker of the school"),
        pytest.param("R38/99VA02,R38/-", 0, 0, id="the broker of another school"),
        pytest.param("99VA01", 1, 1, id="the school, which got a copy"),
        pytest.param("99MA", 0, 0, id="an institution that has nothing to do with it"),
        pytest.param("", 0, 0, id="nobody in particular"),
        pytest.param(None, 0, 0, id="no audience set"),
    ],
)
async def test_rows_are_seen_by_whom_they_concern(
    lane: Lane, addresses: Addresses, audience: str | None, alerts: int, learners: int
) -> None:
    pupil, _ = await not_applied(lane)
    assert await seen(addresses, "alert", pupil.ref, audience) == alerts
    assert await seen(addresses, "learner", pupil.ref, audience) == learners


async def test_the_web_process_can_change_nothing(addresses: Addresses) -> None:
    web = await asyncpg.connect(addresses("alerts_web"))
    for table in ("learner", "alert", '"case"', "timer", "stream_offset", "outbox"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await web.execute(f"DELETE FROM alerts.{table}")  # noqa: S608
    await web.close()


async def test_an_institution_sees_the_pupil_who_applied_there_and_not_the_alert(
    lane: Lane, addresses: Addresses
) -> None:
    pupil, _ = await not_applied(lane)
    await lane.did(pupil.applied(A02_DUE + timedelta(hours=4)), until=A02_DUE)
    assert await seen(addresses, "learner", pupil.ref, "99MA") == 1
    assert await seen(addresses, "alert", pupil.ref, "99MA") == 0


async def test_the_broker_of_a_school_that_became_known_sees_the_older_alert(
    lane: Lane, addresses: Addresses
) -> None:
    pupil, alert = await not_applied(lane)
    assert await seen(addresses, "alert", pupil.ref, "R38/99VB01") == 0
    await lane.did(
        pupil.posts("vo.learner.listed", A02_DUE + timedelta(hours=4), voSite="99VB01"), until=A02_DUE
    )
    assert await seen(addresses, "alert", pupil.ref, "R38/99VB01") == 1
    (again,) = await lane.rows("alert", pupil.ref)
    assert again["revision"] == alert["revision"], "who sees it is no change of the alert"


async def test_what_goes_out_names_no_person(lane: Lane) -> None:
    pupil, alert = await not_applied(lane)
    await lane.did(pupil.applied(A02_DUE + timedelta(hours=4)), until=A02_DUE)
    told = [one for one in lane.said if one.topic == "alert-events"]
    assert [dict(one.headers)["ce_type"].decode() for one in told] == [
        "nl.school-transitions.alert.raised.v1",
        "nl.school-transitions.alert.resolved.v1",
    ]
    for one in told:
        assert one.key == alert["alert_id"].encode()
        bytes_sent = (one.value or b"") + b"".join(name.encode() + value for name, value in one.headers)
        for secret in (pupil.ref, learner_id(pupil.ref), handle(pupil.ref), "0957", "2009-06-01", "99VA"):
            assert secret.encode() not in bytes_sent
    assert json.loads(told[0].value or b"") == {
        "transitionYear": 2026,
        "alertId": alert["alert_id"],
        "code": "A02",
        "severity": "MED",
        "region": "38",
        "raisedAt": "2026-04-13T04:00:00Z",
    }


async def test_a_defect_stops_one_pupil_and_nobody_else(
    lane: Lane, addresses: Addresses, monkeypatch: pytest.MonkeyPatch
) -> None:
    pupil, other = Pupil(), Pupil()

    def broken(learner: Any, *rest: Any) -> Any:
        if learner.student_ref == pupil.ref:
            raise ValueError(learner.student_ref)
        return advance(learner, *rest)

    monkeypatch.setattr(walk, "advance", broken)
    await lane.did(pupil.listed(), other.listed(), until=LISTED)
    (blocked,) = await lane.rows("blocked", pupil.ref)
    assert (blocked["part"], blocked["reason"]) == (PART, "cannot-judge")
    assert await lane.rows("timer", other.ref)
    row = asked(pupil, A02_DUE, action="open")
    found = await answer(lane, addresses, row, LISTED)
    assert found is not None
    assert found["status"] == 503

    monkeypatch.setattr(walk, "advance", advance)
    await lane.did(pupil.applied(LISTED + timedelta(days=1)), until=LISTED)
    assert not await lane.rows("blocked", pupil.ref)
    assert await lane.rows("timer", pupil.ref)


async def test_a_blocked_pupil_is_tried_again_at_the_next_start(
    lane: Lane, monkeypatch: pytest.MonkeyPatch
) -> None:
    pupil = Pupil()
    with monkeypatch.context() as patch:
        patch.setattr(walk, "advance", None)
        await lane.did(pupil.listed(), until=LISTED)
    assert not await lane.rows("timer", pupil.ref)
    lane.restarted()
    await store.retry_blocked(lane.connection)
    await lane.passed(pupil.ref, A02_DUE + SECOND)
    assert [alert["code"] for alert in await lane.rows("alert", pupil.ref)] == ["A02"]
    assert not await lane.rows("blocked", pupil.ref)


async def test_a_change_at_a_school_makes_its_pupils_due(lane: Lane) -> None:
    here, elsewhere = Pupil(), Pupil()
    await lane.did(here.listed(), elsewhere.posts("vo.learner.listed", LISTED, voSite="99VB01"), until=LISTED)
    changed = LISTED + timedelta(days=3)
    school = msgspec.structs.replace(WORLD.institutions["99VA"], version=2, changed_at=changed)
    async with lane.connection.transaction():
        await lane.job.stir(lane.connection, [PART], [school])
    assert [row["due_at"] for row in await lane.rows("timer", here.ref)] == [changed]
    assert [row["due_at"] > changed for row in await lane.rows("timer", elsewhere.ref)] == [True]
    await lane.passed(here.ref, changed + SECOND)
    assert [row["due_at"] > changed for row in await lane.rows("timer", here.ref)] == [True]


async def test_a_pupil_made_due_stays_due_when_a_record_comes_first(lane: Lane) -> None:
    pupil = Pupil()
    await lane.did(pupil.listed(), until=LISTED)
    changed = LISTED + timedelta(days=3)
    school = msgspec.structs.replace(WORLD.institutions["99VA"], version=2, changed_at=changed)
    async with lane.connection.transaction():
        await lane.job.stir(lane.connection, [PART], [school])
    await lane.did(pupil.applied(LISTED + timedelta(days=1)), until=LISTED + timedelta(days=1))
    assert [row["due_at"] for row in await lane.rows("timer", pupil.ref)] == [changed]
    await lane.passed(pupil.ref, changed + SECOND)
    assert [row["due_at"] > changed for row in await lane.rows("timer", pupil.ref)] == [True]


async def test_of_an_erased_pupil_nothing_is_left(lane: Lane, addresses: Addresses) -> None:
    pupil, alert = await not_applied(lane)
    row = asked(pupil, A02_DUE + timedelta(hours=3), 1, action="acknowledge", alert=alert["alert_id"])
    await answer(lane, addresses, row, A02_DUE)
    await lane.batch([Item(pupil.ref, None)], (), (), A02_DUE)
    for table in ("learner", "alert", '"case"', "timer", "blocked", "action"):
        assert not await lane.rows(table, pupil.ref), table


async def test_a_batch_that_failed_leaves_no_trace_in_memory(lane: Lane) -> None:
    pupil = Pupil()
    begun = lane.connection.transaction()
    await begun.start()
    await lane.job.load(lane.connection, {pupil.ref})
    lane.job.fold(PART, [Item(pupil.ref, pupil.listed())], (), (), LISTED)
    await lane.job.write(lane.connection)
    await begun.rollback()
    lane.job.forget({PART})
    assert lane.job.announcements() == []
    await lane.did(pupil.record, until=LISTED)
    (learner,) = await lane.rows("learner", pupil.ref)
    assert learner["revision"] == 1
