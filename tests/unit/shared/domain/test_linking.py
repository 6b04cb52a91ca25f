"""Two references of one person: where facts go, when they count, and what becomes of alerts and cases."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import pytest
from msgspec.structs import replace

from shared.domain import linking
from shared.domain.action import Action
from shared.domain.advance import advance
from shared.domain.catalogue import KINDS
from shared.domain.envelope import check
from shared.domain.event import Arrival
from shared.domain.facts import Record
from shared.domain.learner import Learner, awaited, bring, newcomer, take
from tests.tale import (
    OTHER_SOURCE,
    REF,
    WORLD,
    YEAR,
    Tale,
    act,
    alerts,
    cases,
    local,
    moment,
    the_alert,
    the_case,
)

OLD = "mS5gIRvQZ0h4nAkDk6fJ3pWc8xYtLbU1oEq7rNV2dHc"
OLDER = "A" * 43
LINK_AT = "2026-09-14 09:00"


def link(at: str = LINK_AT, old: str = OLD, new: str = REF, name: str = "link") -> Arrival:
    """The event that says so."""
    tale = Tale(new, source=OTHER_SOURCE)
    tale.tell("learner.linked", at, "99VA", oldRef=old, newRef=new, id=name)
    return tale.arrivals[0]


def walked(*told: Iterable[Arrival], until: str, actions: Iterable[Action] = ()) -> dict[str, Learner]:
    """Everybody after all of it: what `replay` does."""
    records = linking.records_of([one for some in told for one in some])
    actions = list(actions)

    def walk(record: Record, at: str | None, end: timedelta) -> Learner:
        learner = take(newcomer(record.student_ref), record)
        for old in linking.led_here(record):
            moved = linking.since(record, old)
            learner = bring(learner, walk(linking.part(record, old), local(moved), timedelta(microseconds=1)))
        last = moment(at or until) - end
        own = [one for one in actions if one.student_ref == record.student_ref and one.at <= last]
        return advance(learner, WORLD, last, own).learner

    return {ref: walk(one, None, timedelta()) for ref, one in records.items() if one.linked is None}


def old_tale(**fields: str) -> Tale:
    """Facts under the old reference: on the list, gone from school, nothing else."""
    tale = Tale(OLD, source="urn:nld:oin:00000099000000003000:systeem:old")
    tale.listed("2025-11-03", **fields)
    return tale


def test_what_was_known_under_the_old_reference_counts_from_the_link() -> None:
    old, new = old_tale(), Tale()
    record = linking.records_of([*old.arrivals, link()])[REF]
    (chain,) = [one for key, one in record.years[YEAR].chains.items() if key.startswith("vo:")]
    assert (chain[0].via, local(chain[0].received_at)) == (OLD, "2025-11-03 12:00")
    learner = walked(old.arrivals, new.arrivals, [link()], until="2026-09-15")[REF]
    assert learner.standings[YEAR].region == "38"
    assert learner.counts_from[chain[0].identity] == moment(LINK_AT)


def test_nothing_is_known_under_the_old_reference_any_more() -> None:
    records = linking.records_of([*old_tale().arrivals, link()])
    assert records[OLD].years == {}
    way = records[OLD].linked
    assert way is not None
    assert way.new_ref == REF


def test_what_comes_later_for_the_old_reference_goes_on_to_the_new_one() -> None:
    old = old_tale()
    old.exam("2026-09-21")
    record = linking.records_of([*old.arrivals, link()])[REF]
    (exam,) = record.years[YEAR].chains["exam:99VA00"]
    assert (exam.via, local(exam.received_at)) == (OLD, "2026-09-21 12:00")
    assert exam not in linking.part(record, OLD).years[YEAR].chains.get("exam:99VA00", ())


def test_the_link_may_come_before_everything_else() -> None:
    old = old_tale()
    old.exam("2026-01-15")
    record = linking.records_of([link("2025-10-06 09:00"), *old.arrivals])[REF]
    assert {key.partition(":")[0] for key in record.years[YEAR].chains} == {"vo", "exam", "link"}
    assert linking.part(record, OLD).years == {}


def test_a_link_that_closes_a_circle_changes_nothing() -> None:
    first, second = link(), link("2026-09-21", old=REF, new=OLD, name="back")
    records = linking.records_of([*old_tale().arrivals, first, second])
    assert records[REF].linked is None
    assert records[OLD].linked is not None


def test_a_reference_leads_to_one_other_only() -> None:
    other = link("2026-09-21", new=OLDER, name="elsewhere")
    records = linking.records_of([*old_tale().arrivals, link(), other])
    assert OLDER not in records
    assert linking.refuses(records[OLD], other)


def test_the_same_link_again_is_one_more_version_of_it() -> None:
    again = link("2026-09-21", name="again")
    record = linking.records_of([*old_tale().arrivals, link(), again])[REF]
    assert len(record.years[YEAR].chains[f"link:{OLD}"]) == 2
    assert record.joined[OLD].at == moment(LINK_AT)


def test_numbers_of_one_source_do_not_meet_across_references() -> None:
    old, new = Tale(OLD), Tale()
    old.listed("2025-11-03", seq=1, id="a")
    new.listed("2026-02-02", seq=1, id="b", grade=3)
    record = linking.records_of([*old.arrivals, *new.arrivals, link()])[REF]
    learner = advance(take(newcomer(REF), record), WORLD, moment("2026-09-01")).learner
    assert "conflict" not in learner.standings[YEAR].flags
    learner = walked(old.arrivals, new.arrivals, [link()], until="2026-09-15")[REF]
    assert "conflict" not in learner.standings[YEAR].flags


def test_a_chain_of_links_ends_at_the_last_reference() -> None:
    oldest = Tale(OLDER)
    oldest.listed("2025-11-03", id="oldest")
    first, second = link("2026-03-02", old=OLDER, new=OLD, name="first"), link(name="second")
    oldest.exam("2026-10-05", id="late")
    records = linking.records_of([*oldest.arrivals, first, second])
    assert set(linking.led_here(records[REF])) == {OLD}
    assert linking.train(records[REF], OLD) == {OLDER}
    assert linking.part(records[REF], OLD).joined == {OLDER: records[REF].joined[OLDER]}
    learner = walked(oldest.arrivals, [first, second], until="2026-10-12")[REF]
    assert set(learner.joined) == {OLD, OLDER}
    assert "A02" in {one.code for one in learner.alerts}


def test_a_link_to_a_reference_that_has_led_on_goes_all_the_way() -> None:
    oldest = Tale(OLDER)
    oldest.listed("2025-11-03", id="oldest")
    second, first = link("2026-03-02", name="second"), link(LINK_AT, old=OLDER, new=OLD, name="first")
    records = linking.records_of([*oldest.arrivals, first, second])
    assert set(linking.led_here(records[REF])) == {OLD, OLDER}
    assert linking.since(records[REF], OLDER) == moment(LINK_AT)
    learner = walked(oldest.arrivals, [first, second], until="2026-10-12")[REF]
    assert set(learner.joined) == {OLD, OLDER}
    assert "A02" in {one.code for one in learner.alerts}


@pytest.mark.parametrize("first_at", ["2026-03-02", LINK_AT], ids=["in its train", "after it"])
def test_a_walk_that_came_to_an_old_reference_goes_on_with_it(first_at: str) -> None:
    oldest = Tale(OLDER)
    oldest.listed("2025-11-03", id="oldest")
    links = [link(first_at, old=OLDER, new=OLD, name="first"), link("2026-05-11", name="second")]
    record = linking.records_of([*oldest.arrivals, *links])[REF]
    walk = advance(take(newcomer(OLDER), oldest.record()), WORLD, moment("2026-03-01")).learner
    learner = take(bring(newcomer(REF), bring(newcomer(OLD), walk)), record)
    assert not awaited(learner)
    learner = advance(learner, WORLD, moment("2026-10-12")).learner
    straight = walked(oldest.arrivals, links, until="2026-10-12")[REF]
    assert set(learner.joined) == {OLD, OLDER}
    assert learner.brought == {}
    assert alerts(learner) == alerts(straight)


def test_an_alert_that_is_still_true_moves_with_its_id_and_its_steps() -> None:
    old = old_tale()
    before = walked(old.arrivals, until="2026-09-14")[OLD]
    after = walked(old.arrivals, [link()], until="2026-09-15")[REF]
    assert alerts(before)
    assert alerts(after) == alerts(before)
    assert {one.alert_id for one in after.alerts} == {one.alert_id for one in before.alerts}
    assert [one.escalations for one in after.alerts] == [one.escalations for one in before.alerts]


def test_an_alert_that_is_not_true_of_the_person_resolves_as_corrected() -> None:
    old, new = old_tale(), Tale()
    new.listed("2025-11-10", id="n1")
    new.applied("2026-03-02", id="n2")
    learner = walked(old.arrivals, new.arrivals, [link("2026-05-11 09:00")], until="2026-05-12")[REF]
    (alert,) = [one for one in learner.alerts if one.code == "A02"]
    assert (alert.how, alert.resolved_by) == ("CORRECTED", "link")
    assert local(alert.resolved_at) == "2026-05-11 09:00"


def test_of_two_alerts_with_one_ground_the_new_one_stays() -> None:
    old, new = old_tale(), Tale()
    new.listed("2025-11-10", id="n1")
    learner = walked(old.arrivals, new.arrivals, [link("2026-05-11 09:00")], until="2026-05-12")[REF]
    (stays,) = [one for one in learner.alerts if one.open]
    (goes,) = [one for one in learner.alerts if not one.open]
    own = walked(new.arrivals, until="2026-05-12")[REF].alerts[0]
    assert (stays.alert_id, goes.how, goes.resolved_by) == (own.alert_id, "CORRECTED", "link")


def test_a_stronger_alert_takes_over_a_weaker_one_of_the_other_reference() -> None:
    old, new = old_tale(), Tale()
    new.listed("2025-11-10", id="n1")
    new.left("2026-07-06", "2026-07-31", id="n2")
    at = link("2026-08-17 09:00")
    apart = walked(old.arrivals, new.arrivals, until="2026-08-16")
    assert [[one.code for one in apart[ref].alerts if one.open] for ref in (OLD, REF)] == [["A02"], ["A07"]]
    learner = walked(old.arrivals, new.arrivals, [at], until="2026-08-18")[REF]
    assert [one.code for one in learner.alerts if one.open] == ["A07"]
    weaker = [(one.how, one.resolved_by) for one in learner.alerts if one.code == "A02"]
    assert weaker == [("SUPERSEDED", "A07")] * 2


def test_a_later_episode_counts_the_alerts_that_moved() -> None:
    old, new = old_tale(), Tale()
    new.applied("2026-05-18", id="n1")
    new.applied("2026-06-15", "WITHDRAWN", id="n2")
    old_alert = walked(old.arrivals, until="2026-05-12")[OLD].alerts[0]
    learner = walked(old.arrivals, new.arrivals, [link("2026-05-11 09:00")], until="2026-12-21")[REF]
    first = min((one for one in learner.alerts if one.code == old_alert.code), key=lambda one: one.raised_at)
    assert (first.alert_id, first.episode) == (old_alert.alert_id, 1)
    episodes = [(one.code, one.ground, one.episode) for one in learner.alerts]
    assert len(set(episodes)) == len(episodes)


def test_a_case_and_what_people_did_move_along() -> None:
    old = old_tale()
    actions = [
        act("2026-05-18 10:00", "assign", studentRef=OLD),
        act("2026-05-19 10:00", "contact-attempt", studentRef=OLD, result="NOT_REACHED"),
    ]
    learner = walked(old.arrivals, [link("2026-06-22 09:00")], until="2026-06-23", actions=actions)[REF]
    case = the_case(learner)
    assert (case.status, case.student_ref, len(case.attempts)) == ("CONTACTING", REF, 1)
    assert [one.action for one in learner.actions] == ["assign", "contact-attempt"]
    assert len(learner.own) == 1
    more = act("2026-06-24 10:00", "contact-attempt", caseId=case.case_id, result="REACHED")
    learner = advance(learner, WORLD, moment("2026-06-25"), [more]).learner
    assert len(the_case(learner).attempts) == 2


def test_of_two_open_cases_the_one_that_got_furthest_goes_on() -> None:
    old, new = old_tale(), Tale()
    new.listed("2025-11-10", id="n1")
    actions = [
        act("2026-05-18 10:00", "contact-attempt", studentRef=OLD, result="REACHED"),
        act("2026-05-19 10:00", "move", studentRef=OLD, to="INTAKE"),
    ]
    learner = walked(
        old.arrivals, new.arrivals, [link("2026-06-22 09:00")], until="2026-06-23", actions=actions
    )[REF]
    (stays,) = [one for one in learner.cases if one.open]
    (goes,) = [one for one in learner.cases if not one.open]
    assert (stays.status, goes.status, local(goes.closed_at)) == ("INTAKE", "MERGED", "2026-06-22 09:00")
    assert set(goes.alerts) < set(stays.alerts)
    (open_alert,) = [one for one in learner.alerts if one.open]
    assert open_alert.alert_id in stays.alerts


def test_of_two_cases_that_got_as_far_the_new_one_goes_on() -> None:
    old, new = old_tale(), Tale()
    new.listed("2025-11-10", id="n1")
    own = the_case(walked(new.arrivals, until="2026-06-21")[REF])
    learner = walked(old.arrivals, new.arrivals, [link("2026-06-22 09:00")], until="2026-06-23")[REF]
    assert [(one.case_id == own.case_id, one.status) for one in learner.cases] == [
        (True, "NEW"),
        (False, "MERGED"),
    ]


def test_the_walk_stops_before_the_link_until_the_old_one_is_there() -> None:
    old, new = old_tale(), Tale()
    new.listed("2025-11-10", id="n1")
    record = linking.records_of([*old.arrivals, *new.arrivals, link("2026-05-11 09:00")])[REF]
    learner = advance(take(newcomer(REF), record), WORLD, moment("2026-10-20")).learner
    assert awaited(learner)
    assert local(learner.settled_until) == "2026-05-11 08:59"
    early = act("2026-05-12 10:00", "acknowledge", "A02")
    step = advance(learner, WORLD, moment("2026-10-20"), [early])
    assert step.waiting == (early,)
    brought = bring(learner, walked(old.arrivals, until="2026-05-11 08:00")[OLD])
    assert not awaited(brought)
    assert bring(brought, newcomer(OLD)) is brought
    done = advance(brought, WORLD, moment("2026-10-20"), [early]).learner
    straight = walked(
        old.arrivals, new.arrivals, [link("2026-05-11 09:00")], until="2026-10-20", actions=[early]
    )
    assert (done.standings, done.cases) == (straight[REF].standings, straight[REF].cases)
    assert alerts(done) == alerts(straight[REF])


def test_what_people_did_under_the_old_reference_after_the_link_is_not_passed() -> None:
    """The lane of the old reference did not know of the link yet: the link counts from there."""
    old = old_tale()
    late = act("2026-05-11 09:01", "acknowledge", "A02", studentRef=OLD)
    handed = advance(take(newcomer(OLD), old.record()), WORLD, moment("2026-05-11 08:00"), [late]).learner
    record = linking.records_of([*old.arrivals, link("2026-05-11 09:00")])[REF]
    learner = bring(take(newcomer(REF), record), handed)
    learner = advance(learner, WORLD, moment("2026-05-11 10:00")).learner
    assert local(the_alert(learner, "A02").acknowledged_at) == "2026-05-11 09:01"
    assert set(learner.counts_from.values()) >= {moment("2026-05-11 09:01")}


def test_a_case_goes_to_the_region_of_the_person() -> None:
    old, new = old_tale(), Tale()
    new.listed("2026-06-01", id="n1", municipality="0772", occurred="2026-05-31 09:00")
    learner = walked(old.arrivals, new.arrivals, [link("2026-06-22 09:00")], until="2026-06-23")[REF]
    assert learner.standings[YEAR].region == "37"
    assert [status for status, _ in cases(learner)] == ["NEW", "TRANSFERRED"]
    assert {one.region for one in learner.alerts if one.open} == {"37"}
    assert the_case(learner).region == "37"


def test_nothing_that_arrives_where_time_has_passed_counts_earlier() -> None:
    record, sent = linking.leave(old_tale().record(), link("2026-05-11 09:00"))
    known = moment("2026-05-12 09:00")
    there = linking.absorb(Record(REF), linking.lifted(sent, known))
    assert there.joined[OLD].at == known
    assert there.years[YEAR].chains[f"link:{OLD}"][0].received_at == known
    (listed,) = there.years[YEAR].chains["vo:99VA00"]
    assert local(listed.received_at) == "2025-11-03 12:00"
    later = Tale(OLD)
    later.exam("2026-05-10", id="late")
    passed = linking.lifted(linking.pass_on(record, later.arrivals[0]), known)
    there = linking.absorb(there, passed)
    assert there.years[YEAR].chains["exam:99VA00"][0].received_at == known
    assert linking.absorb(there, linking.lifted(sent, known + timedelta(days=1))) == there


def test_what_came_by_an_earlier_link_keeps_its_moment_when_the_reference_leads_on() -> None:
    first, second = link("2025-12-01", old=OLDER, new=OLD, name="first"), link("2026-05-11", name="second")
    oldest = Tale(OLDER)
    oldest.listed("2026-03-02", id="single")
    later = Tale(OLDER)
    later.exam("2026-05-04", id="overtaken")
    nothing, whole = linking.leave(Record(OLDER), first)
    middle = linking.absorb(Record(OLD), whole)
    middle = linking.absorb(middle, linking.pass_on(nothing, oldest.arrivals[0]))
    gone, onward = linking.leave(middle, second)
    known = moment("2026-05-12")
    record = linking.absorb(Record(REF), linking.lifted(onward, known))
    assert local(record.years[YEAR].chains["vo:99VA00"][0].received_at) == "2026-03-02 12:00"
    assert record.joined[OLDER].at == moment("2025-12-01")
    late = linking.pass_along(gone, linking.pass_on(nothing, later.arrivals[0]))
    record = linking.absorb(record, linking.lifted(late, known))
    assert record.years[YEAR].chains["exam:99VA00"][0].received_at == known
    assert record.joined[OLDER].at == moment("2025-12-01")
    assert set(linking.led_here(record)) == {OLD}


def test_a_link_or_a_fact_after_the_last_day_is_not_applied() -> None:
    old = old_tale()
    late = link("2027-09-02 09:00")
    assert linking.records_of([*old.arrivals, late])[OLD].linked is None
    old.exam("2027-09-03", id="late")
    records = linking.records_of([*old.arrivals, link()])
    assert "exam:99VA00" not in records[REF].years[YEAR].chains


def test_retractions_go_along() -> None:
    old = old_tale()
    old.applied("2026-03-02", id="wrong")
    old.retract("2026-03-09", "wrong")
    record = linking.records_of([*old.arrivals, link()])[REF]
    (stone,) = record.years[YEAR].tombstones
    assert (stone.target, stone.via) == ("wrong", OLD)
    assert linking.part(record, OLD).years[YEAR].tombstones == (replace(stone, via=None),)


def test_a_contact_that_came_back_before_the_walk_was_taken_up_counts_once() -> None:
    old = old_tale()
    call = act("2026-05-18 10:00", "contact-attempt", studentRef=OLD, result="NOT_REACHED")
    at = link("2026-05-19 09:00")
    step = advance(take(newcomer(OLD), old.record()), WORLD, moment("2026-05-18 12:00"), [call])
    gone, sent = linking.leave(old.record(), at)
    (contact,) = step.contacts
    record = linking.absorb(linking.absorb(Record(REF), sent), linking.pass_on(gone, contact))
    learner = take(bring(newcomer(REF), step.learner), record)
    learner = advance(learner, WORLD, moment("2026-05-20")).learner
    assert len(the_case(learner).attempts) == 1
    learner = advance(take(learner, record), WORLD, moment("2026-05-21")).learner
    assert learner.own == ()
    assert len(the_case(learner).attempts) == 1


def test_only_an_old_reference_leads_somewhere() -> None:
    with pytest.raises(ValueError, match="nowhere"):
        linking.pass_on(Record(REF), link())


def test_an_event_is_worked_off_under_the_reference_of_its_learner_and_a_link_under_the_old_one() -> None:
    at = {"specversion": "1.0", "id": "a1", "source": OTHER_SOURCE, "time": "2026-09-28T09:00:00+02:00"}
    keys = []
    for name in ("learner.linked", "learner.moved"):
        kind = KINDS[name]
        keys.append(check({**at, "type": kind.wire_type, "data": dict(kind.example)}).key)
    assert keys == [KINDS["learner.linked"].example["oldRef"], KINDS["learner.moved"].example["studentRef"]]
