"""Laws of links: in which order a link and the facts of its two references come means nothing.

The moments of receipt are given; whatever the order of processing, the batches, the copies and the moment at
which the old walk is handed over, the history must be the same as that of `replay`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from services.placement.route import route
from shared.domain import linking
from shared.domain.action import Action
from shared.domain.advance import INSTANT, advance
from shared.domain.event import Arrival
from shared.domain.facts import Record, merge
from shared.domain.learner import Learner, awaited, bring, newcomer, take
from shared.domain.linking import Forwarded
from shared.runtime.codec import encode_record
from tests.property.test_walk import BEGIN, DAYS, END, deeds, facts
from tests.tale import REF, WORLD, Tale, local

OLD = "mS5gIRvQZ0h4nAkDk6fJ3pWc8xYtLbU1oEq7rNV2dHc"
REFS = ("A" * 43, "B" * 43, "C" * 43)
SOME = settings(max_examples=60, deadline=None)
days = st.integers(0, DAYS)


def under_old(arrivals: list[Arrival]) -> list[Arrival]:
    """The same facts under the old reference, from another system, half an hour later."""
    moved = []
    for one in arrivals:
        received = one.version.received_at + timedelta(minutes=13, seconds=7)
        version = replace(one.version, source="urn:old", received_at=received)
        moved.append(replace(one, student_ref=OLD, version=version))
    return moved


@st.composite
def lives(draw: st.DrawFn) -> tuple[list[Arrival], Arrival]:
    """Facts under two references, and the link between them."""
    tale = Tale(REF, source="urn:link")
    at = BEGIN + timedelta(days=draw(days), hours=3)
    tale.tell("learner.linked", local(at) or "", "99VA", oldRef=OLD, newRef=REF, id="link")
    return [*draw(facts()), *under_old(draw(facts()))], tale.arrivals[0]


def theirs(actions: list[Action]) -> list[Action]:
    """Every other action was done under the old reference."""
    return [replace(one, student_ref=OLD if number % 2 else REF) for number, one in enumerate(actions)]


def straight(told: list[Arrival], actions: list[Action], until: datetime) -> Learner:
    """One walk over everything received by `until`."""
    received = [one for one in told if one.version.received_at <= until]
    record = linking.records_of(received).get(REF, Record(REF))
    learner = take(newcomer(REF), record)
    for old in linking.led_here(record):
        gone = linking.since(record, old) - INSTANT
        asked = [one for one in actions if one.student_ref == old and one.at <= gone]
        walked = advance(take(newcomer(old), linking.part(record, old)), WORLD, gone, asked).learner
        learner = bring(learner, walked)
    asked = [one for one in actions if one.student_ref == REF and one.at <= until]
    return advance(learner, WORLD, until, asked).learner


def seen(learner: Learner) -> tuple[object, ...]:
    """What the history amounts to."""
    alerts = {alert.alert_id: alert for alert in learner.alerts}
    return learner.standings, alerts, {case.case_id: case for case in learner.cases}, learner.next_due


@SOME
@given(lives(), st.randoms(use_true_random=False))
def test_what_arrives_at_the_new_reference_in_any_order_with_copies_is_the_same_record(
    life: tuple[list[Arrival], Arrival], chance: Any
) -> None:
    told, link = life
    at = link.version.received_at
    old = linking.records_of(one for one in told if one.student_ref == OLD and one.version.received_at < at)
    gone, whole = linking.leave(old.get(OLD, Record(OLD)), link)
    parcels: list[Arrival | Forwarded] = [whole]
    for one in told:
        if one.student_ref == REF:
            parcels.append(one)
        elif one.version.received_at >= at:
            parcels.append(linking.pass_on(gone, one))
    expected = linking.records_of([*told, link])[REF]
    parcels += chance.choices(parcels, k=3)
    chance.shuffle(parcels)
    record = Record(REF)
    for parcel in parcels:
        if isinstance(parcel, Forwarded):
            record = linking.absorb(record, parcel)
        else:
            record = merge(record, parcel).record
    assert encode_record(record) == encode_record(expected)


@SOME
@given(lives(), deeds(), st.lists(days, max_size=5), days, st.booleans())
def test_batches_watermarks_and_the_moment_of_handing_over_mean_nothing(
    life: tuple[list[Arrival], Arrival], actions: list[Action], stops: list[int], handing: int, hurried: bool
) -> None:
    """`hurried`: the link overtakes what was received under the old reference just before it."""
    told, link = life
    told, actions = [*told, link], theirs(actions)
    at = link.version.received_at
    actions = [one for one in actions if one.student_ref == REF or one.at < at]
    handed_over = max(at, BEGIN + timedelta(days=handing, hours=4))
    old, new, waiting = newcomer(OLD), newcomer(REF), list(actions)
    handed = False
    moments = sorted({*(BEGIN + timedelta(days=stop, hours=1) for stop in stops), handed_over, END})
    for until in moments:
        received = [one for one in told if one.version.received_at <= until]
        records = linking.records_of(received)
        now = [one for one in waiting if one.at <= until]
        waiting = [one for one in waiting if one.at > until]
        asked = [one for one in now if one.student_ref == OLD]
        if until < at or asked or not (hurried or handed):
            known = linking.records_of(one for one in received if one.version.received_at < at)
            old = take(old, known.get(OLD, Record(OLD)))
            old = advance(old, WORLD, min(until, at - INSTANT), asked).learner
        if until >= handed_over and not handed:
            new, handed = bring(new, old), True
        new = take(new, records.get(REF, Record(REF)))
        step = advance(new, WORLD, until, [one for one in now if one.student_ref == REF])
        waiting = [*step.waiting, *waiting]
        new = step.learner
        assert handed or not step.waiting or awaited(new)
    assert seen(new) == seen(straight(told, actions, moments[-1]))


@st.composite
def logs(draw: st.DrawFn) -> dict[str, list[Arrival | Forwarded]]:
    """What stands in the partitions of three references, of which two lead on: in the order of receipt."""
    parts: dict[str, list[Arrival | Forwarded]] = {}
    for number, ref in enumerate(REFS):
        tale = Tale(ref, source=f"urn:{number}")
        for count in range(draw(st.integers(0, 4))):
            at = BEGIN + timedelta(days=draw(days), minutes=10 * count + number)
            tale.listed(
                local(at) or "", site=draw(st.sampled_from(("99VA00", "99VB00"))), id=f"{number}-{count}"
            )
        if number < 2:
            at = BEGIN + timedelta(days=draw(days), hours=1 + number)
            linked = Tale(REFS[number + 1], source=f"urn:link{number}")
            linked.tell(
                "learner.linked",
                local(at) or "",
                "99VA",
                oldRef=ref,
                newRef=REFS[number + 1],
                id=f"link{number}",
            )
            tale.arrivals += linked.arrivals
        parts[ref] = [*sorted(tale.arrivals, key=lambda one: one.version.received_at)]
    return parts


@SOME
@given(logs(), st.randoms(use_true_random=False))
def test_the_moments_that_placement_fixes_tell_replay_the_same(
    parts: dict[str, list[Arrival | Forwarded]], chance: Any
) -> None:
    """However far the partitions are apart, and however late what is forwarded comes: in its order."""
    told = [one for part in parts.values() for one in part if isinstance(one, Arrival)]
    records = {ref: Record(ref) for ref in REFS}
    while any(parts.values()):
        ref = chance.choice([ref for ref, part in parts.items() if part])
        routed = route(records[ref], parts[ref].pop(0), ())
        records[ref] = routed.record
        if routed.sent is not None:
            target = parts[routed.sent.student_ref]
            source = routed.sent.record.student_ref
            sent = [
                number
                for number, one in enumerate(target, start=1)
                if isinstance(one, Forwarded) and one.record.student_ref == source
            ]
            target.insert(chance.randint(max(sent, default=0), len(target)), routed.sent)
    last = records[REFS[2]]
    fixed = {
        one.identity: one.received_at
        for year in last.years.values()
        for chain in year.chains.values()
        for one in chain
    }
    again = [
        replace(one, version=replace(one.version, received_at=fixed[one.version.identity])) for one in told
    ]
    assert encode_record(linking.records_of(again)[REFS[2]]) == encode_record(last)


@SOME
@given(lives(), deeds(), days)
def test_the_history_up_to_a_moment_is_a_prefix(
    life: tuple[list[Arrival], Arrival], actions: list[Action], stop: int
) -> None:
    told, link = life
    told, actions = [*told, link], theirs(actions)
    actions = [one for one in actions if one.student_ref == REF or one.at < link.version.received_at]
    until = BEGIN + timedelta(days=stop, hours=1)
    early, late = straight(told, actions, until), straight(told, actions, END)
    then = {one.alert_id: one for one in late.alerts if one.raised_at <= until}
    assert early.student_ref == late.student_ref
    assert {one.alert_id for one in early.alerts} <= {one.alert_id for one in late.alerts}
    for alert in early.alerts:
        if alert.resolved_at is not None and alert.how in ("CORRECTED", "SUPERSEDED"):
            assert then[alert.alert_id].raised_at == alert.raised_at
