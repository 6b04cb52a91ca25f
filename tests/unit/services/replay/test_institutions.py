"""What institutions should have sent, as `transfers replay` tells it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from services.__main__ import main
from shared.domain.ids import alert_id
from tests.tale import REF, Tale, moment
from tests.unit.services.replay.test_calendars import INSTITUTIONS, calendar
from tests.unit.services.replay.test_command import lines, replay, write

Json = dict[str, Any]


@pytest.fixture
def told() -> Tale:
    """A school and an institution that sent something, and then no more."""
    tale = Tale()
    tale.listed("2025-11-03")
    tale.applied("2026-03-02")
    return tale


def asked(tmp_path: Path, events: list[Json], at: str, *words: str) -> tuple[str, ...]:
    registered = write(tmp_path / "i.jsonl", INSTITUTIONS)
    told = write(tmp_path / "a.jsonl", events)
    return (told, "--at", moment(at).isoformat(), "--institutions", registered, *words)


def institutions(found: Json) -> dict[str, list[tuple[str, str]]]:
    """Code and status of the alerts about each institution."""
    return {one["org"]: [(a["code"], a["status"]) for a in one["alerts"]] for one in found["institutions"]}


def test_who_is_silent_stands_among_the_institutions(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], told: Tale
) -> None:
    _, found = replay(capsys, *asked(tmp_path, lines(told), "2026-03-17"))
    assert institutions(found) == {"99VA": [("A19", "RAISED")], "99MA": [("A19", "RAISED")]}
    (alert,) = next(one for one in found["institutions"] if one["org"] == "99MA")["alerts"]
    assert alert["alertId"] == alert_id("99MA", 2026, "A19", "", 1)
    assert datetime.fromisoformat(alert["raisedAt"]) == moment("2026-03-17 06:00")
    assert (alert["org"], alert["region"], alert["figures"]) == (
        "99MA",
        "38",
        {"days": 10, "date": "2026-03-02"},
    )
    assert [one["kind"] for one in alert["recipients"]] == ["first", "first"]
    assert "A19" not in found["summary"]["alerts"], "the summary is of learners"


def test_a_calendar_is_a_message_too(tmp_path: Path, capsys: pytest.CaptureFixture[str], told: Tale) -> None:
    events = [*lines(told), calendar("2026-03-12 10:00", "2026-08-31")]
    _, found = replay(capsys, *asked(tmp_path, events, "2026-03-17"))
    assert institutions(found) == {"99VA": [("A19", "RAISED")]}


def test_a_second_copy_of_an_event_is_no_message(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], told: Tale
) -> None:
    (*_, applied) = lines(told)
    copy = applied | {"receivedtime": moment("2026-03-10").isoformat()}
    _, found = replay(capsys, *asked(tmp_path, [copy, *lines(told)], "2026-03-17"))
    assert institutions(found)["99MA"] == [("A19", "RAISED")]


def test_a_site_whose_list_is_missing_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tale = Tale(year=2025)
    tale.listed("2025-01-20")
    _, found = replay(capsys, *asked(tmp_path, lines(tale), "2026-02-09"))
    (alert,) = (a for one in found["institutions"] for a in one["alerts"] if a["code"] == "A01")
    assert (alert["org"], alert["site"], alert["transitionYear"]) == ("99VA", "99VA00", 2026)


def test_one_learner_is_shown_without_institutions(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], told: Tale
) -> None:
    _, found = replay(capsys, *asked(tmp_path, lines(told), "2026-03-17", "--learner", REF))
    assert found["institutions"] == []


def test_people_read_them_below_the_totals(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], told: Tale
) -> None:
    assert main(["replay", *asked(tmp_path, lines(told), "2026-03-17")]) == 0
    shown = capsys.readouterr().out
    assert "Institutions" in shown
    assert "A19" in shown
