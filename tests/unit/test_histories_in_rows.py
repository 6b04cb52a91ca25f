"""The stories once more, with ids as most systems give them: then attendance is kept in rows.

What is kept in another way may not be judged in another way: each learner stands where the story's ids lead.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import pytest

from services.replay.lines import Reading
from services.replay.play import play, world_of
from shared.domain import report
from shared.domain.facts import Record

HISTORIES = Path(__file__).parent.parent / "histories"
ATTENDED = sorted(path for path in HISTORIES.glob("*.json") if "attendance." in path.read_text())
UNTIL = datetime(2027, 8, 1, tzinfo=UTC)
Json = dict[str, Any]


def uuid(event_id: str) -> str:
    return str(uuid5(NAMESPACE_URL, event_id))


def with_uuids(story: Json) -> Json:
    """The same story, each event under a UUID."""
    for told in story["events"]:
        post = told["post"]
        post["id"] = uuid(post["id"])
        for name in ("supersedes", "targetEventId"):
            if name in post["data"]:
                post["data"][name] = uuid(post["data"][name])
    return story


def judged(path: Path) -> tuple[list[Json], list[Record]]:
    """Every learner in the end, and what was kept of them."""
    reading = Reading()
    list(reading.events(path))
    world = world_of(reading, None)
    learners = list(play(reading, world, UNTIL))
    years = [report.of_learner(one, year, world) for one in learners for year in report.years_of(one)]
    return years, [one.record for one in learners]


@pytest.mark.parametrize("path", [pytest.param(path, id=path.stem) for path in ATTENDED])
def test_a_learner_stands_where_the_story_says_however_it_is_kept(path: Path, tmp_path: Path) -> None:
    other = tmp_path / path.name
    other.write_text(json.dumps(with_uuids(json.loads(path.read_text()))))
    (plain, in_full), (told, in_rows) = judged(path), judged(other)
    for year in (*plain, *told):
        for alert in year["alerts"]:
            del alert["because"]  # of two events of one moment the greater id is named
    assert told == plain
    assert not any(facts.sheets for record in in_full for facts in record.years.values())
    assert any(facts.sheets for record in in_rows for facts in record.years.values())
