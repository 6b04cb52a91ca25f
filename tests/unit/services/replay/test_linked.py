"""Two numbers of one learner in a replay: the old one is nowhere, and nobody can act on it any more."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import msgspec

from services.replay.lines import Place, Reading
from services.replay.play import play, world_of
from shared.domain.action import Action

STORY = Path(__file__).parents[3] / "histories" / "new-number.json"
AT = datetime.fromisoformat("2026-10-19T09:00:00+02:00")
OLD, NEW = "mees-old".ljust(43, "_"), "mees-new".ljust(43, "_")


def told() -> Reading:
    reading = Reading()
    list(reading.events(STORY))
    return reading


def test_only_the_new_numbers_are_listed() -> None:
    reading = told()
    refs = [learner.student_ref for learner in play(reading, world_of(reading, None), AT)]
    assert refs == [NEW, "noor-new".ljust(43, "_")]
    assert not list(play(reading, world_of(reading, None), AT, OLD))


def test_before_the_link_both_are() -> None:
    reading = told()
    before = datetime.fromisoformat("2026-06-15T08:00:00+02:00")
    refs = {learner.student_ref for learner in play(reading, world_of(reading, None), before)}
    assert {OLD, NEW} <= refs


def test_what_is_asked_under_the_old_number_after_the_link_is_not_found() -> None:
    reading = told()
    late = {"at": "2026-07-13T10:00:00+02:00", "role": "rmc_desk", "region": "38", "transitionYear": 2026}
    action = msgspec.convert(late | {"studentRef": OLD, "action": "assign"}, Action)
    reading.actions.append((Place("actions.jsonl", 7), action))
    list(play(reading, world_of(reading, None), AT))
    (refused,) = reading.rejected
    assert (refused.file, refused.line, refused.code) == ("actions.jsonl", 7, "not-found")
