"""Attendance in rows: what fits a row comes back as it was, and what does not is kept in full."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from shared.domain import sheet
from shared.domain.catalogue import KINDS
from shared.domain.event import Version
from shared.domain.sheet import Sheets

AT = datetime(2026, 9, 21, 14, tzinfo=UTC)
ONE, OTHER = "0f5b9a52-6d5c-4c2b-9d0e-1a2b3c4d5e6f", "7d1f2c9e-2f0b-4b58-8c7e-93b8a4d0c111"
IN_MBO = {"mboBrin": "99MA", "enrolmentNo": "E1"}


def present(event_id: str = ONE, day: str = "2026-09-21", **told: Any) -> Version:
    version = Version(
        "attendance.present", event_id, "urn:a", "99MA", AT, AT, AT, 1, None, {**IN_MBO, "date": day}
    )
    return replace(version, **told)


def absent(event_id: str = ONE, day: str = "2026-09-21", **fields: Any) -> Version:
    """Told on the day itself."""
    at = AT + (date.fromisoformat(day) - AT.date())
    hours = {"unauthorisedHours": 4.0, "authorisedHours": 0.25}
    told = {**IN_MBO, "date": day, **hours, **fields}
    return replace(present(event_id), kind="attendance.absent", received_at=at, fields=told)


def key_of(version: Version) -> str:
    return KINDS[version.kind].subject_key(version.fields)


def kept(*versions: Version) -> tuple[Sheets, tuple[Version, ...]]:
    """The sheets with each version in a row, and what did not fit."""
    sheets: Sheets = ()
    rest: list[Version] = []
    for version in versions:
        chain = [*sheet.read(sheets, key_of(version)), version]
        sheets, full = sheet.kept(sheets, key_of(version), chain)
        rest += full
    return sheets, tuple(rest)


@pytest.mark.parametrize(
    "version",
    [
        present(),
        present(seq=None),
        present(received_at=AT + timedelta(days=12, microseconds=7)),
        present(occurred_at=AT - timedelta(days=40), recorded_at=AT + timedelta(days=40)),
        present(fields={"voSite": "99VA00", "date": "2026-09-21"}),
        absent(),
        absent(lateCount=0, allLessonsMissed=False),
        absent(lateCount=254, allLessonsMissed=True),
    ],
)
def test_what_fits_a_row_comes_back_as_it_was(version: Version) -> None:
    sheets, full = kept(version)
    assert full == ()
    assert sheet.read(sheets, key_of(version)) == [version]
    assert list(sheet.keys(sheets)) == [key_of(version)]
    line = sheet.only(sheets, key_of(version))
    assert line is not None
    assert (line.version, line.key, line.identity) == (version, key_of(version), version.identity)
    assert (line.received_at, line.event_id, line.day) == (version.received_at, ONE, date(2026, 9, 21))


@pytest.mark.parametrize(
    "version",
    [
        present("e-1"),
        present(ONE.upper()),
        present(ONE.replace("-", "") + "----"),
        present(supersedes=OTHER),
        present(via=OTHER),
        present(seq=2**32 - 1),
        present(seq=2**40),
        present(occurred_at=AT + timedelta(microseconds=1)),
        present(occurred_at=AT - timedelta(days=36_000)),
        present(received_at=AT + timedelta(days=20)),
        present(received_at=AT - timedelta(days=1)),
        present(fields={**IN_MBO, "date": "1999-01-01"}),
        present(fields={**IN_MBO, "date": "20260921"}),
        present(fields={**IN_MBO, "date": "2026-09-21", "site": "99MA00"}),
        absent(unauthorisedHours=0.1),
        absent(authorisedHours=64.0),
        absent(lateCount=255),
        absent(lateCount=300),
        absent(lateCount=True),
        absent(allLessonsMissed=1),
        absent(site="99MA00"),
        replace(present(), kind="attendance.report"),
    ],
)
def test_what_fits_no_row_is_kept_in_full(version: Version) -> None:
    key = "pres:99MA:E1:2026-W39" if version.kind == sheet.PRESENT else "abs:99MA:E1:2026-09-21"
    assert sheet.kept((), key, [version]) == ((), (version,))


def test_rows_stand_in_the_order_of_day_and_id_however_they_came() -> None:
    told = [absent(OTHER, "2026-09-23"), absent(ONE, "2026-09-23"), absent(ONE, "2026-09-21")]
    sheets, _ = kept(*told)
    assert sheets == kept(*reversed(told))[0]
    assert sheet.read(sheets, "abs:99MA:E1:2026-09-23") == [
        absent(ONE, "2026-09-23"),
        absent(OTHER, "2026-09-23"),
    ]
    assert sheet.only(sheets, "abs:99MA:E1:2026-09-23") is None


def test_a_fact_that_is_replaced_leaves_no_row_behind() -> None:
    sheets, _ = kept(absent(), absent(OTHER, "2026-09-22"))
    shorter, full = sheet.kept(sheets, "abs:99MA:E1:2026-09-21", [])
    assert (list(sheet.keys(shorter)), full) == (["abs:99MA:E1:2026-09-22"], ())
    assert sheet.kept(shorter, "abs:99MA:E1:2026-09-22", []) == ((), ())


@pytest.mark.parametrize("key", ["app:99MA:00000001", "abs:99MA:E1:someday", "pres:99MA:E1:2026-W60"])
def test_what_is_no_attendance_has_no_row(key: str) -> None:
    sheets, _ = kept(absent(), present())
    assert sheet.read(sheets, key) == []
    assert sheet.only(sheets, key) is None


def test_hours_and_presence_are_asked_without_reading_events() -> None:
    later = replace(absent(OTHER, "2026-09-22"), received_at=AT + timedelta(days=3))
    sheets, _ = kept(absent(), later, present())
    monday = sheet.number_of(date(2026, 9, 21))
    assert sheet.monday(monday + 4) == monday
    week = (sheets, "99MA:E1", monday, monday + 6)
    assert (sheet.hours_near(*week), sheet.hours_near(*week, AT)) == (8.0, 4.0)
    assert sheet.days_missed(sheets, monday, AT) == 1
    assert sheet.days_missed(sheets, monday, AT + timedelta(days=4)) == 2
    assert sheet.was_seen(sheets, "99MA:E1", monday, AT)
    assert not sheet.was_seen(sheets, "99MA:E1", monday + 7, AT)
    assert not sheet.was_seen(sheets, "99MA:E2", monday, AT)


def test_what_a_newer_record_brings() -> None:
    before, _ = kept(absent(), present())
    assert sheet.brought(before, before) == []
    more, _ = kept(absent(), present(), absent(OTHER, "2026-09-22"))
    assert [line.event_id for line in sheet.brought(before, more)] == [OTHER]
    between, _ = kept(absent(), present(), absent(OTHER, "2026-09-18"))
    assert [line.event_id for line in sheet.brought(before, between)] == [OTHER]
    moved, _ = kept(replace(absent(), received_at=AT - timedelta(hours=1)), present())
    assert [line.received_at for line in sheet.brought(before, moved)] == [AT - timedelta(hours=1)]
    assert len(sheet.brought((), before)) == 2


def test_a_row_tells_what_it_means() -> None:
    sheets, _ = kept(absent(), present())
    hours, seen = (sheet.only(sheets, key) for key in ("abs:99MA:E1:2026-09-21", "pres:99MA:E1:2026-W39"))
    assert hours is not None
    assert seen is not None
    assert (hours.unauthorised, hours.absence.authorised, hours.absence.enrolment) == (4.0, 0.25, "99MA:E1")
    assert (seen.presence.day, seen.presence.enrolment) == (date(2026, 9, 21), "99MA:E1")


def test_facts_with_more_than_one_row_are_told_apart() -> None:
    sheets, _ = kept(absent(), absent(OTHER), absent(OTHER, "2026-09-22"), present())
    end = AT + timedelta(days=2)
    parts, more = sheet.alone(sheets, (), end)
    assert more == {"abs:99MA:E1:2026-09-21"}
    assert [line.key for part in parts for line in part.lines] == [
        "abs:99MA:E1:2026-09-22",
        "pres:99MA:E1:2026-W39",
    ]
    parts, more = sheet.alone(sheets, ("pres:99MA:E1:2026-W39", "app:1"), end, (), [("urn:a", "e-1")])
    assert more == {"abs:99MA:E1:2026-09-21", "pres:99MA:E1:2026-W39"}
    parts, more = sheet.alone(sheets, (), end, (), [("urn:a", OTHER)])
    assert "abs:99MA:E1:2026-09-22" in more
    parts, more = sheet.alone(sheets, (), end, [("urn:a", ONE), ("urn:a", OTHER)])
    assert (parts, more) == ([], set())
