"""The walk: order within a moment, what is late, what waits, and what one step may not change."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from msgspec.structs import replace

from shared.domain.advance import advance
from shared.domain.facts import Record, merge
from shared.domain.learner import Learner, newcomer, stir, take
from shared.domain.world import World
from tests.tale import REF, WORLD, Tale, act, alerts, local, moment, the_alert, the_case


def waiting() -> Tale:
    tale = Tale()
    tale.listed("2025-11-03")
    return tale


def test_an_alert_has_the_moment_it_was_due_however_late_it_is_worked_out() -> None:
    learner = waiting().walk("2026-12-31").learner
    assert local(the_alert(learner, "A02").raised_at) == "2026-04-13 06:00"


def test_facts_of_a_moment_come_before_what_is_due_at_it() -> None:
    tale = waiting()
    tale.applied("2026-04-13 06:00")
    assert tale.walk("2026-04-14").learner.alerts == ()


def test_actions_of_a_moment_come_before_what_is_due_at_it() -> None:
    step = waiting().walk("2026-04-21 06:00", act("2026-04-21 06:00", "acknowledge", "A02"))
    assert the_alert(step.learner, "A02").escalations == ()


def test_the_walk_stops_before_a_due_moment_later_than_the_watermark() -> None:
    tale = waiting()
    early = advance(take(newcomer(REF), tale.record()), WORLD, moment("2026-04-13 05:59")).learner
    tale.applied("2026-04-13 06:30")
    step = advance(take(early, tale.record()), WORLD, moment("2026-04-13 05:59"))
    assert step.learner.standings[2026].state == "EXPECTED"
    assert step.learner.incoming
    after = advance(step.learner, WORLD, moment("2026-04-13 06:00")).learner
    assert alerts(after) == [("A02", "RESOLVED", "2026-04-13 06:00", "AUTO")]


def test_what_is_in_hand_is_judged_at_once_also_beyond_the_watermark() -> None:
    tale = waiting()
    tale.applied("2025-12-01")
    learner = advance(take(newcomer(REF), tale.record()), WORLD, moment("2025-11-01")).learner
    assert local(learner.standings[2026].since) == "2025-12-01 12:00"


def test_an_action_waits_for_a_due_moment_before_it() -> None:
    tale = waiting()
    asked = act("2026-04-13 06:10", "acknowledge", "A02")
    learner = take(newcomer(REF), tale.record())
    step = advance(learner, WORLD, moment("2026-04-13 05:59"), [asked])
    assert (step.waiting, step.learner.actions, step.refused) == ((asked,), (), ())
    done = advance(step.learner, WORLD, moment("2026-04-13 06:05"), [asked])
    assert done.learner.actions == (asked,)


def test_a_late_fact_counts_from_where_the_walk_stands() -> None:
    tale = waiting()
    learner = tale.walk("2026-04-13 06:00").learner
    tale.applied("2026-04-12 12:00")
    late = take(learner, tale.record())
    assert late.counts_from == {(tale.source, "e2"): moment("2026-04-13 06:00")}
    after = advance(late, WORLD, moment("2026-04-14"))
    assert alerts(after.learner) == [("A02", "RESOLVED", "2026-04-13 06:00", "AUTO")]
    assert [local(one.at) for one in after.happenings] == ["2026-04-13 06:00"]


def test_a_late_fact_does_not_make_a_date_look_again() -> None:
    tale = Tale()
    tale.listed("2025-11-03", expectedDestination="WORK", seq=1)
    learner = tale.walk("2026-04-13 06:00").learner
    tale.listed("2026-04-12", seq=2)
    after = advance(take(learner, tale.record()), WORLD, moment("2026-05-31")).learner
    assert after.alerts == ()


def test_an_action_that_comes_late_counts_from_where_the_walk_stands() -> None:
    learner = waiting().walk("2026-04-14").learner
    step = advance(learner, WORLD, moment("2026-04-14"), [act("2026-04-13 10:00", "acknowledge", "A02")])
    assert [local(one.at) for one in step.learner.actions] == ["2026-04-14 12:00"]


def test_a_further_copy_changes_nothing() -> None:
    tale = waiting()
    learner = tale.walk("2026-04-14").learner
    again = take(learner, replace(tale.record(), version=9))
    assert again.incoming == ()
    assert advance(again, WORLD, moment("2026-04-14")).happenings == ()


def test_a_copy_with_an_earlier_moment_does_not_change_the_past() -> None:
    tale = waiting()
    tale.applied("2026-04-20")
    learner = tale.walk("2026-04-21").learner
    first = tale.arrivals[-1]
    earlier = replace(first, version=replace(first.version, received_at=moment("2026-04-10")))
    record = merge(tale.record(), earlier).record
    after = advance(take(learner, record), WORLD, moment("2026-04-22"))
    assert after.happenings == ()
    assert after.learner.counts_from == {(tale.source, "e2"): moment("2026-04-20")}


def test_a_contact_made_here_stays_until_a_record_brings_it_back() -> None:
    tale = waiting()
    asked = act("2026-04-22", "contact-attempt", result="REACHED")
    step = tale.walk("2026-04-22 13:00", asked)
    tale.exam("2026-06-15")
    without = take(step.learner, replace(tale.record(), version=7))
    assert "contact:RMC38" in without.record.years[2026].chains
    assert without.record.version == 7
    assert len(without.own) == 1
    (contact,) = step.contacts
    returned = replace(contact, version=replace(contact.version, received_at=moment("2026-04-22 12:01")))
    back = take(without, merge(tale.record(), returned).record)
    assert back.own == ()
    settled = advance(back, WORLD, moment("2026-06-16"))
    assert len(the_case(settled.learner).attempts) == 1


def test_a_changed_world_is_looked_at_from_its_moment_on() -> None:
    tale = Tale()
    tale.started("2026-07-06")
    learner = tale.walk("2026-09-01").learner
    silent = replace(WORLD.institutions["99MA"], presence=False)
    world = World(dict(WORLD.institutions) | {"99MA": silent}, WORLD.reference, WORLD.policies)
    after = advance(stir(learner, moment("2026-09-01 10:00")), world, moment("2026-09-02")).learner
    assert after.standings[2026].state == "ENROLLED"
    assert after.next_due is not None
    assert after.next_due > moment("2026-09-02")


@pytest.mark.parametrize("until", ["2026-04-14", "2026-10-02", "2027-09-01"])
def test_nothing_is_due_at_or_before_where_the_walk_ended(until: str) -> None:
    learner = waiting().walk(until).learner
    assert learner.settled_until == moment(until)
    assert learner.next_due is None or learner.next_due > moment(until)


def test_years_are_judged_apart_and_cases_are_the_learners() -> None:
    first, second = waiting(), Tale(year=2027, source="urn:nld:oin:00000099000000003000:systeem:sis")
    second.listed("2026-11-03")
    record = first.record()
    for arrival in second.arrivals:
        record = merge(record, arrival).record
    learner = advance(take(newcomer(REF), record), WORLD, moment("2027-04-30")).learner
    assert {year: str(one.state) for year, one in learner.standings.items()} == {
        2026: "CLOSED",
        2027: "EXPECTED",
    }
    assert [alert.year for alert in learner.alerts] == [2026, 2027]


def test_a_learner_can_be_written_down_and_read_back() -> None:
    asked = act("2026-04-22", "contact-attempt", result="REACHED")
    learner = waiting().walk("2026-06-30", asked).learner
    written = msgspec.msgpack.encode(learner)
    assert msgspec.msgpack.decode(written, type=Learner) == learner


def test_a_newcomer_has_nothing() -> None:
    step = advance(newcomer(REF), WORLD, moment("2026-04-14"))
    assert (step.learner.record, step.learner.next_due, step.happenings) == (Record(REF), None, ())


def test_a_second_retraction_finds_the_first_as_it_was() -> None:
    tale = waiting()
    tale.applied("2026-03-02", id="one")
    tale.applied("2026-03-03", no=2, id="two")
    tale.retract("2026-05-04", "one")
    early = advance(take(newcomer(REF), tale.record()), WORLD, moment("2026-05-05")).learner
    tale.retract("2026-05-06", "two")
    late = advance(take(early, tale.record()), WORLD, moment("2026-05-07")).learner
    assert (early.standings[2026].state, late.standings[2026].state) == ("APPLIED", "EXPECTED")
    assert alerts(late) == alerts(tale.walk("2026-05-07").learner)


def test_what_is_kept_in_another_way_is_no_news() -> None:
    tale = waiting()
    tale.present("2026-09-21", id="0f5b9a52-6d5c-4c2b-9d0e-1a2b3c4d5e6f")
    in_rows = tale.record()
    ((key, chain),) = [(key, chain) for key, chain in in_rows.years[2026].chains.items() if "pres:" in key]
    odd = tuple(replace(one, occurred_at=one.occurred_at + timedelta(microseconds=1)) for one in chain)
    in_full = replace(in_rows, years={2026: in_rows.years[2026].with_chain(key, odd)})
    assert (in_full.years[2026].sheets, len(in_rows.years[2026].sheets)) == ((), 1)
    learner = take(newcomer(REF), in_full)
    assert take(learner, in_rows).incoming == learner.incoming
