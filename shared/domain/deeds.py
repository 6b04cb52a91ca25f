"""What people do to the alerts and cases of one learner: done, or refused by name.

Source: docs/domain.md 8 and 9, rulings 18, 40, 44, 49. Who may see a thing is
decided before; here a region or organisation that has nothing to do with it finds nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import msgspec
from msgspec.structs import replace

from shared.domain import case as moves
from shared.domain import casework
from shared.domain.action import NOT_FOUND, PLATFORM, Action, Refused, illegal
from shared.domain.alert import Alert
from shared.domain.calendar import add_working_days, local_date, midnight
from shared.domain.case import Case
from shared.domain.catalogue import KINDS
from shared.domain.codes import AlertStatus, CaseStatus, Role
from shared.domain.envelope import arrival_of
from shared.domain.event import Arrival
from shared.domain.ids import case_id_by_hand, contact_id, desk_org, learner_id

ON_ALERTS = ("acknowledge", "snooze")
ON_CASES = ("assign", "contact-attempt", "move", "transfer", "close")
ACTIONS = (*ON_ALERTS, "open", *ON_CASES)
"""Everything that a person can do."""

SNOOZE_WD = 20
"""An alert is put off for at most so many working days (conventions 5.1)."""

CALLERS = (Role.VSV_BROKER, Role.RMC_DESK, Role.LEERPLICHT_DESK)
"""Who logs contacts with learners (ruling 18)."""


DESKS = frozenset({Role.RMC_DESK, Role.LEERPLICHT_DESK})
"""Who works on cases."""

HELPERS = (*CALLERS, Role.VO_SCHOOL, Role.MBO_INSTITUTION)
"""Who picks alerts up."""

WHO: Mapping[str, Collection[Role]] = {
    "acknowledge": HELPERS,
    "snooze": HELPERS,
    "open": CALLERS,
    "contact-attempt": CALLERS,
    "assign": DESKS,
    "move": DESKS,
    "transfer": DESKS,
    "close": DESKS,
}
"""Which roles may ask for which action at all."""


class Done(msgspec.Struct, frozen=True):
    """What a deed changes: one alert or the cases, or it brings a contact as a fact."""

    alert: Alert | None = None
    cases: tuple[Case, ...] | None = None
    contact: Arrival | None = None
    region_of_alerts: str | None = None


def do(
    action: Action,
    alerts: Sequence[Alert],
    cases: tuple[Case, ...],
    region: str | None,
    ordinal: int,
    aftercare_months: int,
) -> Done | Refused:
    """Do what was asked at `action.at` (UTC).

    `region` is that of the learner in that year, `ordinal` how many contacts that moment already has;
    `aftercare_months` as the policy has it there.
    """
    if action.role not in WHO.get(action.action, HELPERS):
        return illegal("Dit doet uw rol niet.")
    if action.action in ON_ALERTS:
        return _on_alert(action, alerts)
    if action.action == "open":
        return _open(action, alerts, cases, region)
    if action.action == "contact-attempt":
        return _contact(action, alerts, cases, ordinal)
    if action.action in ON_CASES:
        return _on_case(action, alerts, cases, aftercare_months)
    return illegal(f"{action.action} is geen handeling.")


def find_alert(action: Action, alerts: Sequence[Alert]) -> Alert | None:
    """The alert that is meant: by its id, or the one open alert of a code in that year."""
    for alert in alerts:
        by_code = alert.open and alert.code == action.alert and alert.year == action.transition_year
        if (by_code or alert.alert_id == action.alert) and _concerns(action, alert):
            return alert
    return None


def _concerns(action: Action, alert: Alert) -> bool:
    if action.action == "transfer":
        return _hands_on(action, alert.region)
    if action.org is not None:
        return any(action.org in (one.org, one.site) for one in alert.recipients)
    return None in (action.region, alert.region) or action.region == alert.region


def _hands_on(action: Action, region: str | None) -> bool:
    """Whether a transfer comes from the desk that has it; `region` of the action is where it goes."""
    return None in (action.org, region) or action.org == desk_org(region)


def _on_alert(action: Action, alerts: Sequence[Alert]) -> Done | Refused:
    alert = find_alert(action, alerts)
    if alert is None:
        return NOT_FOUND
    if not alert.open:
        return illegal("Deze melding is al gesloten.")
    if action.action == "snooze":
        return _snooze(action, alert)
    if alert.status is AlertStatus.ACKNOWLEDGED:
        return illegal("Deze melding is al opgepakt.")
    return Done(alert=_picked_up(alert, action))


def _snooze(action: Action, alert: Alert) -> Done | Refused:
    """Putting off also picks up, or the alert would step up meanwhile."""
    today = local_date(action.at)
    if action.until is None or not today < action.until <= add_working_days(today, SNOOZE_WD):
        return illegal(f"Kies een datum na vandaag, ten hoogste {SNOOZE_WD} werkdagen verder.")
    until = midnight(action.until)
    return Done(alert=replace(_picked_up(alert, action), snoozed_until=until, snooze_reason=action.reason))


def _picked_up(alert: Alert, action: Action) -> Alert:
    if alert.status is AlertStatus.ACKNOWLEDGED:
        return alert
    return replace(
        alert,
        status=AlertStatus.ACKNOWLEDGED,
        acknowledged_at=action.at,
        acknowledged_by=action.by or str(action.role),
    )


def _open(
    action: Action, alerts: Sequence[Alert], cases: tuple[Case, ...], region: str | None
) -> Done | Refused:
    alert = find_alert(action, alerts) if action.alert else None
    if action.alert and alert is None:
        return NOT_FOUND
    if casework.open_case(cases):
        return illegal("Er is al een dossier open.")
    if alert is not None and not alert.open:
        return illegal("Deze melding is al gesloten.")
    fresh = Case(
        case_id=case_id_by_hand(learner_id(action.student_ref), action.at),
        student_ref=action.student_ref,
        year=action.transition_year,
        status=CaseStatus.NEW,
        opened_at=action.at,
        region=alert.region if alert else region or action.region,
        alerts=(alert.alert_id,) if alert else (),
    )
    return Done(cases=(*cases, fresh))


def _find_case(action: Action, alerts: Sequence[Alert], cases: tuple[Case, ...]) -> Case | None:
    """The case that is meant: by its id, by an alert in it, else the open one, else the last."""
    own = [case for case in cases if case.status is not CaseStatus.TRANSFERRED]
    if action.case_id is not None:
        return next((case for case in cases if case.case_id == action.case_id), None)
    if action.alert is not None:
        alert = find_alert(action, alerts)
        own = [case for case in own if alert and alert.alert_id in case.alerts]
    still = [case for case in own if case.open]
    return (still or own)[-1] if own else None


def _is_theirs(action: Action, case: Case) -> bool:
    if action.action == "transfer":
        return _hands_on(action, case.region)
    return None in (action.region, case.region) or action.region == case.region


def _on_case(
    action: Action, alerts: Sequence[Alert], cases: tuple[Case, ...], aftercare_months: int
) -> Done | Refused:
    case = _find_case(action, alerts, cases)
    if case is None or not _is_theirs(action, case):
        return NOT_FOUND
    moved = moves.move(case, action, aftercare_months)
    if isinstance(moved, Refused):
        return moved
    if action.action == "transfer":
        gone = casework.transferred(cases, moved, action.region, action.at)
        return Done(cases=gone, region_of_alerts=action.region)
    return Done(cases=casework.put(cases, moved))


def _contact(
    action: Action, alerts: Sequence[Alert], cases: tuple[Case, ...], ordinal: int
) -> Done | Refused:
    """A contact becomes a fact; the fact moves the case that it names (ruling 49)."""
    case = _find_case(action, alerts, cases)
    if action.region is None:
        return illegal("Alleen een makelaar of loket legt contact vast.")
    if case is not None and not _is_theirs(action, case):
        return NOT_FOUND
    if case is None and (action.case_id or find_alert(action, alerts) is None):
        return NOT_FOUND
    checked = moves.move(case or _NO_CASE, action, 0)
    return checked if isinstance(checked, Refused) else Done(contact=_arrival(action, case, ordinal))


_NO_CASE = Case("", "", 0, CaseStatus.NEW, datetime.min, None)  # noqa: DTZ901 never looked at
"""A contact on an alert without a case must be as complete as one on a case."""


def _arrival(action: Action, case: Case | None, ordinal: int) -> Arrival:
    data = {
        "studentRef": action.student_ref,
        "keyVersion": 1,
        "transitionYear": action.transition_year,
        "senderOrg": desk_org(action.region),
        "occurredAt": action.at.isoformat(),
        "date": (action.date or local_date(action.at)).isoformat(),
        "result": str(action.result),
        "by": str(action.role),
    }
    if case is not None:
        data["caseId"] = case.case_id
    event_id = contact_id(learner_id(action.student_ref), action.at, ordinal)
    return arrival_of(KINDS[casework.CONTACT].wire_type, event_id, PLATFORM, action.at, action.at, data)
