"""The watches over institutions in the lane: each kept by one partition, and written only when it changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from msgspec.structs import replace

from services.alerts import store, watches
from services.alerts.rows import AlertRow
from services.alerts.watches import Watches
from shared.domain.watch import Watch
from shared.domain.world import World
from shared.runtime.topics import partition_of
from tests.silence import world_with
from tests.tale import WORLD, moment

PART = partition_of("99MA")
SILENT = world_with("99MA", ["2026-03-02"])
MORNING = moment("2026-03-17 06:00")


class Rows:
    """The database in memory."""

    def __init__(self) -> None:
        self.watches: dict[str, Watch] = {}
        self.alerts: dict[str, AlertRow] = {}
        self.writes = 0

    async def load_watches(self, _conn: Any) -> list[tuple[Watch, dict[str, int]]]:
        found = []
        for org, watch in self.watches.items():
            rows = [row for row in self.alerts.values() if row.org == org]
            alerts = tuple(row.alert for row in rows)
            revisions = {row.alert.alert_id: row.revision for row in rows}
            found.append((replace(watch, alerts=alerts), revisions))
        return found

    async def save_watches(self, _conn: Any, rows: Sequence[tuple[Watch, int]]) -> None:
        self.writes += len(rows)
        self.watches |= {watch.org: watch for watch, _ in rows}

    async def save_alerts(self, _conn: Any, rows: Sequence[AlertRow]) -> None:
        self.alerts |= {row.alert.alert_id: row for row in rows}


@pytest.fixture
def rows(monkeypatch: pytest.MonkeyPatch) -> Rows:
    """What stands in the database."""
    found = Rows()
    for name in ("load_watches", "save_watches", "save_alerts"):
        monkeypatch.setattr(store, name, getattr(found, name))
    return found


class Lane:
    """A lane around the watches: load, fold, write."""

    def __init__(self) -> None:
        self.kept = Watches("https://transfers.example")
        self.conn: Any = object()

    async def step(self, until: str | None, world: World = SILENT, part: int = PART) -> list[str]:
        """One transaction; returns the kinds of what is told outside."""
        await self.kept.load(self.conn)
        self.kept.fold(part, world, moment(until) if until else None)
        said = [dict(one.headers)["ce_type"].decode() for one in self.kept.messages]
        self.concerned = await self.kept.write(self.conn)
        return [one.removeprefix("nl.school-transitions.") for one in said]


async def test_a_silent_institution_is_raised_where_its_code_falls(rows: Rows) -> None:
    lane = Lane()
    assert await lane.step("2026-03-17 12:00", part=(PART + 1) % 12) == []
    assert await lane.step("2026-03-17 12:00") == ["alert.raised.v1"]
    (row,) = rows.alerts.values()
    assert (row.org, row.student_ref, row.revision, row.alert.code) == ("99MA", None, 1, "A19")
    assert row.audience == ["R38", "R38/-", "99MA"]
    assert lane.concerned == [row.audience]


async def test_nothing_is_judged_before_the_watermark_is_known(rows: Rows) -> None:
    assert await Lane().step(None) == []
    assert rows.writes == 0


async def test_a_step_that_changes_nothing_writes_nothing(rows: Rows) -> None:
    lane = Lane()
    await lane.step("2026-03-03")
    await lane.step("2026-03-04")
    await lane.step("2026-03-05")
    assert rows.writes == 1


async def test_a_message_ends_it_without_a_timer(rows: Rows) -> None:
    lane = Lane()
    await lane.step("2026-03-18")
    heard = world_with("99MA", ["2026-03-02", "2026-03-18 15:00"])
    assert await lane.step("2026-03-18 16:00", heard) == ["alert.resolved.v1"]
    (row,) = rows.alerts.values()
    assert (row.revision, row.alert.resolved_at) == (2, moment("2026-03-18 15:00"))


async def test_after_a_restart_it_goes_on_where_the_rows_stand(rows: Rows) -> None:
    await Lane().step("2026-03-18")
    again = Lane()
    assert await again.step("2026-03-24 06:00") == []
    assert await again.step("2026-03-25 06:00") == ["alert.escalated.v1"]
    (row,) = rows.alerts.values()
    assert (row.revision, row.alert.level) == (2, 1)


async def test_what_was_not_committed_is_void(rows: Rows) -> None:
    lane = Lane()
    await lane.kept.load(lane.conn)
    lane.kept.fold(PART, SILENT, MORNING)
    lane.kept.forget()
    assert lane.kept.messages == []
    assert await lane.step("2026-03-17 12:00") == ["alert.raised.v1"]


async def test_a_defect_stops_one_watch_and_nothing_else(rows: Rows, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    lane = Lane()
    monkeypatch.setattr(watches, "keep_watch", broken)
    assert await lane.step("2026-03-17 12:00") == []
    monkeypatch.undo()
    monkeypatch.setattr(store, "save_watches", rows.save_watches)
    monkeypatch.setattr(store, "save_alerts", rows.save_alerts)
    assert await lane.step("2026-03-18 12:00") == [], "it stands still until the next start"
    assert rows.writes == 0


def test_nobody_is_watched_of_whom_nothing_ever_came() -> None:
    kept = Watches("https://transfers.example")
    kept.fold(PART, WORLD, MORNING)
    assert kept.messages == []
