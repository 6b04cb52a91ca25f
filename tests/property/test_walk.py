"""Laws of the walk, over histories that nobody would think of.

Facts of one learner are drawn with moments of receipt; whatever the order of processing, the number of
copies, the batches or the watermarks, the history must be the same.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.action import Action
from shared.domain.advance import Happening, advance
from shared.domain.codes import State
from shared.domain.event import Arrival
from shared.domain.facts import Record, merge
from shared.domain.learner import Learner, newcomer, take
from shared.domain.picture import picture
from shared.domain.rule import Docket
from shared.domain.rules import RULES
from shared.domain.situation import situation
from shared.domain.state import project, projection
from tests.tale import OTHER_SOURCE, REF, SOURCE, WORLD, YEAR, Tale, act, local, moment

BEGIN, END = moment("2025-10-06 09:00"), moment("2027-01-15 09:00")
DAYS = (END - BEGIN).days
STATUSES = ("INTEREST", "RECEIVED", "INTAKE_DONE", "OFFERED", "NOT_ENROLLABLE", "WITHDRAWN", "ENROLLED")
MANY = settings(max_examples=100, deadline=None)
CODES = ("A02", "A07", "A08", "A09", "A10", "A11", "A13", "A14", "A15")
WORKED_IN = ("CONTACTING", "INTAKE", "GUIDANCE")
E1 = {"mboBrin": "99MA", "enrolmentNo": "E1"}

days = st.integers(0, DAYS)
offsets = st.integers(-40, 40)


@st.composite
def facts(draw: st.DrawFn) -> list[Arrival]:
    """Up to twelve facts of one learner in two transition years, none received at the same moment.

    Often they come on top of an enrolment with weeks of presence and absence.
    """
    tale = Tale()
    if draw(st.booleans()):
        _attend(draw, tale)
    for number in range(draw(st.integers(1, 12))):
        at = BEGIN + timedelta(days=draw(days), minutes=number)
        tale.year = draw(st.sampled_from((YEAR, YEAR, YEAR, YEAR - 1)))
        _tell(draw, tale, at, number)
    return tale.arrivals


def _attend(draw: st.DrawFn, tale: Tale) -> None:
    """A listed learner of about eighteen with weeks at an institution: seen, absent, reported or silent."""
    tale.listed("2025-11-03", birthDate=draw(st.sampled_from(("2008-10-01", "2009-11-20"))))
    tale.started("2026-07-01")
    for week in range(draw(st.integers(1, 12))):
        monday = moment("2026-08-24 10:00") + timedelta(weeks=week)
        what = draw(st.integers(0, 3))
        if what == 0:
            tale.present(local(monday) or "")
        for day in range(what):
            at = local(monday + timedelta(days=day, hours=5)) or ""
            hours = {"unauthorisedHours": draw(st.integers(0, 6)), "authorisedHours": draw(st.integers(0, 2))}
            tale.tell("attendance.absent", at, "99MA", date=at[:10], **E1, **hours)
        if what == 3 and draw(st.booleans()):
            at = local(monday + timedelta(days=4)) or ""
            report = {"reportNo": f"R{week}", "type": "V3", "beginDate": at[:10]}
            tale.tell(
                "attendance.report", at, "99MA", status=draw(st.sampled_from(("R", "B", "G"))), **E1, **report
            )


def _tell(draw: st.DrawFn, tale: Tale, at: datetime, number: int) -> None:
    told = local(at) or ""
    day = (at.date() + timedelta(days=draw(offsets))).isoformat()
    more: dict[str, Any] = {"id": f"f{number}", "source": draw(st.sampled_from((SOURCE, OTHER_SOURCE)))}
    if draw(st.booleans()):
        more["seq"] = draw(st.integers(1, 3))
    if draw(st.integers(0, 9)) == 0:
        more["supersedes"] = f"f{draw(st.integers(0, 11))}"
    no, mbo = draw(st.sampled_from(("E1", "E2"))), draw(st.sampled_from(("99MA", "99MB")))
    match draw(st.integers(0, 14)):
        case 0:
            tale.listed(told, expectedDestination=draw(st.sampled_from(("MBO", "VO", "UNKNOWN"))), **more)
        case 1:
            tale.left(told, day, draw(st.sampled_from(("DIPLOMA", "OTHER", "REMOVED"))), **more)
        case 2:
            tale.exam(told, draw(st.sampled_from(("PASSED", "FAILED", "NONE"))), **more)
        case 3 | 4:
            status = draw(st.sampled_from(STATUSES))
            tale.applied(told, status, mbo, draw(st.integers(1, 2)), statusDate=day, **more)
        case 5:
            tale.started(told, day, mbo, no, **more)
        case 6:
            tale.ended(told, day, draw(st.sampled_from(("7", "DIPLOMA"))), mbo, no, **more)
        case 7:
            tale.present(told, mbo, no, **more)
        case 8:
            tale.placed(told, **more)
        case 9:
            home = draw(st.sampled_from(("0957", "0772", "9999")))
            tale.changed(told, municipality=home, vulnerable=draw(st.booleans()), **more)
        case 10:
            tale.moved(told, draw(st.sampled_from(("0772", "0363", "0000"))), day, **more)
        case 11:
            tale.dossier(told, "SENT", draw(st.sampled_from(("NEEDED", "DONE"))), mbo, **more)
        case 12:
            kind = draw(st.sampled_from(("ENROLMENT_ADDED", "ENROLMENT_ENDED", "STARTKWALIFICATIE")))
            tale.register(told, kind, day, mbo, draw(st.integers(1, 2)), **more)
        case 13:
            tale.consent(told, draw(st.booleans()), **more)
        case _:
            tale.retract(told, f"f{draw(st.integers(0, 11))}", **more)


@st.composite
def deeds(draw: st.DrawFn) -> list[Action]:
    """Some things that people do, many of them refused; now and then a case that is worked on in earnest."""
    found = [] if draw(st.booleans()) else _course(draw)
    if draw(st.booleans()):
        found += _put_off(draw)
    for number in range(draw(st.integers(0, 4))):
        at = BEGIN + timedelta(days=draw(days), minutes=30 + number)
        found.append(_deed(draw, at))
    return sorted(found, key=lambda one: one.at)


def _deed(draw: st.DrawFn, at: datetime) -> Action:
    told = local(at) or ""
    code = draw(st.sampled_from(CODES))
    match draw(st.integers(0, 9)):
        case 0:
            return act(told, "acknowledge", code)
        case 1:
            return act(told, "contact-attempt", result=draw(st.sampled_from(("REACHED", "NOT_REACHED"))))
        case 2:
            return act(told, "move", to=draw(st.sampled_from(("INTAKE", "GUIDANCE"))))
        case 3:
            return act(told, "close", destination="OTHER")
        case 4:
            return act(told, "transfer", region="37")
        case 5:
            return act(told, "snooze", code, until=_later(draw, at), reason="WAITS_FOR_ANSWER")
        case 6:
            return _into_aftercare(draw, at)
        case 7:
            return act(told, "move", to="PARKED", until=_later(draw, at))
        case 8:
            return act(told, "move", to=draw(st.sampled_from(WORKED_IN)))
        case _:
            return act(told, draw(st.sampled_from(("open", "assign"))))


def _course(draw: st.DrawFn) -> list[Action]:
    """A case on its way from open to aftercare, some days between the steps; parking may interrupt it."""
    at = END - timedelta(days=draw(days), minutes=20)
    asked = [act(local(at) or "", "open")]
    steps = len(WORKED_IN) - draw(st.integers(0, len(WORKED_IN)))
    for status in WORKED_IN[:steps]:
        at += timedelta(days=draw(st.integers(0, 9)), minutes=1)
        told = local(at) or ""
        call = status == "CONTACTING"
        step = act(told, "contact-attempt", result="REACHED") if call else act(told, "move", to=status)
        asked.append(step)
        if draw(st.booleans()):
            at += timedelta(minutes=1)
            asked.append(act(local(at) or "", "move", to="PARKED", until=_later(draw, at)))
            at += timedelta(days=draw(st.integers(0, 50)), minutes=1)
            asked.append(act(local(at) or "", "move", to=status))
    if steps == len(WORKED_IN):
        asked.append(_into_aftercare(draw, at + timedelta(days=1)))
    return [one for one in asked if one.at < END]


def _put_off(draw: st.DrawFn) -> list[Action]:
    """Every alert that is open by then is put off until one day; the codes without one are refused."""
    at = END - timedelta(days=draw(days), minutes=90)
    until = _later(draw, at)
    moments = [local(at + timedelta(minutes=number)) or "" for number in range(len(CODES))]
    told = zip(moments, CODES, strict=True)
    return [act(when, "snooze", code, until=until, reason="WAITS_FOR_ANSWER") for when, code in told]


def _into_aftercare(draw: st.DrawFn, at: datetime) -> Action:
    """Placed, and looked after until a day that was agreed or for as long as the policy says."""
    until = {"until": _later(draw, at)} if draw(st.booleans()) else {}
    return act(local(at) or "", "move", to="AFTERCARE", destination="LEARN_WORK", **until)


def _later(draw: st.DrawFn, at: datetime) -> str:
    """A day not long after, now and then none that is allowed."""
    return (at.date() + timedelta(days=draw(st.integers(0, 40)))).isoformat()


def recorded(arrivals: list[Arrival]) -> Record:
    record = Record(REF)
    for arrival in arrivals:
        record = merge(record, arrival).record
    return record


def whole(
    arrivals: list[Arrival], actions: list[Action], until: datetime = END
) -> tuple[Learner, list[Happening]]:
    step = advance(take(newcomer(REF), recorded(arrivals)), WORLD, until, actions)
    return step.learner, list(step.happenings)


def seen(learner: Learner) -> tuple[object, ...]:
    """What the history amounts to."""
    alerts = {alert.alert_id: alert for alert in learner.alerts}
    return learner.standings, alerts, {case.case_id: case for case in learner.cases}, learner.next_due


@MANY
@given(facts(), deeds(), st.randoms(use_true_random=False))
def test_order_and_copies_mean_nothing(arrivals: list[Arrival], actions: list[Action], chance: Any) -> None:
    shuffled = [*arrivals, *chance.choices(arrivals, k=3)]
    chance.shuffle(shuffled)
    one, other = whole(arrivals, actions), whole(shuffled, actions)
    assert seen(one[0]) == seen(other[0])
    assert one[1] == other[1]


@MANY
@given(facts(), deeds(), st.lists(days, max_size=6))
def test_batches_and_watermarks_mean_nothing(
    arrivals: list[Arrival], actions: list[Action], stops: list[int]
) -> None:
    """Each batch brings what was received since the last one, then the watermark moves."""
    learner, waiting = newcomer(REF), list(actions)
    told: list[Happening] = []
    moments = [*sorted(BEGIN + timedelta(days=stop, hours=1) for stop in stops), END]
    for until in moments:
        known = [one for one in arrivals if one.version.received_at <= until]
        learner = take(learner, recorded(known))
        asked = [one for one in waiting if one.at <= until]
        waiting = [one for one in waiting if one.at > until]
        step = advance(learner, WORLD, until, asked)
        assert not step.waiting
        learner = step.learner
        told += step.happenings
    straight = whole(arrivals, actions)
    assert seen(learner) == seen(straight[0])
    assert told == straight[1]


@MANY
@given(facts(), deeds())
def test_one_step_equals_every_moment(arrivals: list[Arrival], actions: list[Action]) -> None:
    learner = take(newcomer(REF), recorded(arrivals))
    told: list[Happening] = []
    straight = whole(arrivals, actions)
    waiting: tuple[Action, ...] = tuple(actions)
    for _ in range(2000):
        until = learner.next_due or END
        step = advance(learner, WORLD, min(until, END), waiting)
        learner, waiting = step.learner, step.waiting
        told += step.happenings
        if until >= END:
            break
    assert seen(learner) == seen(straight[0])
    assert told == straight[1]


@MANY
@given(facts(), deeds(), days)
def test_the_history_up_to_a_moment_is_a_prefix(
    arrivals: list[Arrival], actions: list[Action], stop: int
) -> None:
    until = BEGIN + timedelta(days=stop, hours=1)
    known = [one for one in arrivals if one.version.received_at <= until]
    _, early = whole(known, [one for one in actions if one.at <= until], until)
    _, late = whole(arrivals, actions)
    assert late[: len(early)] == early


@MANY
@given(facts(), days)
def test_the_list_of_states_is_total_and_time_alone_changes_it_only_when_announced(
    arrivals: list[Arrival], stop: int
) -> None:
    record = recorded(arrivals)
    at = BEGIN + timedelta(days=stop)
    for year in record.years:
        known = picture(record.years, year, at)
        now = project(known, year, WORLD, at)
        assert now.state in State
        end = now.next_change or END
        assert end > at
        for day in range(1, 60):
            later = at + timedelta(days=day)
            if later < end:
                then = project(known, year, WORLD, later)
                assert (then.state, then.flags) == (now.state, now.flags)


@MANY
@given(facts())
def test_each_alert_names_events_that_were_told(arrivals: list[Arrival]) -> None:
    learner, _ = whole(arrivals, [])
    ids = {one.version.event_id for one in arrivals}
    for alert in learner.alerts:
        assert set(alert.because) <= ids


@MANY
@given(facts(), days)
def test_a_rule_has_no_ground_in_a_state_in_which_it_is_not_asked(arrivals: list[Arrival], stop: int) -> None:
    record = recorded(arrivals)
    at = BEGIN + timedelta(days=stop)
    for year in record.years:
        now = situation(picture(record.years, year, at), year, WORLD, at)
        state = projection(now).state
        for rule in RULES.values():
            if rule.states is not None and state not in rule.states:
                assert rule.grounds(now, Docket()) == ()
