"""The walk of one learner through time: at every step the verdict that could be given then.

Nobody ever judges "now". Facts by the moment they were received, what people did, then what falls due:
that is the order within one moment. Whatever came in is judged without waiting, but no deadline is passed
that lies beyond `until`: something older than that may still be on its way. So an outage, a restart or
another batch size gives the same history, and `transfers replay` calls this same function (docs/adr/0004).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import msgspec
from msgspec.structs import replace

from shared.domain import casework, deeds
from shared.domain.action import NOT_FOUND, Action, Refused
from shared.domain.alert import Alert
from shared.domain.calendar import earlier
from shared.domain.case import Case
from shared.domain.codes import AlertStatus, CaseStatus, How, State
from shared.domain.decide import LADDER, RESOLVED, TIME, Change, News, decide
from shared.domain.event import Arrival, Version
from shared.domain.facts import merge
from shared.domain.learner import Incoming, Join, Key, Learner, Standing, holds, joins_of
from shared.domain.picture import Picture, picture
from shared.domain.policy import in_force
from shared.domain.quiet import UNMOVED, is_quiet, unseen_from
from shared.domain.routing import region_of
from shared.domain.situation import Situation, situation
from shared.domain.state import projection
from shared.domain.world import World

INSTANT = timedelta(microseconds=1)

STEPS = frozenset(
    {
        "mbo.application.status",
        "attendance.present",
        "attendance.report",
        "contact.recorded",
        "dossier.progress",
    }
)
"""Kinds whose next version tells what came next; of the others it says that the former was wrong."""


class Happening(msgspec.Struct, frozen=True):
    """One thing that the outside is told of, in the order of happening; `at` in UTC."""

    kind: str
    at: datetime
    alert: Alert | None = None
    case: Case | None = None


class Refusal(msgspec.Struct, frozen=True):
    """An action that changes nothing, and why: `illegal-move` or `not-found`, in plain Dutch."""

    action: Action
    code: str
    detail: str


class Step(msgspec.Struct, frozen=True):
    """A learner further on, and what happened on the way.

    `waiting` are the actions before which a due moment lies that is later than `until`. `contacts` are
    facts that people made; they are in the record already and still have to be published.
    """

    learner: Learner
    happenings: tuple[Happening, ...] = ()
    refused: tuple[Refusal, ...] = ()
    contacts: tuple[Arrival, ...] = ()
    waiting: tuple[Action, ...] = ()


def advance(learner: Learner, world: World, until: datetime, actions: Sequence[Action] = ()) -> Step:
    """Walk on through every moment in hand, and through every due one up to `until` (UTC)."""
    walk = _Walk(learner, world, actions)
    walk.go(until)
    return walk.step()


class _Walk:
    """One learner on the way; everything it holds is a value, replaced as a whole."""

    def __init__(self, learner: Learner, world: World, actions: Sequence[Action]) -> None:
        self.world = world
        self.ref = learner.student_ref
        self.learner = learner
        self.record = learner.record
        self.settled = learner.settled_until
        self.standings = dict(learner.standings)
        self.alerts = learner.alerts
        self.cases = learner.cases
        self.due = learner.next_due
        self.incoming = list(learner.incoming)
        self.queue = sorted(actions, key=lambda action: action.at)
        self.done: list[Action] = []
        self.happenings: list[Happening] = []
        self.refused: list[Refusal] = []
        self.contacts: list[Arrival] = []
        self.joins = joins_of(learner) if learner.record.joined else []
        if self.joins:
            self._hold_back()

    def go(self, until: datetime) -> None:
        """Take every moment in order; none at or after a link whose old reference is not here yet."""
        stop = next((one.at for one in self.joins if one.old is None), None)
        while (at := self._next(until)) is not None and (stop is None or at < stop):
            self._moment(at)
        reached = until if stop is None else min(until, stop - INSTANT)
        if self.settled is None or reached > self.settled:
            self.settled = reached

    def _next(self, until: datetime) -> datetime | None:
        """The next moment: a due one up to `until`, or one in hand before it."""
        arrival = self._arrival()
        if self.due is not None and (arrival is None or self.due <= arrival):
            return self.due if self.due <= until else None
        return arrival

    def _hold_back(self) -> None:
        """What came under an old reference counts no earlier than that one's own walk has gone."""
        late = {ref: one.at for one in self.joins for ref in one.train}
        counts_from = dict(self.learner.counts_from)
        for number, one in enumerate(self.incoming):
            at = late.get(self._via(one) or "", one.counts)
            if at > one.counts:
                self.incoming[number] = replace(one, counts=at)
                counts_from[one.source, one.event_id] = at
        self.incoming.sort()
        self.learner = replace(self.learner, counts_from=counts_from)

    def _via(self, one: Incoming) -> str | None:
        """The reference under which an event was sent, when it is an old one."""
        facts, key = self.record.years[one.year], (one.source, one.event_id)
        sent = [
            version.via for chain in facts.chains.values() for version in chain if version.identity == key
        ]
        sent += [stone.via for stone in facts.tombstones if (stone.source, stone.by) == key]
        return next(iter(sent), None)

    def step(self) -> Step:
        """The learner where the walk ended."""
        learner = replace(
            self.learner,
            record=self.record,
            settled_until=self.settled,
            standings=self.standings,
            actions=(*self.learner.actions, *self.done),
            next_due=self.due,
            alerts=self.alerts,
            cases=self.cases,
            incoming=tuple(self.incoming),
            own=(*self.learner.own, *self.contacts),
        )
        return Step(
            learner, tuple(self.happenings), tuple(self.refused), tuple(self.contacts), tuple(self.queue)
        )

    def _arrival(self) -> datetime | None:
        """The moment of the next fact or action in hand; what is late counts from where the walk stands."""
        fact = self.incoming[0].counts if self.incoming else None
        action = self.queue[0].at if self.queue else None
        first = earlier(earlier(fact, action), self.joins[0].at if self.joins else None)
        return first if first is None or self.settled is None else max(first, self.settled)

    def _moment(self, at: datetime) -> None:
        """Facts, then actions, then what is due; where the walk has been before, nothing is due any more.

        What became of a case is looked at once more, because alerts are judged before cases. Attendance from
        which nothing follows is kept and not judged.
        """
        timers = self.settled is None or at > self.settled
        at = at if self.settled is None else max(at, self.settled)
        due = self._years_due(at)
        facts = self._received(at)
        joined = bool(self.joins) and self.joins[0].at <= at
        if not joined:
            facts = [one for one in facts if not self._is_quiet(one, at)]
        self.settled = at
        if not (facts or due or joined or (self.queue and self.queue[0].at <= at)):
            if self.due is not None and self.due <= at:
                self.due = self._next_due()
            return
        in_hand = _in_hand(self.cases)
        if joined:
            self._join(at, facts)
        else:
            self._hear(at, facts)
        while self.queue and self.queue[0].at <= at:
            self._act(self.queue.pop(0), at)
        for year in due:
            self._judge(year, at, TIME, timers)
        if due:
            self._cases_become(at, casework.time_passed(self.cases, at, self._state))
        for year in sorted({one.year for one in in_hand - _in_hand(self.cases)}):
            self._judge(year, at, TIME, False)
        self.due = self._next_due()

    def _hear(self, at: datetime, facts: Sequence[Incoming]) -> None:
        """Judge every year that something arrived for; the others hear what may be true of the person."""
        told = {year: self._news(year, at, facts) for year in sorted({one.year for one in facts})}
        for year, news in told.items():
            self._judge(year, at, news, False)
        for year in sorted(self.standings.keys() - told.keys()) if told else ():
            for news in told.values():
                self._judge(year, at, self._echo(year, at, news), False)

    def _is_quiet(self, one: Incoming, at: datetime) -> bool:
        """Whether an event is attendance from which nothing follows."""
        before = self.standings.get(one.year)
        if before is None or (before.due is not None and before.due <= at):
            return False
        if self.learner.counts_from or self.record.joined:
            return False
        if any(alert.open and alert.code not in UNMOVED for alert in self.alerts):
            return False
        facts = self.record.years[one.year]
        return is_quiet(facts, one.key, before.state, before.flags, at, self.world.policies)

    def _join(self, at: datetime, facts: Sequence[Incoming]) -> None:
        """Old references lead here now: what they bring is judged with the rest, in one step."""
        joins, self.joins = _split(self.joins, at)
        years = {one.year for one in facts}
        link = joins[-1].by
        before = {year: self._earlier(year, at, link) for year in {*years, *self.standings}}
        heard: set[Key] = set()
        moved: set[str] = set()
        for one, before_link in [(one, one.old) for one in joins if one.old is not None]:
            old = self._walked(before_link, one.at)
            heard |= _contacts(old)
            years |= old.standings.keys()
            moved |= self._take_up(old, one, at)
        unheard = [one for one in facts if (one.source, one.event_id) not in heard]
        for year in sorted({*years, *self.standings}):
            versions = self._news(year, at, unheard).versions if year in self.record.years else ()
            self._judge(year, at, News(versions, False, link, before.get(year)), False)
        for year in sorted(years):
            self._make_one(year, at, link, moved)

    def _walked(self, old: Learner, at: datetime) -> Learner:
        """An old reference at the end of its walk, just before the link."""
        walk = _Walk(old, self.world, ())
        walk.go(at - INSTANT)
        step = walk.step()
        self.happenings += step.happenings
        return step.learner

    def _take_up(self, old: Learner, join: Join, at: datetime) -> set[str]:
        """Everything that the old reference had is the learner's now; returns which is still open."""
        changes = [
            change for year in sorted(old.standings) for change in self._outlived(old, year, at, join.by)
        ]
        ended = {change.alert.alert_id: change.alert for change in changes}
        alerts = tuple(ended.get(alert.alert_id, alert) for alert in old.alerts)
        self.alerts = (*self.alerts, *alerts)
        self._tell(at, changes)
        others = tuple(replace(case, student_ref=self.ref) for case in old.cases)
        own_cases = self.cases
        self.cases = (*own_cases, *others)
        self._cases_become(at, casework.combined(own_cases, others, at))
        self._cases_become(at, casework.follow(self.ref, self.cases, changes, self.alerts, at))
        for year, standing in old.standings.items():
            own = self.standings.get(year)
            pending = {**standing.pending, **(own.pending if own else {})}
            self.standings[year] = replace(own or standing, pending=pending)
        self._remember(old, join, at)
        return {alert.alert_id for alert in alerts if alert.open} | {
            case.case_id for case in others if case.open
        }

    def _outlived(self, old: Learner, year: int, at: datetime, link: str) -> list[Change]:
        """How the alerts end that are not true of the person as a whole (ruling 32)."""
        own = tuple(alert for alert in old.alerts if alert.year == year)
        if not any(alert.open for alert in own):
            return []
        known = picture(self.record.years, year, at, self.learner.counts_from)
        now = situation(known, year, self.world, at)
        news = News((), True, link, picture(old.record.years, year, at, old.counts_from))
        closed = old.standings[year].state is State.CLOSED
        verdict = decide(old.student_ref, now, projection(now).state, own, old.cases, {}, news, False, closed)
        return [change for change in verdict.changes if change.kind == RESOLVED]

    def _remember(self, old: Learner, join: Join, at: datetime) -> None:
        """The actions of the old reference, and its contacts that no record has brought back yet."""
        learner, counts_from = self.learner, dict(self.learner.counts_from)
        own = tuple(_sent_under(arrival, old.student_ref, self.ref) for arrival in old.own)
        for arrival in own:
            if not holds(self.record, arrival):
                counts_from[arrival.version.identity] = at
                self.record = replace(merge(self.record, arrival).record, version=self.record.version)
        self.learner = replace(
            learner,
            actions=tuple(sorted((*learner.actions, *old.actions), key=lambda action: action.at)),
            own=(*learner.own, *own),
            counts_from=counts_from,
            brought={ref: one for ref, one in learner.brought.items() if ref not in join.train},
            joined=tuple(sorted({*learner.joined, *old.joined, join.ref})),
        )

    def _make_one(self, year: int, at: datetime, link: str, moved: set[str]) -> None:
        """Of two alerts with one ground the learner's own stays; and a stronger one takes over the weaker."""
        region = self.standings[year].region
        self.alerts = tuple(
            replace(alert, region=region)
            if alert.alert_id in moved and alert.open and alert.year == year
            else alert
            for alert in self.alerts
        )
        changes, cases = [], self.cases
        for alert, twin, how, by in _surplus(self.alerts, year, moved, link):
            resolved = replace(alert, status=AlertStatus.RESOLVED, resolved_at=at, how=how, resolved_by=by)
            cases = casework.takes_in(cases, alert.alert_id, twin.alert_id)
            self.alerts = _put(self.alerts, resolved)
            changes.append(Change(RESOLVED, resolved))
        self._tell(at, changes)
        self._cases_become(at, casework.follow(self.ref, cases, changes, self.alerts, at))
        current = casework.open_case(self.cases)
        if current is not None and current.case_id in moved:
            self._cases_become(at, casework.moved_home(self.cases, year, region, at))

    def _echo(self, year: int, at: datetime, news: News) -> News:
        """What news of one year is to another; contacts belong to the case that they name."""
        versions = tuple(version for version in news.versions if version.kind != casework.CONTACT)
        return News(versions, news.annulled, news.corrects, self._earlier(year, at, news.corrects))

    def _years_due(self, at: datetime) -> list[int]:
        """The years with something due at a moment; when only the walk as a whole is, all of them."""
        if self.due is None or self.due > at:
            return []
        due = [year for year, one in self.standings.items() if one.due and one.due <= at]
        if not due or any(case.due and case.due <= at for case in self.cases):
            return sorted(due or self.standings)
        return sorted(year for year in due if not self._is_seen(year, at))

    def _is_seen(self, year: int, at: datetime) -> bool:
        """Whether only a long absence is due, of somebody who was seen since: then later."""
        one = self.standings[year]
        if (one.next_due and one.next_due <= at) or self.learner.counts_from or self.record.joined:
            return False
        facts = self.record.years[year]
        later = unseen_from(facts, one.state, one.flags, at, self.world.policies)
        if later is None or later <= at:
            return False
        self.standings[year] = replace(one, unseen_from=later)
        return True

    def _received(self, at: datetime) -> list[Incoming]:
        count = sum(one.counts <= at for one in self.incoming)
        facts, self.incoming = self.incoming[:count], self.incoming[count:]
        return facts

    def _news(self, year: int, at: datetime, incoming: Sequence[Incoming]) -> News:
        """What these events bring, and whether one of them takes back something known before."""
        facts, keys = self.record.years[year], {(one.source, one.event_id) for one in incoming}
        versions: list[Version] = []
        corrects = next((stone.by for stone in facts.tombstones if (stone.source, stone.by) in keys), None)
        annulled = corrects is not None
        for name in sorted({one.key for one in incoming if one.year == year}):
            chain = facts.chain(name)
            fresh = [version for version in chain if (version.source, version.event_id) in keys]
            versions += fresh
            if fresh and corrects is None and fresh[0].kind not in STEPS and self._was_known(chain, keys, at):
                corrects = fresh[0].event_id
        return News(tuple(versions), annulled, corrects, self._earlier(year, at, corrects))

    def _earlier(self, year: int, at: datetime, corrects: str | None) -> Picture | None:
        """What was known just before a correction; only open alerts ask for it."""
        if corrects is None or not any(alert.open and alert.year == year for alert in self.alerts):
            return None
        return picture(self.record.years, year, at - INSTANT, self.learner.counts_from)

    def _was_known(self, chain: Sequence[Version], keys: set[Key], at: datetime) -> bool:
        others = [version for version in chain if (version.source, version.event_id) not in keys]
        return any(self._counts(version) <= at for version in others)

    def _counts(self, version: Version) -> datetime:
        key = version.source, version.event_id
        return self.learner.counts_from.get(key, version.received_at)

    def _judge(self, year: int, at: datetime, news: News, timers: bool) -> None:
        known = picture(self.record.years, year, at, self.learner.counts_from)
        now = situation(known, year, self.world, at)
        shown = projection(now)
        state = None if now.is_void else shown.state
        before = self.standings.get(year)
        self._move_home(now, before)
        own = tuple(alert for alert in self.alerts if alert.year == year)
        verdict = decide(
            self.ref,
            now,
            shown.state,
            own,
            self.cases,
            before.pending if before else {},
            news,
            timers,
            before is not None and before.state is State.CLOSED,
        )
        self.alerts = (*(alert for alert in self.alerts if alert.year != year), *verdict.alerts)
        self._tell(at, verdict.changes)
        cases = casework.contacts(self.cases, news, at)
        cases = casework.follow(self.ref, cases, verdict.changes, self.alerts, at)
        cases = casework.seen(cases, before.state if before else None, state, news is not TIME)
        self._cases_become(at, cases)
        self.standings[year] = Standing(
            state=state,
            since=before.since if before and before.state is state else at,
            flags=shown.flags,
            region=region_of(now),
            pending=verdict.pending,
            next_due=earlier(verdict.next_due, None if now.is_void else shown.next_date),
            unseen_from=None if now.is_void else shown.unseen_from,
        )

    def _move_home(self, now: Situation, before: Standing | None) -> None:
        """Open alerts and the case follow the learner to another region."""
        region = region_of(now)
        if before is None or before.region == region or now.is_void:
            return
        self._alerts_move(now.year, region)
        self._cases_become(now.at, casework.moved_home(self.cases, now.year, region, now.at))

    def _alerts_move(self, year: int, region: str | None) -> None:
        self.alerts = tuple(
            replace(alert, region=region) if alert.open and alert.year == year else alert
            for alert in self.alerts
        )

    def _act(self, asked: Action, at: datetime) -> None:
        """Do or refuse what somebody asked; what is late counts from where the walk stands."""
        action = asked if asked.at == at else replace(asked, at=at)
        standing = self.standings.get(action.transition_year)
        if standing is None:
            self.refused.append(Refusal(asked, NOT_FOUND.code, NOT_FOUND.detail))
            return
        logged = (*self.learner.actions, *self.done)
        ordinal = sum(one.action == "contact-attempt" and one.at == action.at for one in logged)
        policy = in_force(self.world.policies, at).where(year=action.transition_year, region=standing.region)
        deed = deeds.do(action, self.alerts, self.cases, standing.region, ordinal, policy.aftercare_months)
        if isinstance(deed, Refused):
            self.refused.append(Refusal(asked, deed.code, deed.detail))
            return
        self.done.append(action)
        news = TIME
        if deed.alert is not None:
            self.alerts = _put(self.alerts, deed.alert)
            self._tell(action.at, (Change("alert.acknowledged", deed.alert),))
        if deed.region_of_alerts is not None:
            self._alerts_move(action.transition_year, deed.region_of_alerts)
        if deed.cases is not None:
            self._cases_become(action.at, deed.cases)
        if deed.contact is not None:
            news = self._made(deed.contact)
        self._judge(action.transition_year, action.at, news, False)

    def _made(self, contact: Arrival) -> News:
        """A contact logged here is a fact like any other, known at once."""
        self.contacts.append(contact)
        self.record = replace(merge(self.record, contact).record, version=self.record.version)
        return News((contact.version,))

    def _tell(self, at: datetime, changes: Sequence[Change]) -> None:
        self.happenings += [Happening(change.kind, at, alert=change.alert) for change in changes]

    def _cases_become(self, at: datetime, cases: tuple[Case, ...]) -> None:
        before = {case.case_id: case.status for case in self.cases}
        for case in cases:
            for kind in _told(before.get(case.case_id), case.status):
                self.happenings.append(Happening(kind, at, case=case))
        self.cases = cases

    def _state(self, year: int) -> State | None:
        return self.standings[year].state if year in self.standings else None

    def _next_due(self) -> datetime | None:
        due: datetime | None = None
        for standing in self.standings.values():
            due = earlier(due, standing.due)
        for case in self.cases:
            due = earlier(due, case.due)
        return due


