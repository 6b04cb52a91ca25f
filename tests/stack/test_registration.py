"""The door of the running platform: its sender hears what is accepted, and what became of it."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from tests.stack.running import CommandFailed, Stack

pytestmark = [pytest.mark.stack, pytest.mark.timeout(180)]

Json = dict[str, Any]

SOURCE = "urn:nld:oin:00000099000000001000:systeem:door"
OTHER = "urn:nld:oin:00000099000000001000:systeem:door-2"
BSN = "111222333"  # passes the 11-test; it is nobody's
INSTITUTIONS: list[Json] = [
    {
        "org": "98MA",
        "role": "mbo_institution",
        "name": "Voorbeeld College",
        "presence": True,
        "sites": [{"site": "98MA01", "municipality": "0957", "holidayRegion": "zuid"}],
    }
]


class Sender:
    """One registered system."""

    def __init__(self, stack: Stack, token: str) -> None:
        self.stack = stack
        self.token = token

    async def post(self, body: object, media: str = "application/cloudevents+json") -> httpx2.Response:
        """Post something."""
        return await self._ask("POST", "/events", content=json.dumps(body), headers={"content-type": media})

    async def batch(self, events: list[Json]) -> list[Json]:
        """Post a batch; gives the outcome of each item."""
        answer = await self.post(events, "application/cloudevents-batch+json")
        results: list[Json] = answer.json()["results"]
        return results

    async def get(self, path: str, **query: Any) -> httpx2.Response:
        """Read something."""
        return await self._ask("GET", path, params=query)

    async def _ask(self, method: str, path: str, **more: Any) -> httpx2.Response:
        headers = {"authorization": f"Bearer {self.token}"} | more.pop("headers", {})
        url = f"{self.stack.addresses['registration']}/registration/v1{path}"
        async with httpx2.AsyncClient(timeout=30) as http:
            return await http.request(method, url, headers=headers, **more)


@pytest.fixture(scope="module")
def sender(stack: Stack) -> Sender:
    """A system that may speak for 98MA."""
    stack.import_institutions(INSTITUTIONS)
    return Sender(stack, stack.add_client("door", [SOURCE], ["98MA"]))


@pytest.fixture
async def moment(sender: Sender) -> AsyncIterator[str]:
    """The clock of the platform."""
    connection = await sender.stack.connect()
    yield (await connection.fetchval("SELECT platform.now()")).isoformat()
    await connection.close()


@pytest.fixture
def status(moment: str) -> Json:
    """A status of an application of a learner of its own."""
    return {
        "specversion": "1.0",
        "id": str(uuid4()),
        "source": SOURCE,
        "type": "nl.school-transitions.mbo.application.status.v1",
        "time": moment,
        "data": {
            "studentRef": base64.urlsafe_b64encode(os.urandom(32)).rstrip(b"=").decode(),
            "keyVersion": 1,
            "transitionYear": 2026,
            "senderOrg": "98MA",
            "sourceSeq": 1,
            "occurredAt": moment,
            "applicationRef": "98MA:00012345",
            "mboBrin": "98MA",
            "crebo": "25655",
            "level": 2,
            "track": "BOL",
            "intakeYear": 2026,
            "status": "RECEIVED",
            "statusDate": moment[:10],
        },
    }


def other(event: Json, /, **data: Any) -> Json:
    """Another event with other content."""
    return event | {"id": str(uuid4()), "data": event["data"] | data}


async def test_a_sender_hears_what_became_of_an_event(sender: Sender, status: Json) -> None:
    (result,) = (await sender.post(status)).json()["results"]
    assert result["outcome"] == "accepted"
    before = (await sender.get(f"/receipts/{result['receiptId']}")).json()
    assert (before["id"], before["state"]) == (status["id"], "accepted")
    await sender.stack.settled()
    assert await outcome(sender, result["receiptId"], "applied") == "applied"


async def test_what_repeats_another_event_is_named_so(sender: Sender, status: Json) -> None:
    again = status | {"id": str(uuid4())}
    first, second = await sender.batch([status, again])
    await sender.stack.settled()
    assert await outcome(sender, second["receiptId"], "duplicate") == "duplicate"
    assert await outcome(sender, first["receiptId"], "applied") == "applied"


async def test_the_same_event_again_is_a_duplicate_and_another_under_its_id_is_refused(
    sender: Sender, status: Json
) -> None:
    await sender.post(status)
    again = await sender.post(status)
    assert (again.status_code, again.json()["results"][0]["outcome"]) == (202, "duplicate")
    reused = await sender.post(status | {"data": status["data"] | {"level": 3}})
    assert (reused.status_code, reused.json()["code"]) == (409, "event-id-reused")


async def test_two_at_the_same_time_are_one(sender: Sender, status: Json) -> None:
    answers = await asyncio.gather(*(sender.post(status) for _ in range(8)))
    assert {answer.status_code for answer in answers} == {202}
    connection = await sender.stack.connect()
    try:
        query = "SELECT count(*) FROM registration.receipt WHERE event_id = $1"
        assert await connection.fetchval(query, status["id"]) == 1
    finally:
        await connection.close()


async def test_items_of_a_batch_stand_alone(sender: Sender, status: Json) -> None:
    await sender.post(status)
    results = await sender.batch(
        [other(status), status, other(status, crebo="1"), other(status, senderOrg="97MA")]
    )
    assert [one["outcome"] for one in results] == ["accepted", "duplicate", "rejected", "rejected"]
    assert [one["problem"]["code"] for one in results[2:]] == ["invalid-input", "forbidden"]


async def test_the_number_of_a_person_stands_nowhere(sender: Sender, status: Json) -> None:
    answer = await sender.post(other(status, applicationRef=BSN))
    assert (answer.status_code, answer.json()["code"]) == (400, "bsn-detected")
    assert BSN not in answer.text
    logs = [path.read_text(errors="replace") for path in (sender.stack.folder / "logs").iterdir()]
    assert not any(BSN in text for text in logs)


async def test_a_receipt_is_shown_to_its_own_sender_alone(stack: Stack, sender: Sender, status: Json) -> None:
    receipt = (await sender.post(status)).json()["results"][0]["receiptId"]
    stranger = Sender(stack, stack.add_client("stranger", [OTHER], ["98MA"]))
    assert (await stranger.get(f"/receipts/{receipt}")).status_code == 404
    assert (await sender.get("/receipts/nothing")).status_code == 404


async def test_a_system_that_was_revoked_is_out_at_once(stack: Stack, status: Json) -> None:
    stack.import_institutions(INSTITUTIONS)
    leaver = Sender(stack, stack.add_client("leaver", [SOURCE], ["98MA"]))
    assert (await leaver.post(status)).status_code == 202
    stack.run("clients", "revoke", "--id", "leaver")
    assert (await leaver.post(other(status))).status_code == 403
    with pytest.raises(CommandFailed):
        stack.run("clients", "revoke", "--id", "leaver")


async def test_without_kafka_nothing_is_accepted_and_afterwards_all_of_it(
    sender: Sender, status: Json
) -> None:
    with frozen(sender.stack, "kafka"):
        answer = await sender.post(status)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    await eventually_accepted(sender, status)
    await sender.stack.settled()


async def test_the_register_can_be_read_in_pages(sender: Sender) -> None:
    first = await sender.get("/institutions", limit=3)
    orgs = [one["org"] for one in first.json()["items"]]
    assert (orgs, len(orgs)) == (sorted(orgs), 3)
    second = await _follow(sender, first, "next")
    assert second.json()["items"][0]["org"] > orgs[-1]
    back = await _follow(sender, second, "prev")
    assert back.json() == first.json()
    assert "prev" not in back.links
    assert (await sender.get("/institutions/98MA")).json() == INSTITUTIONS[0]
    assert (await sender.get("/institutions/00XX")).status_code == 404
    unknown = await sender.get("/institutions", limit=3, region="38")
    assert unknown.json()["errors"][0]["parameter"] == "region"


def test_the_commands_show_what_was_registered(stack: Stack, sender: Sender) -> None:
    lines = [json.loads(line) for line in stack.run("clients", "list", "--json").splitlines()]
    (door,) = [one for one in lines if one["id"] == "door"]
    assert (door["sources"], door["orgs"], door["presence"]) == ([SOURCE], ["98MA"], True)
    institutions = [json.loads(line) for line in stack.run("institutions", "list").splitlines()]
    assert INSTITUTIONS[0] in institutions


def test_a_file_with_faults_says_which_and_keeps_the_rest(stack: Stack, sender: Sender) -> None:
    path = stack.folder / "faulty.jsonl"
    path.write_text(json.dumps(INSTITUTIONS[0]) + '\n{"org":"nobody"}\n')
    with pytest.raises(CommandFailed, match="line 2"):
        stack.run("institutions", "import", str(path))


async def outcome(sender: Sender, receipt: str, awaited: str) -> str | None:
    """What became of an event; what placement did arrives here a little later than `settled`."""
    for _ in range(200):
        told: str | None = (await sender.get(f"/receipts/{receipt}")).json().get("outcome")
        if told == awaited:
            break
        await asyncio.sleep(0.05)
    return told


async def eventually_accepted(sender: Sender, event: Json) -> None:
    for _ in range(30):
        answer = await sender.post(event)
        if answer.status_code == 202:
            return
        await asyncio.sleep(0.5)
    raise AssertionError(answer.text)


async def _follow(sender: Sender, page: httpx2.Response, relation: str) -> httpx2.Response:
    query = httpx2.URL(page.links[relation]["url"]).params
    return await sender.get("/institutions", **dict(query))


@contextmanager
def frozen(stack: Stack, program: str) -> Iterator[None]:
    """One process of the platform, stopped for a while."""
    pid: int = json.loads(stack.run("stack", "status", "--json"))["processes"][program]
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)
