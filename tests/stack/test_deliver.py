"""From a change in the lane to a receiver outside: who hears what, signed, once, in spite of everything."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from services.stack import authority, programs
from services.stack.folder import Folder
from shared.domain.ids import handle, learner_id
from tests.stack.receiver import Answer, Receiver, agrees, receiving, verify
from tests.stack.running import ROOT, Stack

pytestmark = [pytest.mark.stack, pytest.mark.timeout(180)]

Json = dict[str, Any]

SOURCE = "urn:nld:oin:00000099000000001000:systeem:deliver"
SCHOOL = "97VA"
OPENED = "nl.school-transitions.case.opened.v1"


@dataclass
class Scene:
    """The platform with a school in region 38, and tokens of who subscribes."""

    stack: Stack
    system: str
    desk: str
    elsewhere: str
    coordinator: str
    refs: list[str] = field(default_factory=list)

    async def call(self, token: str, method: str, path: str, **more: Any) -> httpx2.Response:
        """One request to the API."""
        headers = {"authorization": f"Bearer {token}"} | more.pop("headers", {})
        async with httpx2.AsyncClient(base_url=self.stack.addresses["alerts"], timeout=30) as http:
            return await http.request(method, f"/alerts/v1{path}", headers=headers, **more)

    async def subscribe(self, token: str, sink: str, **more: Any) -> Json:
        """A subscription to cases that are opened, unless told otherwise."""
        body = {"sink": sink, "types": [OPENED]} | more
        answer = await self.call(token, "POST", "/subscriptions", json=body)
        assert answer.status_code == 201, answer.text
        made: Json = answer.json()
        return made | {"etag": answer.headers["etag"]}

    async def change(self, token: str, name: str, **fields: Any) -> Json:
        """Change a subscription as it stands now."""
        now = await self.call(token, "GET", f"/subscriptions/{name}")
        tag = {"if-match": now.headers["etag"]}
        answer = await self.call(token, "PATCH", f"/subscriptions/{name}", json=fields, headers=tag)
        assert answer.status_code == 200, answer.text
        found: Json = answer.json()
        return found

    async def drop(self, token: str, name: str) -> None:
        """End a subscription."""
        answer = await self.call(token, "DELETE", f"/subscriptions/{name}", headers={"if-match": "*"})
        assert answer.status_code == 204, answer.text

    async def open_cases(self, count: int) -> list[str]:
        """That many learners, with a case each; gives the cases."""
        refs = ["Dl-" + uuid4().hex + "0" * 8 for _ in range(count)]
        self.refs += refs
        at = await self.now()
        results = await self.stack.post(self.system, [listed(ref, at) for ref in refs])
        assert [one["outcome"] for one in results] == ["accepted"] * count, results
        await self.stack.settled()
        return [await self.open_case(ref, at) for ref in refs]

    async def open_case(self, ref: str, at: str) -> str:
        """Open a case by hand."""
        asked = {"at": at, "role": "rmc_desk", "region": "38", "studentRef": ref}
        answer = await self.call(
            self.desk, "POST", "/actions", json=asked | {"transitionYear": 2026, "action": "open"}
        )
        assert answer.status_code == 201, answer.text
        return str(answer.json()["caseId"])

    async def now(self) -> str:
        """Domain time."""
        conn = await self.stack.connect()
        try:
            return str((await conn.fetchval("SELECT platform.now()")).isoformat())
        finally:
            await conn.close()

    async def deliveries(self, token: str, name: str, **query: str) -> list[Json]:
        """What was delivered, newest first."""
        found = await self.stack.get(token, f"/subscriptions/{name}/deliveries", **query)
        return list(found["items"])

    def pid(self) -> int:
        """The process that delivers."""
        status: Json = json.loads(self.stack.run("stack", "status", "--json"))
        return int(status["processes"]["alerts-deliver"])


def listed(ref: str, at: str) -> Json:
    """The school expects this learner to move."""
    data = {
        "studentRef": ref,
        "keyVersion": 1,
        "transitionYear": 2026,
        "senderOrg": SCHOOL,
        "occurredAt": at,
        "voSite": f"{SCHOOL}00",
        "voType": "VMBO_KB",
        "grade": 4,
        "birthDate": "2009-11-20",
        "municipality": "0957",
        "expectedDestination": "MBO",
    }
    kind = "nl.school-transitions.vo.learner.listed.v1"
    return {"specversion": "1.0", "id": ref, "source": SOURCE, "type": kind, "time": at, "data": data}


async def until(true: Callable[[], bool], seconds: float = 15) -> None:
    """Wait for something to become true."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        await asyncio.sleep(0.02)


