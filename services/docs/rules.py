"""The rule table: for each alert its ground, its moment, who is told, and what resolves it."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from services.docs.markdown import code, first, page, said, table
from services.docs.stories import told
from shared.domain.action import PLATFORM
from shared.domain.alert import Alert
from shared.domain.calendar import AMSTERDAM
from shared.domain.catalogue import KINDS
from shared.domain.codes import Role
from shared.domain.decide import LADDER
from shared.domain.envelope import arrival_of
from shared.domain.facts import Record, merge
from shared.domain.hearing import Hearing, InstitutionRule
from shared.domain.picture import picture
from shared.domain.routing import COPY
from shared.domain.rule import Rule
from shared.domain.rules import EVERY
from shared.domain.situation import Situation, situation
from shared.domain.words import ALERTS, MARKS
from shared.domain.world import Institution, World
from shared.runtime.reference import policies, reference

YEAR = 2026
AT = datetime(2026, 1, 12, 9, tzinfo=UTC)


def text() -> str:
    """The page."""
    _, alerts = told()
    rows = (
        (f"[{number}](#{number.lower()})", *_row(rule, alerts.get(number, ()))) for number, rule in _every()
    )
    return page(
        "Rules",
        "One rule is one file in `shared/domain/rules/`. Recipients are those of the stories in "
        "`tests/histories`: who is told first, and in brackets who gets a copy; “at times” where not every "
        "alert of that code went there.",
        "Ground: " + ", ".join(f"{mark} {words[0]}" for mark, words in MARKS.items()) + ".",
        table(("Code", "Name", "Severity", "Ground", "Moment", "Told", "Resolves with"), rows),
        "From strong to weak: "
        + ", ".join(LADDER)
        + ". While a stronger one is open a weaker one is not raised, and when it is raised the weaker ones "
        "end in it. The others stand apart.",
        *(part for number, rule in _every() for part in _rule(number, rule)),
    )


def _every() -> Iterator[tuple[str, Rule | InstitutionRule]]:
    yield from sorted(EVERY.items())


def _row(rule: Rule | InstitutionRule, alerts: Sequence[Alert]) -> tuple[str, ...]:
    severities = sorted({str(alert.severity) for alert in alerts} | {str(rule.severity)})
    return (
        rule.name,
        ", ".join(severities),
        rule.source.mark,
        _moment(rule),
        _recipients(alerts),
        ALERTS[rule.code].ends[0].partition(": ")[2],
    )


def _moment(rule: Rule | InstitutionRule) -> str:
    if isinstance(rule, InstitutionRule):
        look = rule.due(_school())
        return _once([look]) if rule.dated and look else "first 06:00 of a working day after its term"
    if rule.at_once:
        return "at once"
    if rule.dated:
        return _once(rule.looks(_somebody()))
    return "first 06:00 of a working day after its ground holds"


def _once(looks: Iterable[datetime]) -> str:
    local = (at.astimezone(AMSTERDAM) for at in sorted(set(looks)))
    return f"once, in {YEAR}: " + ", ".join(f"{at.day} {at:%B} {at:%H:%M}" for at in local)


def _school() -> Hearing:
    """A school of which nothing ever came, for the dates that are the same for all."""
    school = Institution("99VA", Role.VO_SCHOOL, "", presence=False)
    return Hearing(school.org, school, World(reference=reference(), policies=policies()), AT)


def _somebody() -> Situation:
    """A learner with a transfer file and nothing else, for the dates that are the same for all."""
    world = World(reference=reference(), policies=policies())
    dossier = KINDS["dossier.progress"]
    file = arrival_of(dossier.wire_type, "e1", PLATFORM, AT, AT, dossier.example)
    record = merge(Record(file.student_ref), file).record
    return situation(picture(record.years, YEAR, AT), YEAR, world, AT)


def _recipients(alerts: Sequence[Alert]) -> str:
    seen = Counter((one.kind == COPY, one.role) for alert in alerts for one in set(alert.recipients))
    found = [
        f"({role})" * copy + str(role) * (not copy) + " at times" * (count < len(alerts))
        for (copy, role), count in sorted(seen.items())
    ]
    return ", ".join(found) or "-"


def _rule(number: str, rule: Rule | InstitutionRule) -> Iterator[str]:
    words = ALERTS[number]
    yield f"## {number}"
    yield f"**{words.title[0]}** · {words.title[1]}"
    yield first(sys.modules[type(rule).__module__].__doc__)
    yield "\n\n".join(said(part) for part in (type(rule).__doc__ or "").split("\n\n"))
    mark = MARKS[rule.source.mark]
    yield table(
        ("", "Nederlands", "English"),
        (
            ("Ground", f"{mark[0]}: {rule.source.nl}", f"{mark[1]}: {rule.source.en}"),
            ("Why", *(code(one) for one in words.why)),
            ("Resolves with", *(one.partition(": ")[2] for one in words.ends)),
            ("First step", *(code(one) for one in words.step)),
        ),
    )
