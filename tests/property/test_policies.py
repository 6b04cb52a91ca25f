"""The laws of the walk where deadlines differ: by version, by year, by region and by institution.

Moving house changes which terms hold, and so does the day on which a version begins.
"""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from shared.domain.action import Action
from shared.domain.advance import Happening, advance
from shared.domain.event import Arrival
from shared.domain.learner import newcomer, take
from shared.domain.picture import picture
from shared.domain.policy import Policy, read_policy
from shared.domain.state import project
from shared.domain.world import World
from tests.property.test_walk import BEGIN, END, MANY, days, deeds, facts, recorded, seen
from tests.tale import REF, WORLD

TERMS = {
    "grace_wd": st.integers(0, 12),
    "sight_wd": st.integers(1, 30),
    "dropout_wd": st.integers(0, 12),
    "no_show_days": st.integers(1, 12),
    "no_show_escalate": st.integers(1, 15),
    "assumed_days": st.integers(1, 25),
    "abs_hours": st.integers(4, 20),
    "abs_weeks": st.integers(2, 5),
    "escalate_wd": st.integers(1, 8),
    "reapply_wd": st.integers(1, 15),
    "feedback_terms": st.lists(st.integers(1, 20), min_size=3, max_size=3),
    "review_months": st.integers(1, 9),
    "count_day": st.sampled_from(([10, 1], [9, 15])),
    "placement_day": st.sampled_from(([6, 1], [5, 15])),
    "region_age_max": st.sampled_from((18, 23, 27)),
}
changes = st.fixed_dictionaries({}, optional=TERMS)
WHERE = ("years.2025", "years.2026", "regions.38", "regions.37", "institutions.99MA", "institutions.99MB")


@st.composite
def policies(draw: st.DrawFn) -> tuple[Policy, ...]:
    """Two versions, the second from a day in the summer on, each with what differs somewhere."""
    return tuple(
        read_policy(_text(draw, version, begins), WORLD.policies)
        for version, begins in (("a", "2025-01-01"), ("b", "2026-07-15"))
    )


def _text(draw: st.DrawFn, version: str, begins: str) -> str:
    lines = [f'version = "{version}"', f"valid_from = {begins}"]
    lines += _lines(draw(changes))
    for where in draw(st.lists(st.sampled_from(WHERE), unique=True, max_size=4)):
        lines += [f"[{where}]", *_lines(draw(changes))]
    return "\n".join(lines)


def _lines(told: dict[str, object]) -> list[str]:
    return [f"{name} = {value}" for name, value in told.items()]


def whole(world: World, arrivals: list[Arrival], actions: list[Action]) -> tuple[object, list[Happening]]:
    step = advance(take(newcomer(REF), recorded(arrivals)), world, END, actions)
    return seen(step.learner), list(step.happenings)


@MANY
@given(policies(), facts(), deeds())
def test_one_step_equals_every_moment(
    drawn: tuple[Policy, ...], arrivals: list[Arrival], actions: list[Action]
) -> None:
    world = replace(WORLD, policies=drawn)
    learner, waiting = take(newcomer(REF), recorded(arrivals)), tuple(actions)
    told: list[Happening] = []
    for _ in range(2000):
        until = min(learner.next_due or END, END)
        step = advance(learner, world, until, waiting)
        learner, waiting = step.learner, step.waiting
        told += step.happenings
        if until >= END:
            break
    assert (seen(learner), told) == whole(world, arrivals, actions)


@MANY
@given(policies(), facts(), deeds(), st.lists(days, max_size=4))
def test_batches_and_watermarks_mean_nothing(
    drawn: tuple[Policy, ...], arrivals: list[Arrival], actions: list[Action], stops: list[int]
) -> None:
    world = replace(WORLD, policies=drawn)
    learner, begin = newcomer(REF), BEGIN
    told: list[Happening] = []
    for until in [*sorted(BEGIN + timedelta(days=stop, hours=1) for stop in stops), END]:
        known = [one for one in arrivals if one.version.received_at <= until]
        asked = [one for one in actions if begin < one.at <= until]
        step = advance(take(learner, recorded(known)), world, until, asked)
        learner, begin = step.learner, until
        told += step.happenings
    assert (seen(learner), told) == whole(world, arrivals, actions)


@MANY
@given(policies(), facts(), days)
def test_time_alone_changes_a_state_only_when_announced(
    drawn: tuple[Policy, ...], arrivals: list[Arrival], stop: int
) -> None:
    world = replace(WORLD, policies=drawn)
    record, at = recorded(arrivals), BEGIN + timedelta(days=stop)
    for year in record.years:
        known = picture(record.years, year, at)
        now = project(known, year, world, at)
        for day in range(1, 60):
            later = at + timedelta(days=day)
            if later < (now.next_change or END):
                then = project(known, year, world, later)
                assert (then.state, then.flags) == (now.state, now.flags)