@pytest.fixture(scope="module")
def scene(stack: Stack) -> Scene:
    """Nobody subscribes yet."""
    site = {"site": f"{SCHOOL}00", "municipality": "0957", "holidayRegion": "zuid"}
    stack.import_institutions([{"org": SCHOOL, "role": "vo_school", "name": "Vmbo", "sites": [site]}])
    return Scene(
        stack,
        stack.add_client("deliver", [SOURCE], [SCHOOL]),
        stack.officer("rmc_desk", "38"),
        stack.officer("rmc_desk", "21"),
        stack.officer("region_coordinator", "38"),
    )


@pytest.fixture
def receiver(stack: Stack) -> Iterator[Receiver]:
    """A receiver that agrees and takes everything."""
    with receivers(stack, 1) as found:
        yield found[0]


@contextmanager
def receivers(stack: Stack, count: int) -> Iterator[Sequence[Receiver]]:
    """Several of them."""
    path = authority.receiver(Folder(stack.folder))
    if count == 0:
        yield []
        return
    with receiving(path) as first, receivers(stack, count - 1) as others:
        yield [first, *others]


async def test_a_case_is_told_once_signed_and_without_a_person(scene: Scene, receiver: Receiver) -> None:
    made = await scene.subscribe(scene.desk, receiver.address)
    assert made["status"] == "ACTIVE"
    assert re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=", made["secret"])
    (question,) = receiver.heard
    assert (question.method, question.headers["webhook-request-origin"]) == ("OPTIONS", "127.0.0.1")

    (case,) = await scene.open_cases(1)
    await until(lambda: len(receiver.posts) > 0)
    await scene.stack.settled()
    (heard,) = receiver.posts
    assert verify(made["secret"], heard)
    assert abs(int(heard.headers["webhook-timestamp"]) - time.time()) < 60
    assert heard.headers["content-type"] == "application/cloudevents+json"
    event = json.loads(heard.body)
    assert event["data"] == {
        "transitionYear": 2026,
        "caseId": case,
        "region": "38",
        "openedAt": event["time"],
    }
    assert event["id"] == heard.id
    assert event["type"] == OPENED
    assert event["sequence"] == "0" * 19 + "1"
    assert event["dataref"].endswith(f"/alerts/v1/cases/{case}")
    spoken = heard.body.decode() + json.dumps(dict(heard.headers))
    for ref in scene.refs:
        assert not [one for one in (ref, learner_id(ref), handle(ref)) if one in spoken]

    (shown,) = await scene.deliveries(scene.desk, made["id"])
    assert (shown["status"], shown["eventId"], len(shown["attempts"])) == ("DELIVERED", heard.id, 1)
    attempt = shown["attempts"][0]
    assert (attempt["status"], attempt["answer"]) == (200, "ok")
    await scene.drop(scene.desk, made["id"])


