"""What people do on a day of the demo: they pick up alerts, call, and move cases. All through the API."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

import httpx2

Json = dict[str, Any]
MOST_A_DAY = 12
"""Actions of one person on one day, at most."""
ABSENCE = ("A11", "A13", "A15")
"""What the attendance desk calls about at once; the broker leaves it alone."""
CAN_WAIT = ("A06", "A16", "A17")
"""What the broker may put off for two weeks, because a school is working on it."""

NEXT: Mapping[str, tuple[str, float]] = {
    "NEW": ("assign", 0.45),
    "ASSIGNED": ("call", 0.45),
    "CONTACTING": ("call", 0.35),
    "INTAKE": ("GUIDANCE", 0.15),
    "GUIDANCE": ("CLOSED", 0.03),
}
"""What a desk does with a case of this status, and how likely on one day."""


class People:
    """The broker and the two desks of the region; `counted` tells what they did."""

    def __init__(
        self, http: httpx2.AsyncClient, alerts: str, broker: str, desk: str, attendance: str, seed: int
    ) -> None:
        self._http = http
        self._base = f"{alerts}/alerts/v1"
        self._broker, self._desk, self._attendance = (
            {"authorization": f"Bearer {token}"} for token in (broker, desk, attendance)
        )
        self._seed = seed
        self.counted: Counter[str] = Counter()

    async def work(self, day: str) -> Counter[str]:
        """One day's work, counted; the same for the same seed and the same alerts."""
        before = self.counted.copy()
        chance = Random(f"{self._seed}/{day}")  # noqa: S311
        alerts = await self._list("/alerts", self._broker, status="RAISED", sort="-raisedAt")
        cases = await self._list("/cases", self._desk, status=list(NEXT), sort="openedAt")
        missed = [one for one in alerts if one["code"] in ABSENCE and chance.random() < 0.5]
        picked = [one for one in alerts if one["code"] not in ABSENCE and chance.random() < 0.4]
        moved = [case for case in cases if self._turn(case, chance)]
        await asyncio.gather(
            *(self._calls_about(one, chance.random() < 0.6) for one in missed[:MOST_A_DAY]),
            *(self._pick_up(one, day, chance.random()) for one in picked[:MOST_A_DAY]),
            *(self._move(one, chance) for one in moved[:MOST_A_DAY]),
        )
        return self.counted - before

    def _turn(self, case: Json, chance: Random) -> bool:
        return chance.random() < NEXT[case["status"]][1]

    async def _pick_up(self, alert: Json, day: str, luck: float) -> None:
        """The broker takes an alert on, or gives a school two weeks more."""
        path = f"/alerts/{alert['alertId']}"
        if alert["code"] in CAN_WAIT and luck < 0.3:
            until = date.fromisoformat(day) + timedelta(weeks=2)
            wait = {"until": until.isoformat(), "reason": "SCHOOL_IS_CHECKING"}
            if await self._do(f"{path}/snoozes", alert, self._broker, wait):
                self.counted["put off"] += 1
        elif await self._do(f"{path}/acknowledgements", alert, self._broker, {}):
            self.counted["picked up"] += 1

    async def _calls_about(self, alert: Json, reached: bool) -> None:
        """The attendance desk takes an alert on, and calls the learner or the parents."""
        path = f"/alerts/{alert['alertId']}"
        if await self._do(f"{path}/acknowledgements", alert, self._attendance, {}):
            self.counted["picked up"] += 1
            result = {"result": "REACHED" if reached else "NOT_REACHED"}
            fresh = {"revision": alert["revision"] + 1}
            if await self._do(f"{path}/contact-attempts", fresh, self._attendance, result):
                self.counted["calls"] += 1

    async def _move(self, case: Json, chance: Random) -> None:
        step = NEXT[case["status"]][0]
        path = f"/cases/{case['caseId']}"
        if step == "assign":
            done = await self._do(f"{path}/assignments", case, self._desk, {})
        elif step == "call":
            reached = case["status"] == "CONTACTING" and chance.random() < 0.5
            result = {"result": "REACHED" if reached else "NOT_REACHED"}
            done = await self._do(f"{path}/contact-attempts", case, self._desk, result)
            if done and reached:
                fresh = {"revision": case["revision"] + 1}
                await self._do(f"{path}/transitions", fresh, self._desk, {"to": "INTAKE"})
        elif step == "CLOSED":
            to = {
                "to": chance.choice(("AFTERCARE", "CLOSED")),
                "destination": chance.choice(("LEARN_WORK", "EDUCATION_FULLTIME")),
            }
            done = await self._do(f"{path}/transitions", case, self._desk, to)
        else:
            done = await self._do(f"{path}/transitions", case, self._desk, {"to": step})
        if done:
            self.counted["calls" if step == "call" else "moves"] += 1

    async def _do(self, path: str, thing: Json, who: Mapping[str, str], body: Json) -> bool:
        """Ask for one action; False when somebody or something was first."""
        answer = await self._http.post(
            self._base + path, json=body, headers={**who, "if-match": f'"{thing["revision"]}"'}
        )
        if answer.status_code in (404, 409, 412):
            return False
        answer.raise_for_status()
        return True

    async def _list(self, path: str, who: Mapping[str, str], **query: str | Sequence[str]) -> list[Json]:
        answer = await self._http.get(self._base + path, params={"limit": "200", **query}, headers=who)
        found: list[Json] = answer.raise_for_status().json()["items"]
        return found
