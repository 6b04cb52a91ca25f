"""What another policy would change, for people: the totals, and each alert when there are few."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from services.replay import compare
from services.replay.compare import Comparison, Difference
from shared.domain.alert import Alert
from shared.domain.calendar import AMSTERDAM
from shared.domain.ids import STUDENT_REF, handle
from shared.domain.routing import COPY

LONGEST = 50
"""So many differences are listed; of more the totals say enough."""


def comparison(console: Console, compared: Comparison) -> None:
    """What would come, go and move."""
    found = compared.differences
    counts = compare.totals(found)
    table = Table("Alert", title=f"Under policy {compared.version}", title_justify="left")
    for head in ("Come", "Go", "Move"):
        table.add_column(head, justify="right")
    for code, count in counts.items():
        table.add_row(code, *(str(count[kind]) for kind in compare.KINDS))
    console.print(table if counts else f"Under policy {compared.version} every alert would be the same.")
    for one in found[:LONGEST]:
        console.print(_sentence(one))
    if len(found) > LONGEST:
        console.print(f"and {len(found) - LONGEST} more: --json tells all")
    if compared.refused:
        console.print(f"{len(compared.refused)} actions could not have been done then.")


def _sentence(one: Difference) -> str:
    alert, was = one.alert, one.was
    who = handle(one.subject) if STUDENT_REF.fullmatch(one.subject) else one.subject
    name = f"{who} {alert.code}"
    if was is None:
        return f"{name} would {one.kind}: {_at(alert)}, {alert.severity}, level {alert.level}"
    pairs = (
        ("", _at(was), _at(alert)),
        ("", was.severity, alert.severity),
        ("level ", was.level, alert.level),
        ("to ", _recipients(was), _recipients(alert)),
    )
    moved = ", ".join(f"{word}{old} -> {new}" for word, old, new in pairs if old != new)
    return f"{name} would move: {moved}"


def _at(alert: Alert) -> str:
    return alert.raised_at.astimezone(AMSTERDAM).strftime("%Y-%m-%d %H:%M")


def _recipients(alert: Alert) -> str:
    """The roles that hear of an alert, those who get a copy in brackets."""
    return " ".join(f"({one.role})" if one.kind == COPY else str(one.role) for one in alert.recipients)