async def test_an_owner_hears_what_is_theirs_and_filters_narrow_it(scene: Scene) -> None:
    with receivers(scene.stack, 4) as (desk, elsewhere, coordinator, narrowed):
        names = [
            (scene.desk, (await scene.subscribe(scene.desk, desk.address, types=[]))["id"]),
            (scene.elsewhere, (await scene.subscribe(scene.elsewhere, elsewhere.address))["id"]),
            (scene.coordinator, (await scene.subscribe(scene.coordinator, coordinator.address))["id"]),
        ]
        other = [{"all": [{"prefix": {"type": "nl."}}, {"not": {"exact": {"region": "38"}}}]}]
        made = await scene.subscribe(scene.desk, narrowed.address, filters=other)
        names.append((scene.desk, made["id"]))
        await scene.open_cases(1)
        await until(lambda: len(desk.posts) == 1)
        await scene.stack.settled()
        assert [len(one.posts) for one in (desk, elsewhere, coordinator, narrowed)] == [1, 0, 0, 0]

        hidden = await scene.call(scene.elsewhere, "GET", f"/subscriptions/{made['id']}")
        assert (hidden.status_code, hidden.json()["code"]) == (404, "not-found")
        theirs = await scene.stack.get(scene.elsewhere, "/subscriptions")
        assert [one["id"] for one in theirs["items"]] == [names[1][1]]
        for token, name in names:
            await scene.drop(token, name)


async def test_a_subscription_changes_once_for_each_version(scene: Scene, receiver: Receiver) -> None:
    body = {"sink": receiver.address, "types": [OPENED], "protocolSettings": {"headers": {"X-Key": "1"}}}
    credential = {"credentialType": "ACCESS_TOKEN", "accessToken": "a-token-of-theirs"}
    key = {"idempotency-key": f"subscribe-{uuid4()}"}
    asked = body | {"sinkCredential": credential}
    first = await scene.call(scene.desk, "POST", "/subscriptions", json=asked, headers=key)
    again = await scene.call(scene.desk, "POST", "/subscriptions", json=asked, headers=key)
    other = await scene.call(scene.desk, "POST", "/subscriptions", json=body, headers=key)
    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 409)
    assert first.json() == again.json()
    made = first.json()
    path = f"/subscriptions/{made['id']}"
    assert first.headers["location"].endswith(path)

    read = await scene.call(scene.desk, "GET", path)
    assert not {"secret", "sinkCredential"} & read.json().keys()
    assert "a-token-of-theirs" not in read.text
    tag = {"if-match": read.headers["etag"]}
    assert (await scene.call(scene.desk, "PATCH", path, json={"status": "PAUSED"})).status_code == 428
    paused = await scene.call(scene.desk, "PATCH", path, json={"status": "PAUSED"}, headers=tag)
    assert (paused.status_code, paused.json()["status"]) == (200, "PAUSED")
    stale = await scene.call(scene.desk, "PATCH", path, json={"status": "ACTIVE"}, headers=tag)
    assert (stale.status_code, stale.json()["code"]) == (412, "precondition-failed")

    await scene.open_cases(1)
    await scene.stack.settled()
    assert not receiver.posts
    assert (await scene.call(scene.desk, "POST", f"{path}/test-events")).status_code == 409
    assert (await scene.change(scene.desk, made["id"], status="ACTIVE"))["status"] == "ACTIVE"
    await until(lambda: len(receiver.posts) == 1)
    heard = receiver.posts[0]
    assert heard.headers["authorization"] == "Bearer a-token-of-theirs"
    assert heard.headers["x-key"] == "1"

    assert (await scene.call(scene.desk, "DELETE", path)).status_code == 428
    await scene.drop(scene.desk, made["id"])
    assert (await scene.call(scene.desk, "GET", path)).status_code == 404


async def test_after_a_rotation_both_secrets_verify(scene: Scene, receiver: Receiver) -> None:
    made = await scene.subscribe(scene.desk, receiver.address)
    path = f"/subscriptions/{made['id']}"
    answer = await scene.call(scene.desk, "POST", f"{path}/secrets", headers={"if-match": made["etag"]})
    assert answer.status_code == 201, answer.text
    new = answer.json()["secret"]
    tried = await scene.call(scene.desk, "POST", f"{path}/test-events")
    assert tried.status_code == 202, tried.text
    await until(lambda: len(receiver.posts) == 1)
    (heard,) = receiver.posts
    assert new != made["secret"]
    assert verify(new, heard)
    assert verify(made["secret"], heard)
    assert heard.headers["webhook-signature"].count("v1,") == 2
    assert json.loads(heard.body)["type"] == "nl.school-transitions.subscription.tested.v1"
    listed = (await scene.stack.get(scene.desk, f"{path}/secrets"))["items"]
    assert len(listed) == 2
    assert "secret" not in json.dumps(listed)
    await scene.drop(scene.desk, made["id"])


