"""The stories, posted over HTTP while the clock moves: the platform says what `transfers replay` says.

Each story is told as written, shuffled (the events of one clock moment in another order) and doubled (every
event sent twice); where nobody acts also scattered (everything at the last moment, in any order). All on one
timeline, and on the way each process is killed once with SIGKILL.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

import asyncpg
import httpx2
import pytest

from services.stack.fault import StackFault
from shared.domain.ids import learner_id
from shared.runtime.codec import decode_record
from tests.stack.cast import SCATTERED, TELLINGS, Cast, Json, casts, stories
from tests.stack.running import TRUST, Stack

pytestmark = [pytest.mark.stack, pytest.mark.timeout(600)]

STORIES = stories()
CASTS = casts(STORIES)
KILLED = ("registration-web", "placement", "alerts-worker", "alerts-web", "issuer", "kafka", "postgres")
IN_ORDER = [number for number, cast in enumerate(CASTS) if cast.telling != SCATTERED]
OF_INSTITUTIONS = [number for number in IN_ORDER if "expectInstitutions" in STORIES[CASTS[number].story]]
ANYHOW = [number for number, cast in enumerate(CASTS) if cast.telling == SCATTERED]
SEED = 38
Answer = TypeVar("Answer")
CASE = (
    "caseId",
    "status",
    "openedAt",
    "region",
    "alerts",
    "flags",
    "closedAt",
    "closedReason",
    "destination",
)
OF_A_LIST = frozenset({"title", "firstStep", "learnerId", "studentRef", "handle", "revision"})
"""What the list of alerts says of each beside the alert itself."""

DESKS = ("rmc_desk", "leerplicht_desk")
REGIONS = ("38", "37", "21")


def moment(text: str) -> datetime:
    """A moment of a story."""
    return datetime.fromisoformat(text)


AT_ONCE = 8
"""So many requests go side by side, as from so many systems and desks."""


async def together_at_most(count: int, work: Sequence[Awaitable[None]]) -> None:
    """Do all of it, so many at a time."""
    room = asyncio.Semaphore(count)

    async def in_turn(one: Awaitable[None]) -> None:
        async with room:
            await one

    await asyncio.gather(*map(in_turn, work))


@dataclass
class Diary:
    """What was posted for one telling, and what the platform showed at each expected moment.

    `seen` is of learners, `told` of institutions.
    """

    cast: Cast
    events: list[Json] = field(default_factory=list)
    seen: dict[tuple[str, str], Json | None] = field(default_factory=dict)
    told: dict[tuple[str, str], list[Json]] = field(default_factory=dict)


async def patiently(work: Callable[[], Awaitable[Answer]]) -> Answer:
    """Try again while the platform is being killed, as whoever uses it would; at most a minute."""
    for _ in range(120):
        try:
            return await work()
        except (
            OSError,
            httpx2.HTTPError,
            asyncpg.PostgresError,
            asyncpg.InterfaceError,
            StackFault,
        ) as fault:
            last = fault
            await asyncio.sleep(0.5)
    raise AssertionError(f"not back within a minute: {last!r}")


class Timeline:
    """Plays every telling of every story in one pass."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.chance = random.Random(SEED)
        self.diaries = [Diary(cast) for cast in CASTS]
        self.token = ""
        self.officers: dict[tuple[str, str], str] = {}
        self.kills = list(KILLED)

    def prepare(self) -> None:
        """Register every institution, one client that may speak for all, and an officer per region."""
        institutions = [
            cast.rename(one)
            for cast in CASTS
            for one in STORIES[cast.story]["institutions"]
            if not one["org"].startswith("RMC")
        ]
        self.stack.import_institutions(institutions)
        sources = sorted(
            {cast.rename(told["post"]["source"]) for cast in CASTS for told in STORIES[cast.story]["events"]}
        )
        orgs = sorted({one["org"] for one in institutions} | {f"RMC{region}" for region in REGIONS})
        self.token = self.stack.add_client("stories", sources, orgs)
        for region in REGIONS:
            self.officer("rmc_desk", region)

    def moments(self) -> list[datetime]:
        """Every clock moment at which a story posts, acts or looks."""
        found = {
            moment(told["at"])
            for story in STORIES.values()
            for part in ("events", "actions", "expect", "expectInstitutions")
            for told in story.get(part, ())
        }
        return sorted(found)

    async def play(self) -> None:
        """All of it, in order of time."""
        steps = self.moments()
        every = max(1, len(steps) // (len(self.kills) + 1))
        for number, at in enumerate(steps, start=1):
            await patiently(partial(self.stack.clock_to, at))
            killing = number % every == 0 and bool(self.kills)
            await asyncio.gather(self.post(at), *([self.kill(self.kills.pop(0))] if killing else []))
            await patiently(partial(self.stack.settled, 90))
            await self.act(at)
            await self.look(at)

    async def post(self, at: datetime) -> None:
        """Post what every telling has for this moment, several at a time."""
        batches = []
        for diary in self.diaries:
            told = [diary.cast.rename(event) for event in due(diary.cast, at)]
            diary.events += told
            if diary.cast.telling in ("shuffled", SCATTERED):
                self.chance.shuffle(told)
            if diary.cast.telling == "doubled":
                told = [event for event in told for _ in range(2)]
            if told:
                batches.append(self.deliver(told))
        await together_at_most(AT_ONCE, batches)

    async def deliver(self, events: list[Json]) -> None:
        """Send until every item is accepted: what a sender does while the platform is being killed."""
        for _ in range(60):
            try:
                results = await self.stack.post(self.token, events)
            except (httpx2.HTTPError, AssertionError, ValueError):
                await asyncio.sleep(0.5)
                continue
            refused = [one for one in results if one["outcome"] == "rejected"]
            permanent = [one for one in refused if one["problem"]["status"] < 500]
            assert not permanent, permanent
            if not refused:
                return
            await asyncio.sleep(0.5)
        raise AssertionError("the door stayed shut for 30 seconds")

    async def kill(self, program: str) -> None:
        """SIGKILL one process while it is busy."""
        await asyncio.sleep(0.02)
        processes = json.loads(self.stack.run("stack", "status", "--json"))["processes"]
        os.kill(processes[program], signal.SIGKILL)

    async def act(self, at: datetime) -> None:
        """Do what people do at this moment, through the API."""
        asked = [
            diary.cast.rename(action)
            for diary in self.diaries
            for action in STORIES[diary.cast.story].get("actions", ())
            if moment(action["at"]) == at
        ]
        for number, action in enumerate(asked):
            await patiently(partial(self.ask, action, f"{at:%Y%m%dT%H%M}-{number}"))
        if asked:
            await patiently(partial(self.stack.settled, 90))

    async def ask(self, action: Json, key: str) -> None:
        """One action of one person: the same as a line of `transfers replay --actions`."""
        token = self.officer(action["role"], place_of(action))
        async with httpx2.AsyncClient(timeout=30, verify=TRUST) as http:
            answer = await http.post(
                f"{self.stack.addresses['alerts']}/alerts/v1/actions",
                json=action,
                headers={"authorization": f"Bearer {token}", "idempotency-key": key},
            )
        if answer.status_code == 503:
            raise httpx2.ConnectError("the platform asks to try again")
        assert answer.status_code in (201, 202, 409), (action, answer.text)

    def officer(self, role: str, place: str) -> str:
        """A token of a person with this role, in this region or at this organisation."""
        if (role, place) not in self.officers:
            option = "--region" if place.isdigit() else "--org"
            words = ("--user", f"{role}-{place}", "--role", role, option, place)
            self.officers[role, place] = self.stack.token(*words)
        return self.officers[role, place]

    async def look(self, at: datetime) -> None:
        """Read every learner and institution of which a story expects something at this moment."""
        reads = []
        for diary in self.diaries:
            if diary.cast.telling == SCATTERED:
                continue
            story = STORIES[diary.cast.story]
            reads += [self.see(diary, one) for one in story["expect"] if moment(one["at"]) == at]
            watched = story.get("expectInstitutions", ())
            reads += [self.hear(diary, one) for one in watched if moment(one["at"]) == at]
        await together_at_most(AT_ONCE, reads)

    async def see(self, diary: Diary, expected: Json) -> None:
        """Read one learner."""
        ref = diary.cast.rename(expected["learner"])
        diary.seen[expected["at"], expected["learner"]] = await patiently(partial(self.read, ref))

    async def hear(self, diary: Diary, expected: Json) -> None:
        """Read what there is about one institution."""
        org = diary.cast.rename(expected["org"])
        diary.told[expected["at"], expected["org"]] = await patiently(partial(self.about, org))

    async def about(self, org: str) -> list[Json]:
        """The alerts about one institution, as the desks of the regions see them, in the order of raising."""
        found: list[Json] = []
        for region in REGIONS:
            listed = await self.view(self.officer("rmc_desk", region), "/alerts", org=org, limit="200")
            found += listed["items"] if listed else []
        return sorted(found, key=lambda one: (one["raisedAt"], one["code"], one.get("site", "")))

    async def read(self, ref: str) -> Json | None:
        """One learner as the desk of a region sees it, with what other regions kept of their own.

        None when no region sees it any more.
        """
        views: list[Json] = []
        left: dict[str, list[Json]] = {"alerts": [], "cases": []}
        for region in REGIONS:
            token = self.officer("rmc_desk", region)
            view = await self.view(token, f"/learners/{learner_id(ref)}")
            views += [view] if view else []
            for what, kept in left.items():
                listed = await self.view(token, f"/{what}", learnerId=learner_id(ref), limit="200")
                kept += listed["items"] if listed else []
        return together(views, left) if views else None

    async def view(self, token: str, path: str, **query: str) -> Json | None:
        """One resource; None for what is not this officer's."""
        try:
            return await self.stack.get(token, path, **query)
        except AssertionError as refused:
            if ": 503 " in str(refused):
                raise httpx2.ConnectError("the platform asks to try again") from refused
            if ": 404 " not in str(refused):
                raise
        return None

    async def replayed(self, folder: Path) -> Json:
        """What `transfers replay` makes of exactly what was accepted and done."""
        received = await self.received()
        events = [event for diary in self.diaries for event in diary.events]
        told = learners_of(events)
        institutions = [
            one
            for diary in self.diaries
            for one in diary.cast.rename(STORIES[diary.cast.story]["institutions"])
        ]
        for name, lines in (
            (
                "events",
                [event | {"receivedtime": received[event["source"], event["id"]]} for event in events],
            ),
            ("actions", [one for one in await self.actions() if one["studentRef"] in told]),
            ("institutions", institutions),
        ):
            (folder / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
        at = self.moments()[-1] + timedelta(minutes=1)
        words = ["replay", str(folder / "events.jsonl"), "--actions", str(folder / "actions.jsonl"), "--json"]
        words += ["--institutions", str(folder / "institutions.jsonl"), "--at", at.isoformat()]
        document: Json = json.loads(self.stack.run(*words))
        return document

    async def received(self) -> dict[tuple[str, str], str]:
        """When each event became known, as its learner's record has it.

        A receipt may say a later moment: when an answer was lost and the event was sent again, the first
        copy in the log counts.
        """
        connection = await self.stack.connect()
        try:
            receipts = await connection.fetch(
                "SELECT source, event_id, received_at FROM registration.receipt"
            )
            bodies = await connection.fetch("SELECT body FROM placement.learner")
        finally:
            await connection.close()
        known = {(row["source"], row["event_id"]): row["received_at"] for row in receipts}
        for row in bodies:
            for year in decode_record(row["body"]).years.values():
                known |= {one.identity: one.received_at for chain in year.chains.values() for one in chain}
                known |= {(stone.source, stone.by): stone.received_at for stone in year.tombstones}
        return {name: at.isoformat() for name, at in known.items()}

    async def actions(self) -> list[Json]:
        """Everything that people did, as the API exports it."""
        found: list[Json] = []
        for region in REGIONS:
            token = self.officer("rmc_desk", region)
            found += await self.stack.everything(token, "/actions", **{"from": "2025-10-01T00:00:00Z"})
        return found


@pytest.fixture(scope="module")
def timeline(stack: Stack) -> Timeline:
    """Everything played once; the tests look at what came of it."""
    line = Timeline(stack)
    line.prepare()
    asyncio.run(line.play())
    return line


@pytest.fixture(scope="module")
def oracle(timeline: Timeline, tmp_path_factory: pytest.TempPathFactory) -> Json:
    """What `transfers replay` says in the end."""
    return asyncio.run(timeline.replayed(tmp_path_factory.mktemp("told")))


@pytest.fixture(scope="module")
def judged(oracle: Json) -> dict[str, Json]:
    """The oracle's view of every learner."""
    return {one["studentRef"]: one for one in oracle["learners"]}


@pytest.fixture(scope="module")
def watched(oracle: Json) -> dict[str, list[Json]]:
    """The oracle's view of every institution."""
    return {one["org"]: one["alerts"] for one in oracle["institutions"]}


def due(cast: Cast, at: datetime) -> list[Json]:
    """What a telling posts at a moment; a scattered one has only one."""
    events = STORIES[cast.story]["events"]
    if cast.telling == SCATTERED:
        last = max(moment(told["at"]) for told in events)
        return [told["post"] for told in events] if at == last else []
    return [told["post"] for told in events if moment(told["at"]) == at]


def learners_of(events: Iterable[Json]) -> set[str]:
    """The learners of whom these events speak; a calendar speaks of none."""
    return {event["data"]["studentRef"] for event in events if "studentRef" in event["data"]}


def named(cast: Cast) -> str:
    """The name of a telling, for the report."""
    return f"{cast.story}, {cast.telling}"


@pytest.mark.parametrize("number", IN_ORDER, ids=[named(CASTS[number]) for number in IN_ORDER])
async def test_the_platform_tells_the_story(timeline: Timeline, number: int) -> None:
    """At each named date the state, the alerts and the cases are those of the story."""
    diary = timeline.diaries[number]
    for expected in STORIES[diary.cast.story]["expect"]:
        seen = diary.seen[expected["at"], expected["learner"]]
        where = f"{expected['learner']} at {expected['at']}"
        if expected["state"] is None:  # the reference leads to another one
            assert seen is None, where
            continue
        assert seen is not None, where
        shown = year_of(seen, expected.get("transitionYear", 2026))
        assert shown.get("state") == expected["state"], where
        shown["cases"].sort(key=lambda case: (case["openedAt"], case["status"]))
        for what in ("alerts", "cases"):
            told = diary.cast.rename(expected[what])
            wanted = [alike(one, one) for one in told]
            found = [alike(one, there) for one, there in zip(told, shown[what], strict=False)]
            assert (found, len(shown[what])) == (wanted, len(wanted)), where


@pytest.mark.parametrize("number", OF_INSTITUTIONS, ids=[named(CASTS[number]) for number in OF_INSTITUTIONS])
def test_the_platform_says_what_institutions_should_have_sent(timeline: Timeline, number: int) -> None:
    """At each named date the alerts about an institution are those of the story."""
    diary = timeline.diaries[number]
    for expected in STORIES[diary.cast.story]["expectInstitutions"]:
        shown = diary.told[expected["at"], expected["org"]]
        where = f"{expected['org']} at {expected['at']}"
        alerts = diary.cast.rename(expected["alerts"])
        wanted = [alike(one, one) for one in alerts]
        found = [alike(one, there) for one, there in zip(alerts, shown, strict=False)]
        assert (found, len(shown)) == (wanted, len(wanted)), where


@pytest.mark.parametrize("number", range(len(CASTS)), ids=[named(cast) for cast in CASTS])
async def test_the_platform_agrees_with_replay_about_institutions(
    timeline: Timeline, watched: dict[str, list[Json]], number: int
) -> None:
    """In the end the same alerts stand about every institution; moments of receipt agree to the minute."""
    cast = CASTS[number]
    for told in STORIES[cast.story]["institutions"]:
        if told["role"] in DESKS:
            continue
        org = cast.rename(told["org"])
        found, wanted = await timeline.about(org), watched.get(org, [])
        assert [alike(one, there) for one, there in zip(wanted, found, strict=False)] == [
            alike(one, one) for one in wanted
        ]
        assert len(found) == len(wanted)


@pytest.mark.parametrize("number", range(len(CASTS)), ids=[named(cast) for cast in CASTS])
async def test_the_platform_agrees_with_replay(
    timeline: Timeline, judged: dict[str, Json], number: int
) -> None:
    """In the end every learner stands exactly where `transfers replay` says, to each id and moment."""
    events = timeline.diaries[number].events
    for ref in sorted(learners_of(events) & judged.keys()):
        seen = await timeline.read(ref)
        assert seen is not None
        assert plain(year_of(seen, judged[ref]["transitionYear"])) == plain(judged[ref])


@pytest.mark.parametrize("number", ANYHOW, ids=[CASTS[number].story for number in ANYHOW])
def test_events_in_any_order_end_in_the_same_state(judged: dict[str, Json], number: int) -> None:
    """Posted all at once and shuffled, every learner ends where the story ends."""
    scattered = CASTS[number]
    written = next(one for one in CASTS if (one.story, one.telling) == (scattered.story, TELLINGS[0]))
    for told in learners_of(event["post"] for event in STORIES[scattered.story]["events"]):
        ends = [judged.get(cast.rename(told), {}) for cast in (written, scattered)]
        assert ends[0].get("state") == ends[1].get("state")
        assert ends[0].get("flags") == ends[1].get("flags")


def test_every_process_was_killed_on_the_way(timeline: Timeline) -> None:
    """A run in which nothing was killed proves nothing about kills."""
    assert timeline.kills == []


def alike(expected: Json, found: Json) -> Json:
    """What was found, as far as the story names it; moments to the minute, as stories tell them."""
    return {name: minute(found.get(name)) if name.endswith("At") else found.get(name) for name in expected}


def minute(text: str | None) -> datetime | None:
    """A moment without its seconds."""
    return moment(text).astimezone(UTC).replace(second=0, microsecond=0) if text else None


def plain(year: Json) -> Json:
    """What the API and the oracle both tell of a learner's year."""
    told = {key: year[key] for key in ("state", "stateSince", "flags", "alerts", "cases") if key in year}
    cases = [{key: case.get(key) for key in CASE} for case in year["cases"]]
    alerts = [{key: alert[key] for key in alert if key not in OF_A_LIST} for alert in year["alerts"]]
    return told | {
        "alerts": sorted(alerts, key=lambda alert: str(alert["alertId"])),
        "cases": sorted(cases, key=lambda case: str(case["caseId"])),
    }


def place_of(action: Json) -> str:
    """Where the person who acts belongs; a transfer names the desk that hands on, and where to."""
    if action["action"] == "transfer":
        return str(action["org"]).removeprefix("RMC")
    return str(action.get("region") or action["org"])


def together(views: list[Json], left: Mapping[str, list[Json]]) -> Json:
    """What the desks of several regions see of one learner: each its own alerts and cases."""
    seen, *others = views
    for year in seen["years"]:
        parts = [one for view in others for one in view["years"]]
        parts = [one for one in parts if one["transitionYear"] == year["transitionYear"]]
        kept = {
            what: [one for one in found if one["transitionYear"] == year["transitionYear"]]
            for what, found in left.items()
        }
        alerts = [one for part in ({"alerts": kept["alerts"]}, *parts, year) for one in part["alerts"]]
        cases = [one for part in ({"cases": kept["cases"]}, *parts, year) for one in part["cases"]]
        found = {one["alertId"]: one for one in alerts}.values()
        year["alerts"] = sorted(found, key=lambda one: (one["raisedAt"], one["code"]))
        year["cases"] = list({one["caseId"]: one for one in cases}.values())
    return seen


def year_of(seen: Json, year: int) -> Json:
    """One transition year of a learner."""
    return next(one for one in seen["years"] if one["transitionYear"] == year)
