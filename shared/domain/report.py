"""Alerts, cases and learners as `replay --json` and the API show them: the same names for the same things.

Values are plain (text, numbers, moments in UTC, lists and dictionaries); what is absent is left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from shared.domain.alert import Alert, Recipient
from shared.domain.case import Case
from shared.domain.ids import handle
from shared.domain.learner import Learner, Standing
from shared.domain.rules import INSTITUTION_RULES
from shared.domain.watch import Watch, subject_of
from shared.domain.words import explain
from shared.domain.world import World

Report = dict[str, Any]


def of_alert(alert: Alert, world: World, lang: str = "nl") -> Report:
    """One alert with its reasons: why it stands there, on what ground, and what ends it."""
    said = explain(alert, world, lang)
    return _present(
        alertId=alert.alert_id,
        code=alert.code,
        transitionYear=alert.year,
        episode=alert.episode,
        status=alert.status,
        raisedAt=alert.raised_at,
        severity=alert.severity,
        level=alert.level,
        region=alert.region,
        duty=alert.duty,
        recipients=[_recipient(one) for one in alert.recipients],
        escalations=[{"level": one.level, "at": one.at, "role": one.role} for one in alert.escalations],
        ground=said.why,
        legalGround=f"{said.ground}: {said.legal}",
        figures=alert.figures,
        because=list(alert.because),
        resolvesWhen=said.ends,
        policyVersion=alert.policy_version,
        acknowledgedAt=alert.acknowledged_at,
        snoozedUntil=alert.snoozed_until,
        resolvedAt=alert.resolved_at,
        how=alert.how,
    )


def of_case(case: Case) -> Report:
    """One case; of a transferred one only that it was here."""
    return _present(
        caseId=case.case_id,
        status=case.status,
        openedAt=case.opened_at,
        region=case.region,
        alerts=list(case.alerts),
        flags=list(case.flags),
        until=case.until,
        closedAt=case.closed_at,
        closedReason=case.closed_reason,
        destination=case.destination,
    )


def of_learner(learner: Learner, year: int, world: World, lang: str = "nl") -> Report:
    """Where one learner stands in one transition year, with the alerts and cases of that year."""
    standing = learner.standings[year]
    return _present(
        studentRef=learner.student_ref,
        handle=handle(learner.student_ref),
        transitionYear=year,
        state=standing.state,
        stateSince=standing.since,
        flags=list(standing.flags),
        region=standing.region,
        nextDue=_next_due(learner, standing, year),
        alerts=[of_alert(one, world, lang) for one in alerts_of(learner, year)],
        cases=[of_case(one) for one in learner.cases if one.year == year],
    )


def of_institution(watch: Watch, world: World, lang: str = "nl") -> Report:
    """The alerts about one institution and its sites."""
    alerts = sorted(watch.alerts, key=lambda alert: (alert.raised_at, alert.code, subject_of(alert)))
    return {"org": watch.org, "alerts": [of_alert(one, world, lang) | about(one) for one in alerts]}


def about(alert: Alert) -> Report:
    """Whom an alert is about that is about no learner: the institution, and perhaps one of its sites."""
    if alert.code not in INSTITUTION_RULES:
        return {}
    subject = subject_of(alert)
    return _present(org=subject[:4], site=subject if len(subject) > 4 else None)


def alerts_of(learner: Learner, year: int) -> list[Alert]:
    """The alerts of a year in the order of raising."""
    own = [alert for alert in learner.alerts if alert.year == year]
    return sorted(own, key=lambda one: (one.raised_at, one.code, one.ground, one.episode, one.alert_id))


def years_of(learner: Learner) -> Iterable[int]:
    """The years in which something is known of the learner."""
    return sorted(year for year, standing in learner.standings.items() if standing.state is not None)


def _next_due(learner: Learner, standing: Standing, year: int) -> Any:
    dues = [case.due for case in learner.cases if case.year == year]
    return min((due for due in (*dues, standing.due) if due is not None), default=None)


def _recipient(one: Recipient) -> Report:
    return _present(role=one.role, org=one.org, region=one.region, site=one.site, kind=one.kind)


def _present(**fields: Any) -> Report:
    return {name: value for name, value in fields.items() if value is not None}