async def test_what_fails_is_tried_again_under_the_same_id(scene: Scene, receiver: Receiver) -> None:
    made = await scene.subscribe(scene.desk, receiver.address)
    receiver.answers = lambda heard: agrees() if heard.method == "OPTIONS" else Answer(500, body=b"\x00no")
    await scene.open_cases(1)
    await until(lambda: len(receiver.posts) == 1)
    receiver.answers = lambda heard: Answer()
    await until(lambda: len(receiver.posts) == 2)
    first, second = receiver.posts
    assert (first.id, first.body) == (second.id, second.body)
    assert 4 <= second.at - first.at <= 8
    assert verify(made["secret"], second)

    (shown,) = await scene.deliveries(scene.desk, made["id"], eventId=first.id)
    assert [one["status"] for one in shown["attempts"]] == [500, 200]
    assert shown["attempts"][0]["answer"] == "\ufffdno"
    again = await scene.call(scene.desk, "POST", f"/deliveries/{shown['id']}/replays")
    assert again.status_code == 202, again.text
    await until(lambda: len(receiver.posts) == 3)
    assert receiver.posts[2].id == first.id
    found = (await scene.stack.get(scene.desk, f"/deliveries/{shown['id']}/replays"))["items"]
    assert [one["replayOf"] for one in found] == [shown["id"]]
    await scene.drop(scene.desk, made["id"])


async def test_a_receiver_that_is_gone_is_left_alone_and_loses_nothing(
    scene: Scene, receiver: Receiver
) -> None:
    made = await scene.subscribe(scene.desk, receiver.address)
    receiver.answers = lambda heard: agrees() if heard.method == "OPTIONS" else Answer(410)
    await scene.open_cases(1)
    await until(lambda: len(receiver.posts) == 1)
    path = f"/subscriptions/{made['id']}"
    for _ in range(50):
        shown = await scene.stack.get(scene.desk, path)
        if shown["status"] == "DISABLED":
            break
        await asyncio.sleep(0.05)
    assert (shown["status"], shown["statusReason"]) == ("DISABLED", "GONE")
    await scene.open_cases(1)
    await scene.stack.settled()
    assert len(receiver.posts) == 1

    receiver.answers = lambda heard: agrees() if heard.method == "OPTIONS" else Answer()
    assert (await scene.change(scene.desk, made["id"], status="ACTIVE"))["status"] == "ACTIVE"
    await until(lambda: len({one.id for one in receiver.posts}) == 2)
    await scene.drop(scene.desk, made["id"])


async def test_a_receiver_may_ask_for_patience(scene: Scene, receiver: Receiver) -> None:
    made = await scene.subscribe(scene.desk, receiver.address)
    calls = iter([Answer(429, {"retry-after": "8"})])
    receiver.answers = lambda heard: next(calls, Answer())
    await scene.open_cases(2)
    await until(lambda: len(receiver.posts) >= 3, 20)
    first, *others = receiver.posts
    assert first.id in {one.id for one in others}
    assert min(one.at - first.at for one in others if one.id == first.id) >= 8
    await scene.drop(scene.desk, made["id"])


async def test_who_does_not_agree_is_not_called(scene: Scene, receiver: Receiver) -> None:
    receiver.answers = lambda heard: Answer(200)
    made = await scene.subscribe(scene.desk, receiver.address)
    assert (made["status"], made["statusReason"]) == ("PENDING", "NOT_AGREED")
    await scene.open_cases(1)
    await scene.stack.settled()
    assert not receiver.posts
    await scene.drop(scene.desk, made["id"])


