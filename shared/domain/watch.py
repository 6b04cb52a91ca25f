"""The watch over one institution: what it should have sent, at every moment that this could be said.

The same walk as that of a learner (`advance.py`), over moments at which something arrived after a silence and
moments at which a rule has to look. Pure: services and `transfers replay` share it. Source: docs/domain.md 8
(A01, A19) and rulings 1, 19, 21, 31, 51.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import msgspec
from msgspec.structs import replace

from shared.domain.advance import INSTANT, Happening
from shared.domain.alert import Alert, Escalation
from shared.domain.calendar import local_date, midnight
from shared.domain.checkpoints import morning_after_term
from shared.domain.codes import AlertStatus, How, Role
from shared.domain.decide import ESCALATED, RAISED, RESOLVED, morning_after
from shared.domain.hearing import Hearing, InstitutionRule
from shared.domain.ids import alert_id
from shared.domain.policy import Policy
from shared.domain.routing import BROKER, COORDINATOR, DESK
from shared.domain.rule import Ground
from shared.domain.rules import INSTITUTION_RULES
from shared.domain.world import World

STEPS = {BROKER: Role.VSV_BROKER, DESK: Role.RMC_DESK, COORDINATOR: Role.REGION_COORDINATOR}
"""Who is told when nobody has picked an alert up: there is no learner whose age chooses the desk."""


class Watch(msgspec.Struct, frozen=True):
    """What is kept of the watch over one institution: how far it came, its alerts, and when to look again."""

    org: str
    settled_until: datetime | None = None
    next_due: datetime | None = None
    alerts: tuple[Alert, ...] = ()


class Round(msgspec.Struct, frozen=True):
    """The watch further on, and what happened on the way."""

    watch: Watch
    happenings: tuple[Happening, ...] = ()


def keep_watch(watch: Watch, world: World, until: datetime) -> Round:
    """Go on through every moment up to `until` (UTC). What arrived late counts from where the watch stood."""
    walk = _Walk(watch, world)
    while (at := walk.next()) is not None and at <= until:
        walk.moment(at)
    settled = walk.settled if walk.settled is None or walk.settled >= until else until
    walk.settled = settled
    return Round(Watch(watch.org, settled, walk.next(), tuple(walk.alerts)), tuple(walk.happenings))


def subject_of(alert: Alert) -> str:
    """Whom an alert about an institution is about: a site, or the institution."""
    return alert.parties.get("school") or alert.parties["org"]


class _Walk:
    """The watch on its way."""

    def __init__(self, watch: Watch, world: World) -> None:
        self.world = world
        self.institution = world.institutions[watch.org]
        self.settled = watch.settled_until
        self.alerts = list(watch.alerts)
        self.happenings: list[Happening] = []

    def next(self) -> datetime | None:
        """The next moment: after the last one, or that one again when something late ends an alert."""
        begins = [spell.since for spells in self.institution.heard.values() for spell in spells]
        if self.settled is None:
            return min(begins, default=None)
        here = self.settled
        if any(self._ended(alert, here) for alert in self._open()):
            return here
        moments = [*begins, *self._turns(), *self._dues(here + INSTANT), *self._ends(here)]
        return min((moment for moment in moments if moment > here), default=None)

    def moment(self, at: datetime) -> None:
        """What arrived comes first, then what is due; where the watch has been, nothing is due any more."""
        timers = self.settled is None or at > self.settled
        self.settled = at
        for alert in self._open():
            if self._ended(alert, at):
                self._resolve(alert, at, How.AUTO)
            elif at >= self._closes(alert):
                self._resolve(alert, at, How.EXPIRED)
        if timers:
            for rule, subject in self._quiet():
                now = self._hearing(subject, at)
                if rule.due(now) == at and (ground := rule.ground(now)) is not None:
                    self._raise(rule, now, ground)
            self._step_up(at)

    def _hearing(self, subject: str, at: datetime) -> Hearing:
        return Hearing(subject, self.institution, self.world, at)

    def _policy(self, alert: Alert, at: datetime) -> Policy:
        return self._hearing(subject_of(alert), at).policy(alert.year)

    def _open(self) -> list[Alert]:
        return [alert for alert in self.alerts if alert.open]

    def _quiet(self) -> Iterator[tuple[InstitutionRule, str]]:
        """Each rule with whom it watches and has no open alert about."""
        open_ones = {(alert.code, subject_of(alert)) for alert in self._open()}
        for rule in INSTITUTION_RULES.values():
            for subject in rule.subjects(self.institution):
                if (rule.code, subject) not in open_ones:
                    yield rule, subject

    def _ended(self, alert: Alert, at: datetime) -> bool:
        return INSTITUTION_RULES[alert.code].ended(self._hearing(subject_of(alert), at), alert)

    def _closes(self, alert: Alert) -> datetime:
        """The end of the transition year: what was missing then is missed no longer."""
        return midnight(self._policy(alert, alert.raised_at).closing(alert.year))

    def _turns(self) -> Iterator[datetime]:
        """The moments at which other parameters come into force."""
        return (midnight(policy.valid_from) for policy in self.world.policies)

    def _dues(self, at: datetime) -> Iterator[datetime]:
        for rule, subject in self._quiet():
            due = rule.due(self._hearing(subject, at))
            if due is not None:
                yield due

    def _ends(self, here: datetime) -> Iterator[datetime]:
        """When an open alert steps up or expires."""
        for alert in self._open():
            yield self._closes(alert)
            step = next_step(alert, self._policy(alert, here))
            if step is not None:
                yield step if step > here else morning_after(here)

    def _raise(self, rule: InstitutionRule, now: Hearing, ground: Ground) -> None:
        year = now.today.year
        former = [
            alert
            for alert in self.alerts
            if (alert.code, alert.year, subject_of(alert)) == (rule.code, year, now.subject)
        ]
        episode = len(former) + 1
        alert = Alert(
            alert_id=alert_id(now.subject, year, rule.code, ground.key, episode),
            code=rule.code,
            year=year,
            ground=ground.key,
            episode=episode,
            status=AlertStatus.RAISED,
            raised_at=now.at,
            severity=ground.severity,
            level=ground.level,
            region=now.region,
            duty=None,
            recipients=ground.recipients,
            figures=ground.figures,
            because=ground.because,
            policy_version=now.policy(year).version,
            parties=ground.parties,
        )
        self.alerts.append(alert)
        self.happenings.append(Happening(RAISED, now.at, alert=alert))

    def _resolve(self, alert: Alert, at: datetime, how: How) -> None:
        self._put(RESOLVED, replace(alert, status=AlertStatus.RESOLVED, resolved_at=at, how=how), at)

    def _step_up(self, at: datetime) -> None:
        for alert in self._open():
            step = next_step(alert, self._policy(alert, at))
            if step is not None and step <= at:
                taken = Escalation(alert.level + 1, at, STEPS[alert.level + 1])
                steps = (*alert.escalations, taken)
                self._put(ESCALATED, replace(alert, level=taken.level, escalations=steps), at)

    def _put(self, kind: str, changed: Alert, at: datetime) -> None:
        self.alerts = [changed if one.alert_id == changed.alert_id else one for one in self.alerts]
        self.happenings.append(Happening(kind, at, alert=changed))


def next_step(alert: Alert, policy: Policy) -> datetime | None:
    """When an alert steps up if nobody acts (UTC): 06:00 of the working day after its term (ruling 21)."""
    if alert.status is not AlertStatus.RAISED or alert.level >= COORDINATOR:
        return None
    last = alert.escalations[-1].at if alert.escalations else alert.raised_at
    return morning_after_term(local_date(last), policy.escalate_wd)
