"""The people of the demo: what they do follows from the seed and from what waits, and they bear refusals."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest

from services.demo.people import MOST_A_DAY, People

Json = dict[str, Any]
CODES = ("A02", "A06", "A08", "A11", "A13", "A16")
ALERTS = [
    {"alertId": f"a{number:02}", "code": CODES[number % len(CODES)], "revision": 3} for number in range(60)
]
CASES = [
    {"caseId": f"c{number:02}", "status": status, "revision": 7}
    for number, status in enumerate(("NEW", "ASSIGNED", "CONTACTING", "INTAKE", "GUIDANCE") * 8)
]


class Desk:
    """The alerts API as the people see it; it keeps what they asked for."""

    def __init__(self, answer: int = 201) -> None:
        self.asked: list[tuple[str, Json, str, str]] = []
        self._answer = answer

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        if request.method == "GET":
            return httpx2.Response(
                200, json={"items": ALERTS if request.url.path.endswith("alerts") else CASES}
            )
        path = request.url.path.removeprefix("/alerts/v1")
        who = request.headers["authorization"].removeprefix("Bearer ")
        self.asked.append((path, json.loads(request.content), request.headers["if-match"], who))
        return httpx2.Response(self._answer, json={})

    async def day(self, seed: int, day: str = "2026-09-08") -> People:
        async with httpx2.AsyncClient(transport=httpx2.MockTransport(self)) as http:
            people = People(http, "http://alerts", "broker", "desk", "attendance", seed)
            await people.work(day)
            return people


async def test_the_same_seed_and_day_do_the_same_and_another_day_something_else() -> None:
    first, again, tomorrow = Desk(), Desk(), Desk()
    await first.day(1)
    await again.day(1)
    await tomorrow.day(1, "2026-09-09")
    assert first.asked == again.asked
    assert first.asked != tomorrow.asked


async def test_a_day_has_an_end() -> None:
    desk = Desk()
    await desk.day(1)
    for who in ("broker", "attendance"):
        alerts = {path.split("/")[2] for path, _, _, by in desk.asked if by == who}
        assert 0 < len(alerts) <= MOST_A_DAY
    assert len({path.split("/")[2] for path, *_ in desk.asked if path.startswith("/cases")}) <= MOST_A_DAY


async def test_everybody_acts_on_what_they_saw() -> None:
    desk = Desk()
    await desk.day(1)
    assert {who for path, _, _, who in desk.asked if path.startswith("/alerts/")} == {"broker", "attendance"}
    assert {who for path, _, _, who in desk.asked if path.startswith("/cases/")} == {"desk"}
    second = ("/transitions", "/contact-attempts")
    first_look = [seen for path, _, seen, _ in desk.asked if not path.endswith(second)]
    assert set(first_look) == {'"3"', '"7"'}


async def test_the_attendance_desk_calls_about_absence_and_the_broker_leaves_that_alone() -> None:
    desk = Desk()
    await desk.day(1)
    code = {str(one["alertId"]): one["code"] for one in ALERTS}
    about: dict[str, set[str]] = {"broker": set(), "attendance": set()}
    for path, _, _, who in desk.asked:
        if path.startswith("/alerts/"):
            about[who].add(str(code[path.split("/")[2]]))
    assert about["attendance"] == {"A11", "A13"}
    assert about["broker"] == {"A02", "A06", "A08", "A16"}
    calls = [
        (seen, body) for path, body, seen, who in desk.asked if who == "attendance" and "contact" in path
    ]
    assert calls
    assert {seen for seen, _ in calls} == {'"4"'}
    assert all(body["result"] in ("REACHED", "NOT_REACHED") for _, body in calls)


async def test_only_what_a_school_is_working_on_is_put_off_for_two_weeks() -> None:
    desk = Desk()
    for number in range(1, 20):
        await desk.day(number)
    code = {str(one["alertId"]): one["code"] for one in ALERTS}
    put_off = [(path, body) for path, body, _, _ in desk.asked if path.endswith("/snoozes")]
    assert {code[path.split("/")[2]] for path, _ in put_off} == {"A06", "A16"}
    assert {body["until"] for _, body in put_off} == {"2026-09-22"}


async def test_a_case_only_takes_the_next_step_of_its_life() -> None:
    desk = Desk()
    for number in range(20):
        await desk.day(1, f"2026-09-{number + 1:02}")
    status = {str(one["caseId"]): one["status"] for one in CASES}
    steps = {(status[path.split("/")[2]], path.split("/")[3]) for path, *_ in desk.asked if "/cases/" in path}
    assert steps <= {
        ("NEW", "assignments"),
        ("ASSIGNED", "contact-attempts"),
        ("CONTACTING", "contact-attempts"),
        ("CONTACTING", "transitions"),
        ("INTAKE", "transitions"),
        ("GUIDANCE", "transitions"),
    }
    closings = [body for _, body, _, _ in desk.asked if body.get("to") in ("CLOSED", "AFTERCARE")]
    assert closings
    assert all(body["destination"] for body in closings)


@pytest.mark.parametrize("status", [404, 409, 412])
async def test_who_comes_too_late_has_done_nothing(status: int) -> None:
    people = await Desk(status).day(1)
    assert not people.counted


async def test_a_defect_of_the_platform_is_not_passed_over() -> None:
    with pytest.raises(httpx2.HTTPStatusError):
        await Desk(500).day(1)