async def test_an_administrator_may_have_the_agreement_on_paper(scene: Scene, receiver: Receiver) -> None:
    receiver.answers = lambda heard: Answer(405 if heard.method == "OPTIONS" else 200)
    made = await scene.subscribe(scene.desk, receiver.address)
    assert (made["status"], made["statusReason"]) == ("PENDING", "NOT_AGREED")
    words = ["--role", "region_coordinator", "--region"]
    scopes = ["--scope", "subscriptions:write", "--scope", "admin:write"]
    path, asked = f"/subscriptions/{made['id']}", {"json": {"status": "ACTIVE"}, "headers": {"if-match": "*"}}
    for token, status in (
        (scene.stack.token("--user", "beheer-21", *words, "21", *scopes), 404),
        (scene.stack.token("--user", "beheer-38", *words, "38", *scopes[:2]), 404),
        (scene.stack.token("--user", "beheer-38", *words, "38", *scopes), 200),
    ):
        assert (await scene.call(token, "PATCH", path, **asked)).status_code == status
    await scene.open_cases(1)
    await until(lambda: len(receiver.posts) == 1)
    await scene.drop(scene.desk, made["id"])


@contextmanager
def second_process(stack: Stack) -> Iterator[subprocess.Popen[bytes]]:
    """One more process that delivers, beside the stack's own."""
    folder = Folder(stack.folder)
    plan = folder.plan()
    assert plan is not None
    told = dict(programs.settings(folder, plan, programs.DELIVER))
    told |= {"TRANSFERS_INSTANCE": "2", "TRANSFERS_METRICS__PORT": "0"}
    with subprocess.Popen(
        [sys.executable, "-m", "services", "alerts", "deliver"],
        env=os.environ | told,
        cwd=ROOT,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            yield process
        finally:
            process.terminate()
            process.wait(15)


async def test_two_share_the_work_and_one_may_fall_and_come_back(scene: Scene) -> None:
    with receivers(scene.stack, 3) as found:
        names = [(await scene.subscribe(scene.desk, one.address))["id"] for one in found]
        for one in found:
            one.answers = lambda heard: Answer(seconds=0.2)
        with second_process(scene.stack) as other:
            await started(scene)
            task = asyncio.create_task(scene.open_cases(16))
            await until(lambda: sum(len(one.posts) for one in found) >= 20, 60)
            other.kill()
            other.wait()
            with second_process(scene.stack):
                await task
                for name in names:
                    await delivered(scene, name, 16)
        for one, name in zip(found, names, strict=True):
            assert len({post.id for post in one.posts}) == 16
            assert len(one.posts) - 16 <= 4, "no more than were under way"
            await scene.drop(scene.desk, name)


async def delivered(scene: Scene, name: str, count: int) -> None:
    """Wait until that many deliveries have arrived and are noted; what was sent by who fell comes again."""
    for _ in range(300):
        shown = await scene.deliveries(scene.desk, name)
        if [each["status"] for each in shown] == ["DELIVERED"] * count:
            return
        await asyncio.sleep(0.2)
    raise AssertionError(shown)


async def started(scene: Scene) -> None:
    """The second process lives."""
    conn = await scene.stack.connect()
    for _ in range(300):
        if await conn.fetchval("SELECT 1 FROM platform.process WHERE id = 'alerts-deliver-2'"):
            break
        await asyncio.sleep(0.05)
    await conn.close()


async def test_a_database_that_goes_away_loses_and_repeats_nothing(scene: Scene, receiver: Receiver) -> None:
    """What was answered is remembered until it is written."""
    made = await scene.subscribe(scene.desk, receiver.address)
    receiver.answers = lambda heard: Answer(seconds=0.3)
    conn = await scene.stack.connect()
    end = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'alerts-deliver%'"
    )
    task = asyncio.create_task(scene.open_cases(8))
    for _ in range(10):
        await asyncio.sleep(0.2)
        await conn.execute(end)
    await conn.close()
    await task
    await until(lambda: len({one.id for one in receiver.posts}) == 8, 30)
    await scene.stack.settled()
    assert len(receiver.posts) == 8
    assert [one["status"] for one in await scene.deliveries(scene.desk, made["id"])] == ["DELIVERED"] * 8
    await scene.drop(scene.desk, made["id"])


