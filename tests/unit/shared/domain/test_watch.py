"""The watch over an institution: the same history, however it is cut into steps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from shared.domain.advance import Happening
from shared.domain.codes import AlertStatus, Role
from shared.domain.heard import together
from shared.domain.hearing import Hearing, InstitutionRule
from shared.domain.ids import alert_id
from shared.domain.rules import EVERY, INSTITUTION_RULES, RULES
from shared.domain.watch import Watch, keep_watch, subject_of
from shared.domain.world import World
from tests.silence import history, watched, world_with
from tests.tale import WORLD, local, moment

LISTED = world_with("99VA", lists=["2024-11-04"])


def test_every_rule_is_about_a_learner_or_about_an_institution() -> None:
    assert set(INSTITUTION_RULES) == {"A01", "A19"}
    assert set(EVERY) == set(INSTITUTION_RULES) | set(RULES)


def test_an_institution_that_was_never_heard_is_not_watched() -> None:
    found = watched(WORLD, "99VA", "2026-06-01").watch
    assert (found.next_due, found.alerts) == (None, ())


def test_it_tells_when_it_looks_again() -> None:
    watch = watched(LISTED, "99VA", "2024-11-05").watch
    assert local(watch.next_due) == "2025-02-10 06:00"
    assert watched(LISTED, "99VA", "2025-02-10 06:00", watch).watch.next_due is not None


def test_an_alert_that_nobody_picks_up_steps_up_each_five_working_days() -> None:
    (alert, *_) = watched(LISTED, "99VA", "2026-03-20").watch.alerts
    assert [(one.level, local(one.at), one.role) for one in alert.escalations] == [
        (1, "2025-02-25 06:00", Role.VSV_BROKER),
        (2, "2025-03-05 06:00", Role.RMC_DESK),
        (3, "2025-03-13 06:00", Role.REGION_COORDINATOR),
    ]
    assert alert.level == 3


def test_what_was_picked_up_stays_where_it_is() -> None:
    watch = watched(LISTED, "99VA", "2026-02-10").watch
    taken = tuple(replace(one, status=AlertStatus.ACKNOWLEDGED) if one.open else one for one in watch.alerts)
    later = watched(LISTED, "99VA", "2026-06-01", replace(watch, alerts=taken)).watch
    open_before = {one.alert_id: one.level for one in taken if one.open}
    assert {one.alert_id: one.level for one in later.alerts if one.alert_id in open_before} == open_before


def test_ids_are_computed_from_the_subject() -> None:
    found = watched(LISTED, "99VA", "2026-02-16").watch.alerts
    assert {(one.code, subject_of(one)) for one in found} == {("A01", "99VA00"), ("A19", "99VA")}
    for one in found:
        assert one.alert_id == alert_id(subject_of(one), one.year, one.code, "", one.episode)


def test_what_happened_is_told_in_order() -> None:
    happenings = watched(
        world_with("99MA", ["2026-03-02", "2026-03-30 10:00"]), "99MA", "2026-04-01"
    ).happenings
    assert [(one.kind, local(one.at)) for one in happenings] == [
        ("alert.raised", "2026-03-17 06:00"),
        ("alert.escalated", "2026-03-25 06:00"),
        ("alert.resolved", "2026-03-30 10:00"),
    ]


def test_what_arrives_late_counts_from_where_the_watch_stood() -> None:
    before = watched(world_with("99MA", ["2026-03-02"]), "99MA", "2026-03-17 12:00").watch
    known = world_with("99MA", ["2026-03-02", "2026-03-16 09:00"])
    after = watched(known, "99MA", "2026-03-17 12:01", before)
    assert history(after.watch.alerts) == [("A19", "2026-03-17 06:00", "2026-03-17 12:00", "AUTO")]
    assert [one.kind for one in after.happenings] == ["alert.resolved"]


def test_other_parameters_are_looked_at_when_they_come_into_force() -> None:
    first = WORLD.policies[0]
    sharper = replace(first, version="next", valid_from=moment("2026-03-12").date(), silent_wd=5)
    world = replace(world_with("99MA", ["2026-03-02"]), policies=(first, sharper))
    assert history(watched(world, "99MA", "2026-03-20").watch.alerts)[0][1] == "2026-03-12 06:00"


def test_an_unwritten_rule_says_nothing() -> None:
    rule, now = InstitutionRule(), Hearing("99VA", WORLD.institutions["99VA"], WORLD, moment("2026-03-02"))
    (alert, *_) = watched(LISTED, "99VA", "2026-02-16").watch.alerts
    for ask in (
        lambda: rule.subjects(now.institution),
        lambda: rule.due(now),
        lambda: rule.ground(now),
        lambda: rule.ended(now, alert),
    ):
        with pytest.raises(NotImplementedError):
            ask()


def test_a_rule_is_not_asked_of_who_was_never_heard() -> None:
    now = Hearing("99MA", WORLD.institutions["99MA"], WORLD, moment("2026-03-02"))
    assert INSTITUTION_RULES["A19"].due(now) is None
    assert INSTITUTION_RULES["A19"].ground(now) is None


def test_a_source_for_which_silence_never_counts_is_never_due() -> None:
    shut = tuple(replace(one, silence_close_day=(2, 1)) for one in WORLD.policies)
    world = replace(world_with("99MA", ["2026-03-02"]), policies=shut)
    assert watched(world, "99MA", "2028-01-01").watch.alerts == ()


BEGIN = datetime(2024, 10, 7, 9, tzinfo=UTC)
HOURS = st.integers(min_value=0, max_value=24 * 799)  # what lies 800 days back is no longer kept
SIGNS = st.lists(st.tuples(st.sampled_from(["99VA", "99VA00"]), HOURS), min_size=1, max_size=12)


def made(signs: list[tuple[str, int]], until: datetime) -> World:
    """The world in which this arrived by then; a list is also a message."""
    heard = [
        (subject, at)
        for name, hours in signs
        for subject in {name, "99VA"}
        if (at := BEGIN + timedelta(hours=hours)) <= until
    ]
    school = replace(WORLD.institutions["99VA"], heard=dict(together({}, heard)))
    return replace(WORLD, institutions={**WORLD.institutions, "99VA": school})


@settings(deadline=None)
@given(SIGNS, st.lists(HOURS, max_size=8))
def test_any_steps_give_the_same_history(signs: list[tuple[str, int]], stops: list[int]) -> None:
    """Also when each step knows no more than had arrived by then: a history begins any later one."""
    end = BEGIN + timedelta(hours=24 * 800)
    whole = keep_watch(Watch("99VA"), made(signs, end), end)
    watch, happened = Watch("99VA"), list[Happening]()
    for stop in (*(BEGIN + timedelta(hours=hours) for hours in sorted(stops)), end):
        step = keep_watch(watch, made(signs, stop), stop)
        watch, happened = step.watch, happened + list(step.happenings)
    assert happened == list(whole.happenings)
    assert watch == whole.watch
