"""Lesson calendars among the events of `transfers replay`."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from shared.domain.catalogue import KINDS
from tests.tale import REF, SOURCE, Tale, moment
from tests.unit.services.replay.test_command import lines, replay, write

Json = dict[str, Any]

INSTITUTIONS: list[Json] = [
    {"org": "99VA", "role": "vo_school", "sites": [{"site": "99VA00", "municipality": "0957"}]},
    {
        "org": "99MA",
        "role": "mbo_institution",
        "presence": True,
        "sites": [{"site": "99MA00", "municipality": "0957"}],
    },
]


def calendar(at: str, first: str, event_id: str = "cal-1", **more: Any) -> Json:
    """A calendar of 99MA00, received at `at`."""
    kind = KINDS["calendar.published"]
    told = {"occurredAt": moment(at).isoformat(), "firstLessonDay": first, "sourceSeq": None} | more
    data = {name: value for name, value in {**kind.example, **told}.items() if value is not None}
    return {
        "specversion": "1.0",
        "id": event_id,
        "source": SOURCE,
        "type": kind.wire_type,
        "time": moment(at).isoformat(),
        "receivedtime": moment(at).isoformat(),
        "data": data,
    }


@pytest.fixture
def enrolled() -> Tale:
    """Enrolled at 99MA from 24 August, and never seen there."""
    tale = Tale()
    tale.listed("2025-11-03")
    tale.started("2026-06-01")
    return tale


def judged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], at: str, tale: Tale, *calendars: Json
) -> tuple[Json, Json]:
    events = write(tmp_path / "a.jsonl", [*lines(tale), *calendars])
    registered = write(tmp_path / "i.jsonl", INSTITUTIONS)
    _, found = replay(capsys, events, "--at", moment(at).isoformat(), "--institutions", registered)
    (learner,) = found["learners"]
    return learner, found


def test_lessons_begin_when_the_calendar_says(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], enrolled: Tale
) -> None:
    usual, _ = judged(tmp_path, capsys, "2026-09-02", enrolled)
    assert usual["state"] == "NO_SHOW"
    told, found = judged(tmp_path, capsys, "2026-09-02", enrolled, calendar("2026-08-17", "2026-09-07"))
    assert (told["state"], found["rejected"]) == ("ENROLLED", [])
    later, _ = judged(tmp_path, capsys, "2026-09-15", enrolled, calendar("2026-08-17", "2026-09-07"))
    assert later["state"] == "NO_SHOW"
    assert datetime.fromisoformat(later["stateSince"]) == moment("2026-09-14 00:00")


def test_a_calendar_that_comes_late_is_looked_at_when_it_comes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], enrolled: Tale
) -> None:
    late = calendar("2026-09-02 10:00", "2026-09-07")
    before, _ = judged(tmp_path, capsys, "2026-09-02 09:00", enrolled, late)
    after, _ = judged(tmp_path, capsys, "2026-09-02 11:00", enrolled, late)
    assert (before["state"], after["state"]) == ("NO_SHOW", "ENROLLED")
    assert datetime.fromisoformat(after["stateSince"]) == moment("2026-09-02 10:00")


def test_what_people_did_around_a_calendar_is_done_once_and_in_order(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], enrolled: Tale
) -> None:
    events = write(tmp_path / "a.jsonl", [*lines(enrolled), calendar("2026-09-02 10:00", "2026-09-07")])
    acted = [
        {"at": moment(at).isoformat(), "role": "vsv_broker", "region": "38", "studentRef": REF}
        | {"transitionYear": 2026, "action": "acknowledge", "alert": "A08"}
        for at in ("2026-09-01 09:00", "2026-09-03 09:00")
    ]
    words = (
        "--at",
        moment("2026-09-04").isoformat(),
        "--institutions",
        write(tmp_path / "i.jsonl", INSTITUTIONS),
    )
    status, found = replay(capsys, events, *words, "--actions", write(tmp_path / "d.jsonl", acted))
    assert status == 1
    assert [one["problem"]["code"] for one in found["rejected"]] == ["illegal-move"]
    (alert,) = (one for one in found["learners"][0]["alerts"] if one["code"] == "A08")
    assert datetime.fromisoformat(alert["acknowledgedAt"]) == moment("2026-09-01 09:00")


def test_a_calendar_of_nobody_known_changes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], enrolled: Tale
) -> None:
    stranger = calendar("2026-08-17", "2026-09-07", senderOrg="99XX", site="99XX00")
    learner, found = judged(tmp_path, capsys, "2026-09-02", enrolled, stranger)
    assert (learner["state"], found["rejected"]) == ("NO_SHOW", [])


def test_another_calendar_under_one_id_is_rejected(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], enrolled: Tale
) -> None:
    twice = [calendar("2026-08-17", "2026-09-07"), calendar("2026-08-18", "2026-09-14")]
    _, found = judged(tmp_path, capsys, "2026-09-02", enrolled, *twice)
    assert [one["problem"]["code"] for one in found["rejected"]] == ["event-id-reused"]