@pytest.mark.parametrize(
    "sink",
    [
        "http://127.0.0.1:1/hook",
        "https://10.0.0.1/hook",
        "https://user@example.org/hook",
        "https://2130706433/",
        "https://example.org:8080/hook",
        "https://example.org/#part",
    ],
)
async def test_a_sink_inside_is_refused(scene: Scene, sink: str) -> None:
    answer = await scene.call(scene.desk, "POST", "/subscriptions", json={"sink": sink})
    assert answer.status_code == 400, answer.text
    assert [one["pointer"] for one in answer.json()["errors"]] == ["/sink"]


async def test_all_faults_of_a_subscription_are_told_at_once(scene: Scene) -> None:
    body = {
        "sink": "https://example.org/",
        "types": ["x"],
        "filters": [{"exact": {"type": "a"}, "prefix": {"type": "b"}}],
        "protocolSettings": {"headers": {"Authorization": "mine"}},
        "colour": "red",
    }
    answer = await scene.call(scene.desk, "POST", "/subscriptions", json=body)
    assert answer.status_code == 400
    pointers = {one["pointer"] for one in answer.json()["errors"]}
    assert pointers == {"/types/0", "/filters/0", "/protocolSettings/headers", "/colour"}
    privacy = scene.stack.token("--user", "fg", "--role", "privacy_officer", "--region", "38")
    refused = await scene.call(privacy, "POST", "/subscriptions", json={"sink": "https://example.org/"})
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")


async def test_a_kill_in_the_middle_loses_nothing_and_repeats_no_more_than_it_must(
    scene: Scene, receiver: Receiver
) -> None:
    """Each answer takes a while, so that requests are under way when the process is killed."""
    made = await scene.subscribe(scene.desk, receiver.address)
    receiver.answers = lambda heard: Answer(seconds=0.2)
    pid = scene.pid()
    cases = scene.open_cases(24)
    task = asyncio.create_task(cases)
    await until(lambda: len(receiver.posts) >= 6, 60)
    os.kill(pid, signal.SIGKILL)
    await task
    await delivered(scene, made["id"], 24)
    assert len({one.id for one in receiver.posts}) == 24
    assert len(receiver.posts) - 24 <= 4, "no more than were under way"
    shown = await scene.deliveries(scene.desk, made["id"])
    assert sorted(one["sequence"] for one in shown) == [f"{number:020}" for number in range(1, 25)]
    assert scene.pid() != pid
    await scene.drop(scene.desk, made["id"])


async def test_of_twenty_receivers_three_that_fail_hold_up_nobody(scene: Scene) -> None:
    with receivers(scene.stack, 20) as found:
        hangs, fails, dawdles, *quick = found
        names = [(await scene.subscribe(scene.desk, one.address))["id"] for one in found]
        hangs.answers = lambda heard: Answer(seconds=30)
        fails.answers = lambda heard: Answer(503)
        dawdles.answers = lambda heard: Answer(seconds=3)
        await scene.open_cases(10)
        await until(lambda: all(len(one.posts) == 10 for one in quick), 5)
        assert len(hangs.posts) <= 4
        for name in names:
            await scene.drop(scene.desk, name)


async def test_attempts_are_counted(scene: Scene) -> None:
    async with httpx2.AsyncClient() as http:
        text = (await http.get(scene.stack.addresses["metrics"]["alerts-deliver"])).text
    assert 'transfers_deliveries_total{channel="webhook",outcome="delivered"}' in text
    assert 'transfers_outbox_pending{channel="webhook"}' in text


def test_no_pseudonym_in_a_log_of_the_process(scene: Scene) -> None:
    logs = "".join(path.read_text() for path in (scene.stack.folder / "logs").glob("alerts-deliver*"))
    assert "deliver_started" in logs
    assert not [ref for ref in scene.refs if ref in logs]