def _told(before: CaseStatus | None, after: CaseStatus) -> Iterator[str]:
    """What the outside hears of a case whose status was `before`."""
    if before is None and after is not CaseStatus.TRANSFERRED:
        yield "case.opened"
        before = CaseStatus.NEW
    if after is not before:
        yield "case.closed" if after is CaseStatus.CLOSED else "case.status-changed"


class _InHand(msgspec.Struct, frozen=True):
    """An open case, and when somebody last worked on it: when either ends, what speaks of it may be over."""

    case_id: str
    year: int
    worked_at: datetime | None


def _in_hand(cases: Sequence[Case]) -> set[_InHand]:
    return {_InHand(case.case_id, case.year, case.worked_at) for case in cases if case.open}


def _put(alerts: tuple[Alert, ...], changed: Alert) -> tuple[Alert, ...]:
    return tuple(changed if alert.alert_id == changed.alert_id else alert for alert in alerts)


def _split(joins: list[Join], at: datetime) -> tuple[list[Join], list[Join]]:
    """Those up to a moment, and those after it."""
    count = sum(one.at <= at for one in joins)
    return joins[:count], joins[count:]


def _contacts(old: Learner) -> set[Key]:
    """The contacts that a walk has heard: they are attempts on its cases already."""
    return {
        version.identity
        for year in old.record.years.values()
        for chain in year.chains.values()
        for version in chain
        if version.kind == casework.CONTACT
    }


def _sent_under(arrival: Arrival, old: str, new: str) -> Arrival:
    """A contact of an old reference as the new one has it."""
    version = replace(arrival.version, via=arrival.version.via or old)
    return replace(arrival, student_ref=new, version=version)


def _surplus(
    alerts: Sequence[Alert], year: int, moved: set[str], link: str
) -> Iterator[tuple[Alert, Alert, How, str]]:
    """The open alerts of a year that have to go when two references become one: for whom, how and by what."""
    open_ = [alert for alert in alerts if alert.open and alert.year == year]
    open_.sort(key=lambda alert: (alert.raised_at, alert.alert_id))
    own = {(alert.code, alert.ground): alert for alert in open_ if alert.alert_id not in moved}
    for alert in open_:
        twin = own.setdefault((alert.code, alert.ground), alert)
        if twin is not alert:
            yield alert, twin, How.CORRECTED, link
    ladder = sorted(
        (one for one in own.values() if one.code in LADDER), key=lambda one: LADDER.index(one.code)
    )
    for weaker in ladder[1:]:
        yield weaker, ladder[0], How.SUPERSEDED, ladder[0].code
