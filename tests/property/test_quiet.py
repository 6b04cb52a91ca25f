"""The law of quiet attendance: judging it all the same would find nothing.

Somebody attends, and weeks of presence, absence, gaps, corrections and other facts follow; the walk that
leaves out what is quiet tells the same history as the one that judges everything.
"""

from __future__ import annotations

from datetime import timedelta
from unittest.mock import patch
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain import advance as walking
from shared.domain.advance import Happening, advance
from shared.domain.event import Arrival
from shared.domain.facts import Record, merge
from shared.domain.learner import Learner, newcomer, take
from shared.domain.quiet import is_quiet
from tests.tale import OTHER_SOURCE, REF, SOURCE, WORLD, Tale, local, moment

BEGIN, END = moment("2026-08-31 15:00"), moment("2027-08-15 09:00")
WEEKS = 24
MANY = settings(max_examples=30, deadline=None)

few, some = st.integers(0, 9), st.integers(0, 99)
hours = st.sampled_from((0.0, 0.0, 1.0, 2.0, 4.0, 8.0))


@st.composite
def years(draw: st.DrawFn) -> list[Arrival]:
    """A year of somebody who enrolled in August, told week by week."""
    tale = Tale()
    born = draw(st.sampled_from(("2009-11-20", "2008-10-10", "2007-01-01")))
    tale.listed("2025-11-03 09:00", birthDate=born, combinedRoute=draw(few) == 0)
    tale.left("2026-07-10 16:00", "2026-07-10")
    tale.started("2026-08-20 12:00", "2026-08-24")
    if draw(st.booleans()):
        tale.changed("2026-08-22 12:00", birthDate=born, vulnerable=True)
        tale.dossier("2026-08-22 12:00", warmHandover="NEEDED")
    if draw(few) == 0:
        tale.started("2026-08-21 12:00", "2026-09-14", draw(st.sampled_from(("99MA", "99MB"))), "E2")
    for week in range(WEEKS):
        _week(draw, tale, week)
    for arrival in tale.arrivals:
        assert arrival.version.received_at < END
    return tale.arrivals


def _week(draw: st.DrawFn, tale: Tale, week: int) -> None:
    for number in range(draw(st.sampled_from((0, 1, 2, 2, 2, 3)))):
        day = BEGIN + timedelta(days=7 * week + draw(st.integers(0, 4)), minutes=number)
        happened = (day - timedelta(days=draw(st.sampled_from((0, 0, 0, 3, 10))))).date().isoformat()
        told = local(day) or ""
        uid = str(UUID(int=0xA << 124 | week << 8 | number))
        source = draw(st.sampled_from((SOURCE, SOURCE, SOURCE, OTHER_SOURCE)))
        no = "E2" if draw(few) == 0 else "E1"
        chance = draw(some)
        if chance < 45:
            tale.present(told, no=no, id=uid, source=source, date=happened)
        elif chance < 90:
            authorised = draw(hours)
            tale.absent(told, draw(hours), authorised, no=no, id=uid, source=source, date=happened)
        elif chance < 92:
            tale.report(told, id=uid)
        elif chance < 94:
            tale.retract(told, str(UUID(int=0xA << 124 | draw(st.integers(0, week)) << 8)), source=source)
        elif chance < 96:
            tale.contact(told, id=uid)
        elif chance < 98:
            tale.present(told, voSite="99VA00", id=uid, date=happened)
        else:
            tale.ended(told, happened, no=no, id=uid)


def walked(arrivals: list[Arrival], stops: list[int] = []) -> tuple[Learner, list[Happening]]:  # noqa: B006
    learner, record = newcomer(REF), Record(REF)
    told: list[Happening] = []
    for arrival in sorted(arrivals, key=lambda one: one.version.received_at):
        record = merge(record, arrival).record
        if arrival.version.received_at.day in stops:
            step = advance(take(learner, record), WORLD, arrival.version.received_at)
            learner = step.learner
            told += step.happenings
    step = advance(take(learner, record), WORLD, END)
    return step.learner, [*told, *step.happenings]


def seen(learner: Learner) -> list[object]:
    standings = [
        (year, one.state, one.since, one.flags, one.region, one.pending)
        for year, one in learner.standings.items()
    ]
    return [standings, {one.alert_id: one for one in learner.alerts}, learner.cases]


@MANY
@given(years())
def test_judging_what_is_quiet_would_find_nothing(arrivals: list[Arrival]) -> None:
    quiet, told = walked(arrivals)
    with (
        patch.object(walking, "is_quiet", lambda *_: False),
        patch.object(walking, "unseen_from", lambda *_: None),
    ):
        loud, said = walked(arrivals)
    assert told == said
    assert seen(quiet) == seen(loud)


@MANY
@given(years(), st.lists(st.integers(1, 31), max_size=6))
def test_batches_mean_nothing_to_it(arrivals: list[Arrival], stops: list[int]) -> None:
    one, other = walked(arrivals), walked(arrivals, stops)
    assert one[1] == other[1]
    assert one[0].standings == other[0].standings
    assert one[0].next_due == other[0].next_due


def test_most_of_a_year_is_quiet() -> None:
    tale = Tale()
    tale.listed("2025-11-03 09:00")
    tale.started("2026-08-20 12:00", "2026-08-24")
    for week in range(WEEKS):
        day = local(BEGIN + timedelta(days=7 * week)) or ""
        tale.present(day, id=str(UUID(int=0xA << 124 | week)))
        tale.absent(day, 1, 2, id=str(UUID(int=0xB << 124 | week)))
    judged = []

    def listening(*asked: object) -> bool:
        judged.append(is_quiet(*asked))  # type: ignore[arg-type]
        return judged[-1]

    with patch.object(walking, "is_quiet", listening):
        walked(tale.arrivals)
    assert sum(judged) > 2 * WEEKS - 6
