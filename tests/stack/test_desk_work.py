"""An officer at work on the running platform: what is pressed on a page is done, once, and becomes a fact."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import unescape
from typing import Any

import httpx2
import pytest

from shared.domain.ids import learner_id
from tests.stack.running import Stack

pytestmark = [pytest.mark.stack, pytest.mark.timeout(180)]

Json = dict[str, Any]

SOURCE = "urn:nld:oin:00000099000000001000:systeem:work-story"
REF = "work" + "_" * 39
SCHOOL = "88XD"


@pytest.fixture(scope="module")
def desk(stack: Stack) -> str:
    """A token of the desk; a school has sent its list."""
    site = {"site": f"{SCHOOL}00", "municipality": "0957", "holidayRegion": "zuid"}
    stack.import_institutions([{"org": SCHOOL, "role": "vo_school", "name": "Vmbo Werk", "sites": [site]}])
    return stack.officer("rmc_desk", "38")


@asynccontextmanager
async def signed_in(stack: Stack) -> AsyncIterator[httpx2.AsyncClient]:
    """A browser in which the officer of region 38 has signed in at the issuer."""
    address = stack.addresses["alerts"]
    async with httpx2.AsyncClient(base_url=address, timeout=30, follow_redirects=True) as http:
        asked = await http.get("/desk/cases")
        start = re.search(r'href="(/desk/sign-in/start[^"]*)"', asked.text)
        assert start is not None
        choose = await http.get(unescape(start[1]))
        people = re.findall(r'href="(/authorize[^"]*)"', choose.text)
        person = next(one for one in people if "person=rmc_desk-38" in one)
        await http.get(stack.addresses["issuer"] + unescape(person))
        yield http


def carried(page: str, action: str) -> dict[str, str]:
    """The hidden fields of the form that is sent to this address."""
    form = page[page.index(f'action="{action}"') :]
    found = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form[: form.index("</form>")])
    return {name: unescape(value) for name, value in found}


async def call(stack: Stack, token: str, method: str, path: str, **more: Any) -> httpx2.Response:
    """One request to the API."""
    async with httpx2.AsyncClient(base_url=stack.addresses["alerts"], timeout=30) as http:
        headers = {"authorization": f"Bearer {token}"}
        return await http.request(method, f"/alerts/v1{path}", headers=headers, **more)


async def opened(stack: Stack, desk: str) -> str:
    """A learner is on the list, and the desk opens a case by hand; returns its id."""
    conn = await stack.connect()
    now = (await conn.fetchval("SELECT platform.now()")).isoformat()
    await conn.close()
    told = {
        "studentRef": REF,
        "keyVersion": 1,
        "transitionYear": 2026,
        "senderOrg": SCHOOL,
        "occurredAt": now,
        "voSite": f"{SCHOOL}00",
        "voType": "VMBO_KB",
        "grade": 4,
        "birthDate": "2009-11-20",
        "municipality": "0957",
        "expectedDestination": "MBO",
    }
    event = {"specversion": "1.0", "id": "work-1", "source": SOURCE, "time": now, "data": told}
    event["type"] = "nl.school-transitions.vo.learner.listed.v1"
    client = stack.add_client("work-story", [SOURCE], [SCHOOL])
    results = await stack.post(client, [event])
    assert results[0]["outcome"] == "accepted", results
    await stack.settled()
    asked = {"at": now, "role": "rmc_desk", "region": "38", "studentRef": REF, "transitionYear": 2026}
    answer = await call(stack, desk, "POST", "/actions", json=asked | {"action": "open"})
    assert answer.status_code == 201, answer.text
    case_id: str = answer.json()["caseId"]
    return case_id


async def test_what_is_pressed_is_done_once_and_becomes_a_fact(stack: Stack, desk: str) -> None:
    case_id = await opened(stack, desk)
    case = f"/desk/cases/{case_id}"
    async with signed_in(stack) as http:
        page = await http.get(case)
        assign = carried(page.text, f"{case}/assignments")
        form = await http.get(f"{case}/contact-attempts")
        seen_before = carried(form.text, f"{case}/contact-attempts")

        done = await http.post(f"{case}/assignments", data=assign)
        assert str(done.url).endswith(f"{case}?done=saved#bericht")
        assert "Opgeslagen." in done.text
        assert "toegewezen" in done.text

        typed = {"result": "NOT_REACHED", "date": "1-10-2025"}
        stale = await http.post(f"{case}/contact-attempts", data=seen_before | typed)
        assert stale.status_code == 412
        assert "Toegewezen" in stale.text
        assert 'value="1-10-2025"' in stale.text
        onwards = carried(stale.text, f"{case}/contact-attempts") | typed
        for _ in range(2):  # pressed twice
            done = await http.post(f"{case}/contact-attempts", data=onwards)
            assert done.status_code == 200
        assert "Niet bereikt (poging 1)" in done.text
        assert "poging 2" not in done.text
        refused = await http.post(f"{case}/contact-attempts", data=onwards | {"csrf": "wrong"})
        assert refused.status_code == 403

    found = await call(stack, desk, "GET", f"/cases/{case_id}")
    assert found.json()["status"] == "CONTACTING"
    await stack.settled()
    told = await stack.get(desk, f"/learners/{learner_id(REF)}")
    assert [one["type"] for one in told["timeline"]].count("contact.recorded") == 1
    actions = await stack.get(desk, "/actions", learnerId=learner_id(REF))
    own = [one["action"] for one in actions["items"]]
    assert sorted(own) == ["assign", "contact-attempt", "open"]
