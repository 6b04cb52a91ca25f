"""What `transfers replay` prints for people: one learner in full, or the totals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from rich.console import Console
from rich.table import Table

from services.replay import totals
from services.replay.lines import Rejected
from services.replay.totals import Totals
from shared.domain import report
from shared.domain.alert import Alert, Recipient
from shared.domain.calendar import AMSTERDAM
from shared.domain.case import Case
from shared.domain.codes import CaseStatus, State
from shared.domain.ids import handle
from shared.domain.learner import Learner
from shared.domain.routing import COPY
from shared.domain.watch import Watch
from shared.domain.words import CASE_STATUSES, FLAGS, STATES, explain
from shared.domain.world import World


def everything(
    console: Console,
    learners: Sequence[Learner],
    watched: Sequence[Watch],
    rejected: Sequence[Rejected],
    world: World,
    at: datetime,
    asked: str | None,
) -> None:
    """The learner that was asked for, else the totals; then every rejected line."""
    if asked is not None:
        for learner in learners:
            _learner(console, learner, world)
        if not learners:
            console.print("No such learner in these files.")
    else:
        _totals(console, learners, at)
        _institutions(console, watched, world)
    if rejected:
        _faults(console, rejected)


def local(moment: datetime | None) -> str:
    """A moment on the clock of the Netherlands."""
    return moment.astimezone(AMSTERDAM).strftime("%Y-%m-%d %H:%M") if moment else "-"


def _totals(console: Console, learners: Sequence[Learner], at: datetime) -> None:
    whole = totals.of(learners)
    states = whole.states
    table = Table("State", "", title=f"{len(learners)} learners at {local(at)}", title_justify="left")
    table.add_column("Number", justify="right")
    for state in State:
        if states[state]:
            table.add_row(state, STATES[state][0], str(states[state]))
    console.print(table)
    _alert_totals(console, whole)
    _region_totals(console, whole)


def _institutions(console: Console, watched: Sequence[Watch], world: World) -> None:
    """What institutions should have sent."""
    if not watched:
        return
    table = Table("Alert", "Why", "Raised", "Resolved", title="Institutions", title_justify="left")
    for watch in watched:
        for alert in watch.alerts:
            why = explain(alert, world).why
            table.add_row(alert.code, why, local(alert.raised_at), local(alert.resolved_at))
    console.print(table)


def _region_totals(console: Console, whole: Totals) -> None:
    table = Table("Region", "States", "Open alerts", "Cases", title="Regions", title_justify="left")
    for region, part in totals.by_region(whole).items():
        table.add_row(region, *(_counts(one) for one in (part.states, part.still, part.cases)))
    console.print(table)


def _counts(found: Counter[str]) -> str:
    return ", ".join(f"{name} {number}" for name, number in sorted(found.items())) or "-"


def _alert_totals(console: Console, whole: Totals) -> None:
    if whole.alerts:
        table = Table("Alert", title="Alerts", title_justify="left")
        for head in ("Raised", "Open"):
            table.add_column(head, justify="right")
        for code, raised in sorted(whole.raised.items()):
            table.add_row(code, str(raised), str(whole.still[code]))
        console.print(table)
    cases = whole.cases
    if cases:
        table = Table("Case", title="Cases", title_justify="left")
        table.add_column("Number", justify="right")
        for status in CaseStatus:
            if cases[status]:
                table.add_row(status, str(cases[status]))
        console.print(table)


def _learner(console: Console, learner: Learner, world: World) -> None:
    for year in report.years_of(learner):
        standing = learner.standings[year]
        state = f"{standing.state} ({STATES[standing.state][0]})" if standing.state else "-"
        console.print(f"[bold]{handle(learner.student_ref)}[/bold], transition year {year}")
        console.print(f"{state} since {local(standing.since)}, region {standing.region or '-'}")
        for flag in standing.flags:
            console.print(f"- {FLAGS[flag][0]}")
        for alert in report.alerts_of(learner, year):
            _alert(console, alert, world)
        for case in learner.cases:
            if case.year == year:
                _case(console, case)
        console.print(f"Next look: {local(standing.due)}")


def _alert(console: Console, alert: Alert, world: World) -> None:
    said = explain(alert, world)
    table = Table(
        show_header=False, title=f"{alert.code} {said.title}", title_justify="left", title_style="bold"
    )
    table.add_row(
        "Raised", f"{local(alert.raised_at)}, {alert.severity}, level {alert.level}, {alert.status}"
    )
    table.add_row("Told", ", ".join(_told(one) for one in alert.recipients))
    table.add_row("Why", said.why)
    table.add_row("Evidence", ", ".join(alert.because) or "-")
    table.add_row("Ground", f"{said.ground}. {said.legal}")
    table.add_row("Ends with", said.ends)
    for step in alert.escalations:
        table.add_row("Stepped up", f"{local(step.at)} to level {step.level}, {step.role}")
    if alert.resolved_at:
        table.add_row("Resolved", f"{local(alert.resolved_at)}, {alert.how}, by {alert.resolved_by or '-'}")
    console.print(table)


def _told(one: Recipient) -> str:
    """Who was told first, and who got a copy."""
    place = one.site or one.org or (f"region {one.region}" if one.region else "-")
    return f"{one.role} {place}{' (copy)' if one.kind == COPY else ''}"


def _case(console: Console, case: Case) -> None:
    table = Table(show_header=False, title="Case", title_justify="left", title_style="bold")
    table.add_row("Status", f"{case.status} ({CASE_STATUSES[case.status][0].format(date=case.until)})")
    table.add_row("Opened", f"{local(case.opened_at)}, region {case.region or '-'}")
    for turn in case.history:
        table.add_row(local(turn.at), f"{turn.before} to {turn.after}, {turn.role or 'by itself'}")
    if case.closed_at:
        table.add_row("Closed with", case.destination or case.closed_reason or "-")
    console.print(table)


def _faults(console: Console, rejected: Sequence[Rejected]) -> None:
    table = Table("File", "Line", "Where", "Fault", title="Rejected", title_justify="left")
    for one in rejected:
        for fault in one.faults:
            table.add_row(one.file, str(one.line), fault.pointer, f"{fault.code}: {fault.detail}")
    console.print(table)
