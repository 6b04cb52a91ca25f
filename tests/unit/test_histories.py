"""Every story of `tests/histories`, walked by the pure path: states, alerts and cases at each told moment.

The same stories are posted over HTTP on a running stack (`tests/stack`); what is expected stands in them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from services.replay.lines import Reading
from services.replay.play import play, watches, world_of
from shared.domain import report
from shared.domain.catalogue import KINDS
from shared.domain.rules import EVERY
from shared.domain.words import explain

HISTORIES = Path(__file__).parent.parent / "histories"
STORIES = sorted(HISTORIES.glob("*.json"))
Json = dict[str, Any]


def expectations() -> Iterator[Any]:
    """Each thing that a story expects."""
    for path in STORIES:
        for expected in json.loads(path.read_text())["expect"]:
            name = f"{path.stem} {expected['learner'].rstrip('_')} {expected['at'][:10]}"
            yield pytest.param(path, expected, id=name)


def told(path: Path, ref: str, at: datetime, year: int | None) -> tuple[Json | None, Reading]:
    """What `replay` says of one learner at a moment; None of a reference that leads to another one.

    Without a year the learner has only one.
    """
    reading = Reading()
    list(reading.events(path))
    world = world_of(reading, None)
    learner = next(play(reading, world, at, ref), None)
    if learner is None:
        return None, reading
    if year is None:
        (year,) = report.years_of(learner)
    for alert in learner.alerts:
        assert "{" not in str(explain(alert, world))
    return report.of_learner(learner, year, world), reading


def alike(expected: Json, found: Json) -> Json:
    """What was found, as far as the story names it."""
    return {name: _plain(found.get(name)) for name in expected}


def _plain(value: Any) -> Any:
    """Stories tell minutes; events of one minute keep their order by microseconds."""
    if isinstance(value, datetime):
        return value.astimezone().replace(second=0, microsecond=0).isoformat()
    return value


def _moments(expected: Json) -> Json:
    return {
        name: datetime.fromisoformat(value).astimezone().isoformat() if name.endswith("At") else value
        for name, value in expected.items()
    }


@pytest.mark.parametrize(("path", "expected"), list(expectations()))
def test_a_learner_stands_where_the_story_says(path: Path, expected: Json) -> None:
    at = datetime.fromisoformat(expected["at"].replace(":00:", ":01:"))
    found, reading = told(path, expected["learner"], at, expected.get("transitionYear"))
    if found is None:
        assert (expected["state"], expected["alerts"], expected["cases"]) == (None, [], [])
        return
    assert found["state"] == expected["state"]
    for what in ("alerts", "cases"):
        wanted = [_moments(one) for one in expected[what]]
        shown = [alike(one, there) for one, there in zip(wanted, found[what], strict=False)]
        assert shown == wanted
        assert len(found[what]) == len(wanted), found[what]
    if "flags" in expected:
        assert found["flags"] == expected["flags"]
    assert {one.code for one in reading.rejected} <= {"illegal-move"}


def of_institutions() -> Iterator[Any]:
    """Each thing that a story expects of an institution."""
    for path in STORIES:
        for expected in json.loads(path.read_text()).get("expectInstitutions", ()):
            name = f"{path.stem} {expected['org']} {expected['at'][:10]}"
            yield pytest.param(path, expected, id=name)


@pytest.mark.parametrize(("path", "expected"), list(of_institutions()))
def test_an_institution_is_told_what_the_story_says(path: Path, expected: Json) -> None:
    reading = Reading()
    list(reading.events(path))
    world = world_of(reading, None)
    at = datetime.fromisoformat(expected["at"].replace(":00:", ":01:"))
    (watch,) = (one for one in watches(world, at) if one.org == expected["org"])
    for alert in watch.alerts:
        assert "{" not in str(explain(alert, world))
    found = report.of_institution(watch, world)["alerts"]
    wanted = [_moments(one) for one in expected["alerts"]]
    assert [alike(one, there) for one, there in zip(wanted, found, strict=False)] == wanted
    assert len(found) == len(wanted), found


def test_the_stories_tell_every_kind_of_event_and_raise_every_alert() -> None:
    stories = [json.loads(path.read_text()) for path in STORIES]
    kinds = {event["post"]["type"] for story in stories for event in story["events"]}
    expected = [one for story in stories for one in (*story["expect"], *story.get("expectInstitutions", ()))]
    raised = {alert["code"] for one in expected for alert in one["alerts"]}
    assert kinds == {kind.wire_type for kind in KINDS.values()}
    assert raised == set(EVERY)


def test_the_stories_share_few_clock_moments() -> None:
    """They run on one stack and one clock; every moment costs it time."""
    stories = [json.loads(path.read_text()) for path in STORIES]
    lists = ("events", "actions", "expect", "expectInstitutions")
    moments = {one["at"] for story in stories for what in lists for one in story.get(what, ())}
    assert len(moments) < 80
    assert min(moments) >= "2025-10-01"
    assert max(moments) <= "2027-02-28", "the lists of the next year are due in February"


def test_nothing_is_told_before_it_happened() -> None:
    for path in STORIES:
        for event in json.loads(path.read_text())["events"]:
            at = datetime.fromisoformat(event["at"])
            assert datetime.fromisoformat(event["post"]["time"]) <= at
            assert datetime.fromisoformat(event["post"]["data"]["occurredAt"]) <= at
