"""What becomes of the alerts of one learner and year at one moment, and when to look again.

Pure and the same for every rule. Source: docs/domain.md 8 and rulings 1, 7, 12, 19, 21, 24, 31, 33, 35, 51,
58. The reason of each change is kept with the alert.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from functools import cache

import msgspec
from msgspec.structs import replace

from shared.domain.alert import Alert, Escalation
from shared.domain.calendar import first_work_morning, local_date
from shared.domain.case import Case
from shared.domain.checkpoints import morning_after_term, morning_of
from shared.domain.codes import AlertStatus, How, Severity, State
from shared.domain.event import Version
from shared.domain.ids import alert_id
from shared.domain.picture import Picture
from shared.domain.routing import COORDINATOR, DESK, region_of, role_at
from shared.domain.rule import Docket, Ground, Rule
from shared.domain.rules import RULES
from shared.domain.situation import Situation, situation

LADDER = ("A10", "A14", "A09", "A08", "A07", "A05", "A04", "A03", "A02", "A17")
"""Strongest first; a stronger one silences and takes over a weaker one (ruling 7). Others stand apart."""

BACK_AND_FORTH = timedelta(hours=24)
"""Within this time a correction of a correction re-opens the same episode (ruling 12)."""

INSTANT = timedelta(microseconds=1)

RESOLVED, RAISED, ESCALATED = "alert.resolved", "alert.raised", "alert.escalated"


class News(msgspec.Struct, frozen=True):
    """What became known at this moment: nothing when only time has passed.

    `annulled` tells that one of `events` took another away: a retraction, or a version that supersedes.
    `corrects` is the event that says otherwise about a fact that was known before (ruling 33); a further
    step of an application is none, nor is a presence or a contact. `earlier` is what was known without it.
    """

    versions: tuple[Version, ...] = ()
    annulled: bool = False
    corrects: str | None = None
    earlier: Picture | None = None


TIME = News()
"""Nothing arrived, time has passed."""


class Pending(msgspec.Struct, frozen=True, array_like=True):
    """A ground that was seen and waits for its morning; `due` is None while a stronger alert is open.

    `known` is when it was first seen, `afresh` whether time or a retraction brought it, so that it
    begins a new episode.
    """

    known: datetime
    since: datetime
    due: datetime | None
    afresh: bool


class Change(msgspec.Struct, frozen=True):
    """One thing that happened to an alert."""

    kind: str
    alert: Alert


class Verdict(msgspec.Struct, frozen=True):
    """The alerts of the year after this moment, what changed in order, and the next moment to look."""

    alerts: tuple[Alert, ...]
    changes: tuple[Change, ...]
    pending: dict[str, Pending]
    next_due: datetime | None


def decide(
    subject: str,
    now: Situation,
    state: State,
    alerts: tuple[Alert, ...],
    cases: tuple[Case, ...],
    pending: dict[str, Pending],
    news: News,
    timers: bool,
    closed_before: bool = False,
) -> Verdict:
    """Judge one learner (`subject`) and year at `now.at`; `closed_before`: the transition already was.

    `timers` tells whether what is due at this very moment has to be done; facts that arrive at a moment
    come before what is due at it, and a late fact never repeats what was due.
    """
    bench = _Bench(subject, now, state, alerts, cases, pending, news, closed_before)
    bench.resolve()
    if not now.is_void:
        bench.reopen()
        bench.watch()
        bench.raise_due(timers)
        if bench.changes:
            bench.watch()
        bench.escalate(timers)
    else:
        bench.pending = {}
    return Verdict(tuple(bench.alerts), tuple(bench.changes), bench.pending, bench.next_due())


def next_step(alert: Alert, now: Situation) -> datetime | None:
    """When the alert steps up if nobody acts (UTC): 06:00 of the working day after its term (ruling 21)."""
    if not alert.open or alert.level >= COORDINATOR:
        return None
    joins = RULES[alert.code].joins(now, alert) if alert.level < DESK else None
    if joins is not None or (alert.code in NO_DEFAULT_STEP and alert.level < DESK):
        return joins
    if alert.status is not AlertStatus.RAISED:
        return None
    last = alert.escalations[-1].at if alert.escalations else alert.raised_at
    policy = now.policy
    term = policy.escalate_high_wd if alert.severity is Severity.HIGH else policy.escalate_wd
    return morning_after_term(local_date(last), term)


NO_DEFAULT_STEP = frozenset({"A08"})
"""Whose step to the desk follows lesson days, not the default term."""


def level_after(alert: Alert) -> int:
    """To whom an alert steps up next; some go to the desk at once."""
    at_once = alert.code in NO_DEFAULT_STEP or RULES[alert.code].skips_broker
    return max(alert.level + 1, DESK) if at_once else alert.level + 1


def morning_after(moment: datetime) -> datetime:
    """The first 06:00 of a working day later than a moment."""
    return first_work_morning(moment + INSTANT)


def is_silenced(code: str, alerts: Iterable[Alert]) -> bool:
    """Whether a stronger alert is open."""
    if code not in LADDER:
        return False
    stronger = LADDER[: LADDER.index(code)]
    return any(alert.open and alert.code in stronger for alert in alerts)


class _Bench:
    """The alerts of one year while they are being judged."""

    def __init__(
        self,
        subject: str,
        now: Situation,
        state: State,
        alerts: tuple[Alert, ...],
        cases: tuple[Case, ...],
        pending: dict[str, Pending],
        news: News,
        closed_before: bool,
    ) -> None:
        self.subject = subject
        self.now = now
        self.at = now.at
        self.state = state
        self.alerts = list(alerts)
        self.cases = cases
        self.closed_before = closed_before
        self.pending = pending
        self.news = news
        self.changes: list[Change] = []
        self.grounds: dict[str, Ground] = {}

    def resolve(self) -> None:
        """Close every open alert that a fact, a correction, time or the end of the year has ended.

        What ends one alert can take the ground of another away, so all are asked again.
        """
        ended = True
        while ended:
            endings = [ending for alert in self.alerts if alert.open and (ending := self._ending(alert))]
            for ending in endings:
                self._put(RESOLVED, ending)
            ended = bool(endings)

    def _ending(self, alert: Alert) -> Alert | None:
        rule = RULES[alert.code]
        if self.now.is_void:
            return self._resolved(alert, How.CORRECTED, self.news.corrects)
        ended = rule.ended(self.now, alert)
        if self.news.corrects and not self._is_new_step(ended) and (ended or self._fell(alert)):
            return self._resolved(alert, How.CORRECTED, self.news.corrects)
        if self.state is State.CLOSED and not (rule.beyond_closing and self.closed_before):
            return self._resolved(alert, How.EXPIRED, None)
        if ended:
            return self._resolved(alert, How.AUTO, ended.event_id, ended)
        return self._resolved(alert, How.AUTO, None) if self._lapsed(alert) else None

    def _lapsed(self, alert: Alert) -> bool:
        """Whether it ended without a fact."""
        lapse = RULES[alert.code].lapses(self.now, alert, self.docket)
        return lapse is not None and lapse <= self.at

    @property
    def docket(self) -> Docket:
        """What lies there now."""
        return Docket(tuple(self.alerts), self.cases)

    def _is_new_step(self, ended: Version | None) -> bool:
        """A new fact that ends an alert is no correction, unless it came in the place of another one."""
        return ended in self.news.versions and not self.news.annulled

    def _resolved(self, alert: Alert, how: How, by: str | None, ended: Version | None = None) -> Alert:
        return replace(
            alert,
            status=AlertStatus.RESOLVED,
            resolved_at=self.at,
            how=how,
            resolved_by=by,
            resolved_kind=ended.kind if ended else None,
            resolved_on=ended.occurred_at if ended else None,
        )

    def _fell(self, alert: Alert) -> bool:
        """Whether this correction took its ground away, as it was at the moment of raising."""
        earlier = self.news.earlier
        stood = earlier is not None and self._stands(alert, earlier)
        return stood and not self._stands(alert, self.now.picture)

    def _stands(self, alert: Alert, known: Picture) -> bool:
        """Whether it would have been raised at its moment, had this been known by then."""
        then = situation(known, self.now.year, self.now.world, alert.raised_at)
        return any(
            ground.key == alert.ground and ground.since <= alert.raised_at
            for ground in RULES[alert.code].grounds(then, self._docket_at(alert.raised_at))
        )

    def _docket_at(self, at: datetime) -> Docket:
        """What lay there at an earlier moment (UTC)."""
        then = [
            _reopened(one) if one.resolved_at is not None and one.resolved_at > at else one
            for one in self.alerts
            if one.raised_at <= at
        ]
        return Docket(tuple(then), self.cases)

    def reopen(self) -> None:
        """A correction that is itself corrected within a day: the same episode goes on (ruling 12)."""
        if not self.news.corrects:
            return
        for alert in list(self.alerts):
            if (
                alert.resolved_at is not None
                and self.at - BACK_AND_FORTH <= alert.resolved_at < self.at
                and alert.how in (How.AUTO, How.CORRECTED, How.EXPIRED)
                and not self._has_open(alert.code, alert.ground)
                and not is_silenced(alert.code, self.alerts)
                and not RULES[alert.code].ended(self.now, alert)
                and not self._lapsed(alert)
                and self._stands(alert, self.now.picture)
            ):
                self._put(RAISED, _reopened(alert))
                self._supersede(alert.code)

    def watch(self) -> None:
        """Note the grounds of rules with a term, and the morning on which each falls due.

        An alert can be the ground of another: after one was raised, all are asked again.
        """
        seen: dict[str, Pending] = {}
        for rule in self._in_play(WATCHING):
            for ground in rule.grounds(self.now, self.docket):
                if not self._has_open(rule.code, ground.key):
                    name = f"{rule.code}|{ground.key}"
                    self.grounds[name] = ground
                    seen[name] = self._awaited(rule, ground, self.pending.get(name))
        self.pending = seen

    def _awaited(self, rule: Rule, ground: Ground, before: Pending | None) -> Pending:
        if before is not None and before.since == ground.since:
            due = before.due
        else:
            known = before.known if before else self.at
            due = self.at if rule.at_once else _due(ground.since, known)
        if due is None or due < self.at:
            due = None if is_silenced(rule.code, self.alerts) else morning_after(self.at)
        if before is not None:
            return replace(before, since=ground.since, due=due)
        return Pending(self.at, ground.since, due, self.news.annulled or not self.news.versions)

    def raise_due(self, timers: bool) -> None:
        """Raise what falls due at this moment: of the ladder the strongest alone (ruling 19)."""
        found = sorted(self._candidates(timers), key=lambda one: _strength(one[0].code))
        for rule, ground in found:
            if self._has_open(rule.code, ground.key):
                continue
            name = f"{rule.code}|{ground.key}"
            if is_silenced(rule.code, self.alerts):
                if name in self.pending:
                    self.pending[name] = replace(self.pending[name], due=None)
                continue
            self._raise(rule, ground, self.pending.pop(name, None))

    def _candidates(self, timers: bool) -> Iterator[tuple[Rule, Ground]]:
        for name, waiting in self.pending.items():
            rule = RULES[name.partition("|")[0]]
            if waiting.due == self.at and (timers or rule.at_once):
                yield rule, self.grounds[name]
        if timers:
            for rule in self._in_play(DATED):
                if self.at in rule.looks(self.now):
                    for ground in rule.grounds(self.now, self.docket):
                        yield rule, ground

    def _raise(self, rule: Rule, ground: Ground, waited: Pending | None) -> None:
        former = [one for one in self.alerts if one.code == rule.code and one.ground == ground.key]
        last = max(former, key=lambda one: (one.episode, one.raised_at, one.alert_id), default=None)
        if last and waited and not self._is_afresh(waited, last) and rule.goes_on(ground, last):
            alert = _reopened(last)
        else:
            alert = self._alert(rule, ground, len(former) + 1)
        self._put(RAISED, alert)
        self._supersede(rule.code)

    def _supersede(self, code: str) -> None:
        """What is weaker resolves in the same instant (ruling 7)."""
        weaker = LADDER[LADDER.index(code) + 1 :] if code in LADDER else ()
        for one in [one for one in self.alerts if one.open and one.code in weaker]:
            self._put(RESOLVED, self._resolved(one, How.SUPERSEDED, code))

    def _is_afresh(self, waited: Pending, last: Alert) -> bool:
        """A new episode needs a later fact than the one that ended the last, or time (ruling 12)."""
        if waited.afresh or last.resolved_on is None:
            return True
        return any(known.version.occurred_at > last.resolved_on for known in self.now.picture.everything)

    def _alert(self, rule: Rule, ground: Ground, episode: int) -> Alert:
        now = self.now
        return Alert(
            alert_id=alert_id(self.subject, now.year, rule.code, ground.key, episode),
            code=rule.code,
            year=now.year,
            ground=ground.key,
            episode=episode,
            status=AlertStatus.RAISED,
            raised_at=self.at,
            severity=ground.severity,
            level=ground.level,
            region=region_of(now),
            duty=now.duty,
            recipients=ground.recipients,
            figures=ground.figures,
            because=ground.because,
            policy_version=now.policy.version,
            parties=ground.parties,
        )

    def escalate(self, timers: bool) -> None:
        """Take every step that is due, one level at a time."""
        if not timers or morning_of(self.now.today) != self.at:
            return
        for alert in [alert for alert in self.alerts if alert.open]:
            step = next_step(alert, self.now)
            if step is not None and step <= self.at:
                level = level_after(alert)
                taken = Escalation(level, self.at, role_at(self.now, level))
                self._put(ESCALATED, replace(alert, level=level, escalations=(*alert.escalations, taken)))

    def next_due(self) -> datetime | None:
        """The first moment after this one at which something of these alerts may have to be done."""
        if self.now.is_void:
            return None
        return min((due for due in self._dues() if due > self.at), default=None)

    def _dues(self) -> Iterator[datetime]:
        for rule in self._in_play(DATED):
            yield from rule.looks(self.now)
        yield from (waiting.due for waiting in self.pending.values() if waiting.due)
        for alert in self.alerts:
            step = next_step(alert, self.now)
            if step is not None:
                yield step if step > self.at else morning_after(self.at)
            lapse = RULES[alert.code].lapses(self.now, alert, self.docket) if alert.open else None
            if lapse is not None:
                yield lapse

    def _in_play(self, rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
        """Those that can have a ground in this state; of a transition that is closed few speak.

        A state changes by a fact or at a moment of its own, and at either all this is judged anew: so no look
        is missed that is not due in the state of today.
        """
        return _in_play(rules, self.state)

    def _has_open(self, code: str, ground: str) -> bool:
        return any(one.open and one.code == code and one.ground == ground for one in self.alerts)

    def _put(self, kind: str, alert: Alert) -> None:
        rest = [one for one in self.alerts if one.alert_id != alert.alert_id]
        self.alerts = [*rest, alert]
        self.changes.append(Change(kind, alert))


@cache
def _in_play(rules: tuple[Rule, ...], state: State) -> tuple[Rule, ...]:
    return tuple(
        rule
        for rule in rules
        if (rule.states is None or state in rule.states)
        and (state is not State.CLOSED or rule.beyond_closing)
    )


def _due(since: datetime, known: datetime) -> datetime:
    """A working morning: of the ground, or after it became known when its term was over by then."""
    return first_work_morning(since) if since > known else morning_after(known)


def _reopened(alert: Alert) -> Alert:
    return replace(
        alert,
        status=AlertStatus.ACKNOWLEDGED if alert.acknowledged_at else AlertStatus.RAISED,
        resolved_at=None,
        how=None,
        resolved_by=None,
        resolved_kind=None,
        resolved_on=None,
    )


def _strength(code: str) -> int:
    return LADDER.index(code) if code in LADDER else len(LADDER)


DATED = tuple(rule for rule in RULES.values() if rule.dated)
WATCHING = tuple(rule for rule in RULES.values() if not rule.dated)
