"""The desk on the running platform: an officer sees what is theirs, acts once, and is written down."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx2
import pytest

from shared.domain.ids import handle, learner_id
from tests.stack.running import Stack

pytestmark = [pytest.mark.stack, pytest.mark.timeout(120)]

Json = dict[str, Any]

SOURCE = "urn:nld:oin:00000099000000001000:systeem:desk-story"
REF = "desk" + "_" * 39
SCHOOL, COLLEGE = "88XA", "88XB"


@dataclass
class Scene:
    """The platform with one learner in region 38, and tokens of who looks."""

    stack: Stack
    desk: str
    broker: str
    elsewhere: str
    case: Json

    async def call(self, token: str, method: str, path: str, **more: Any) -> httpx2.Response:
        """One request to the API."""
        headers = {"authorization": f"Bearer {token}"} | more.pop("headers", {})
        async with httpx2.AsyncClient(base_url=self.stack.addresses["alerts"], timeout=30) as http:
            return await http.request(method, f"/alerts/v1{path}", headers=headers, **more)

    async def fetch(self, statement: str, *values: object) -> list[Any]:
        """What stands in the database."""
        conn = await self.stack.connect()
        try:
            return list(await conn.fetch(statement, *values))
        finally:
            await conn.close()


@pytest.fixture(scope="module")
def scene(stack: Stack) -> Scene:
    """A school lists a learner; the desk opens a case by hand, and the clock does not move."""
    stack.import_institutions(
        [
            {"org": SCHOOL, "role": "vo_school", "name": "Vmbo Desk", "sites": [site(f"{SCHOOL}00")]},
            {"org": COLLEGE, "role": "mbo_institution", "name": "ROC Desk", "sites": [site(f"{COLLEGE}00")]},
        ]
    )
    token = stack.add_client("desk-story", [SOURCE], [SCHOOL, COLLEGE])
    scene = Scene(
        stack,
        stack.officer("rmc_desk", "38"),
        stack.officer("vsv_broker", "38"),
        stack.officer("rmc_desk", "21"),
        {},
    )
    asyncio.run(begin(scene, token))
    return scene


def site(code: str) -> Json:
    """A site in Roermond."""
    return {"site": code, "municipality": "0957", "holidayRegion": "zuid"}


async def begin(scene: Scene, token: str) -> None:
    """Post, settle, and open the case."""
    results = await scene.stack.post(token, [listed(await now(scene))])
    assert results[0]["outcome"] == "accepted", results
    await scene.stack.settled()
    asked = {"role": "rmc_desk", "region": "38", "studentRef": REF, "transitionYear": 2026, "action": "open"}
    body = asked | {"at": "2025-10-01T06:00:00Z"}
    answer = await scene.call(scene.desk, "POST", "/actions", json=body)
    assert answer.status_code == 201, answer.text
    scene.case = answer.json()


async def now(scene: Scene) -> datetime:
    """Domain time."""
    moment: datetime = (await scene.fetch("SELECT platform.now() AS now"))[0]["now"]
    return moment


def listed(at: datetime) -> Json:
    """The school expects this learner to move."""
    return {
        "specversion": "1.0",
        "id": "desk-1",
        "source": SOURCE,
        "type": "nl.school-transitions.vo.learner.listed.v1",
        "time": at.isoformat(),
        "data": {
            "studentRef": REF,
            "keyVersion": 1,
            "transitionYear": 2026,
            "senderOrg": SCHOOL,
            "occurredAt": at.isoformat(),
            "voSite": f"{SCHOOL}00",
            "voType": "VMBO_KB",
            "grade": 4,
            "birthDate": "2009-11-20",
            "municipality": "0957",
            "expectedDestination": "MBO",
        },
    }


async def test_an_event_stands_in_the_timeline(scene: Scene) -> None:
    found = await scene.stack.get(scene.broker, f"/learners/{learner_id(REF)}")
    assert found["handle"] == handle(REF)
    assert [year["state"] for year in found["years"]] == ["EXPECTED"]
    line = found["timeline"][0]
    assert (line["eventId"], line["sender"], line["senderName"]) == ("desk-1", SCHOOL, "Vmbo Desk")
    assert line["standing"] == "counts"
    assert {"occurredAt", "recordedAt", "receivedAt"} <= line.keys()


async def test_a_learner_is_found_by_handle_or_reference(scene: Scene) -> None:
    for wanted in ({"handle": handle(REF).lower()}, {"studentRef": REF}):
        answer = await scene.call(scene.desk, "POST", "/learners/_search", json=wanted)
        assert [one["learnerId"] for one in answer.json()["items"]] == [learner_id(REF)]
    both = await scene.call(scene.desk, "POST", "/learners/_search", json={"handle": "A", "studentRef": REF})
    assert (both.status_code, both.json()["code"]) == (400, "invalid-input")


async def test_elsewhere_nothing_is_there(scene: Scene) -> None:
    for path in (f"/learners/{learner_id(REF)}", f"/cases/{scene.case['caseId']}"):
        answer = await scene.call(scene.elsewhere, "GET", path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
    listed = await scene.call(scene.elsewhere, "GET", "/cases")
    assert listed.json() == {"items": []}


async def test_a_case_moves_once_for_each_version(scene: Scene) -> None:
    path = f"/cases/{scene.case['caseId']}"
    case = await scene.call(scene.desk, "GET", path)
    tag = {"if-match": case.headers["etag"]}
    assert case.json()["status"] == "NEW"
    assert (await scene.call(scene.desk, "POST", f"{path}/assignments")).status_code == 428

    key = {"idempotency-key": "assign-once"}
    first = await scene.call(scene.desk, "POST", f"{path}/assignments", headers=tag | key)
    again = await scene.call(scene.desk, "POST", f"{path}/assignments", headers=tag | key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    other = await scene.call(
        scene.desk, "POST", f"{path}/contact-attempts", headers=tag | key, json={"result": "REACHED"}
    )
    assert (other.status_code, other.json()["code"]) == (409, "conflict")

    stale = await scene.call(
        scene.desk, "POST", f"{path}/contact-attempts", headers=tag, json={"result": "NOT_REACHED"}
    )
    assert (stale.status_code, stale.json()["code"]) == (412, "precondition-failed")
    called = await scene.call(
        scene.desk,
        "POST",
        f"{path}/contact-attempts",
        headers={"if-match": first.headers["etag"]},
        json={"result": "NOT_REACHED"},
    )
    assert called.status_code == 201, called.text
    assert called.headers["location"].endswith(called.json()["actionId"])
    after = await scene.call(scene.desk, "GET", path)
    assert (after.json()["status"], after.headers["etag"]) == ("CONTACTING", called.headers["etag"])
    same = await scene.call(scene.desk, "GET", path, headers={"if-none-match": after.headers["etag"]})
    assert (same.status_code, same.content) == (304, b"")

    illegal = await scene.call(
        scene.desk,
        "POST",
        f"{path}/transitions",
        headers={"if-match": after.headers["etag"]},
        json={"to": "GUIDANCE"},
    )
    assert (illegal.status_code, illegal.json()["code"]) == (409, "illegal-move")
    told = await scene.stack.get(scene.desk, f"{path}/contact-attempts")
    assert sorted(one["outcome"] for one in told["items"]) == ["done", "refused"]


async def test_nobody_acts_in_the_name_of_another(scene: Scene) -> None:
    body = {
        "at": "2025-10-01T06:00:00Z",
        "role": "vsv_broker",
        "region": "38",
        "studentRef": REF,
        "transitionYear": 2026,
        "action": "open",
    }
    answer = await scene.call(scene.desk, "POST", "/actions", json=body)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


async def test_what_was_done_can_be_replayed(scene: Scene) -> None:
    found = await scene.stack.get(scene.desk, "/actions", learnerId=learner_id(REF))
    own = found["items"]
    assert sorted(one["action"] for one in own) == ["assign", "contact-attempt", "open"]
    assert all({"at", "role", "region", "transitionYear"} <= one.keys() for one in own)
    path = f"/actions?learnerId={learner_id(REF)}"
    lines = await scene.call(scene.desk, "GET", path, headers={"accept": "application/jsonl"})
    assert [json.loads(line) for line in lines.text.splitlines()] == own


async def test_every_look_is_written_down(scene: Scene) -> None:
    count = "SELECT count(*) AS n FROM alerts.access_log WHERE action = 'read-learner' AND learners = $1"
    before = (await scene.fetch(count, [REF]))[0]["n"]
    await scene.stack.get(scene.desk, f"/learners/{learner_id(REF)}")
    assert (await scene.fetch(count, [REF]))[0]["n"] == before + 1


async def test_no_row_in_the_access_log_no_answer(scene: Scene) -> None:
    await scene.fetch("REVOKE INSERT ON alerts.access_log FROM alerts_web")
    try:
        answer = await scene.call(scene.desk, "GET", f"/learners/{learner_id(REF)}")
    finally:
        await scene.fetch("GRANT INSERT ON alerts.access_log TO alerts_web")
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert REF not in answer.text


async def test_a_question_is_checked_as_a_whole(scene: Scene) -> None:
    answer = await scene.call(scene.desk, "GET", "/alerts?code=X&limit=0&colour=red&cursor=abc")
    assert answer.headers["content-type"] == "application/problem+json"
    assert [one["parameter"] for one in answer.json()["errors"]] == ["code", "limit", "colour"]
    assert (await scene.call(scene.desk, "GET", "/alerts?cursor=abc")).status_code == 400
    assert (await scene.call(scene.desk, "GET", "/alerts/")).status_code == 404
    assert (await scene.call("no-token", "GET", "/alerts")).status_code == 401
    assert (await scene.call(scene.desk, "HEAD", "/cases")).content == b""
    odd = {"content-type": "text/plain"}
    assert (
        await scene.call(scene.desk, "POST", "/learners/_search", content="x", headers=odd)
    ).status_code == 415
    picture = {"accept": "image/png"}
    assert (await scene.call(scene.desk, "GET", "/cases", headers=picture)).status_code == 406


async def test_an_officer_signs_in_reads_and_signs_out(scene: Scene) -> None:
    """The whole round through the issuer, as a browser makes it."""
    address = scene.stack.addresses["alerts"]
    async with httpx2.AsyncClient(timeout=30, follow_redirects=True) as http:
        asked = await http.get(f"{address}/desk/learners/{learner_id(REF)}")
        assert "Aanmelden" in asked.text
        start = re.search(r'href="(/desk/sign-in/start[^"]*)"', asked.text)
        assert start is not None
        choose = await http.get(address + start[1].replace("&amp;", "&"))
        person = next(
            link
            for link in re.findall(r'href="(/authorize[^"]*)"', choose.text)
            if "person=rmc_desk-38" in link
        )
        page = await http.get(scene.stack.addresses["issuer"] + person.replace("&amp;", "&"))
        assert str(page.url).endswith(f"/desk/learners/{learner_id(REF)}")
        assert handle(REF) in page.text
        assert "Op de lijst van verwachte overstappers" in page.text
        assert REF not in page.text
        assert "default-src 'none'" in page.headers["content-security-policy"]
        cases = await http.get(f"{address}/desk/cases")
        while handle(REF) not in cases.text:
            onwards = re.search(r'href="([^"]*)" rel="next"', cases.text)
            assert onwards is not None
            cases = await http.get(address + onwards[1].replace("&amp;", "&"))

        token = re.search(r'name="csrf" value="([^"]+)"', page.text)
        assert token is not None
        assert (await http.post(f"{address}/desk/sign-out", data={"csrf": "wrong"})).status_code == 403
        left = await http.post(f"{address}/desk/sign-out", data={"csrf": token[1]})
        assert "U bent uitgelogd" in left.text
        assert "Aanmelden" in (await http.get(f"{address}/desk/cases")).text
