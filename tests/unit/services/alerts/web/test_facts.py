"""One line for each message: what it says, and nothing that could be traced to a person."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.alerts.web.facts import what
from services.alerts.web.officers import Officer
from services.alerts.web.sight import facts_for
from shared.domain.catalogue import KINDS
from shared.domain.codes import Role
from shared.domain.envelope import arrival_of
from shared.domain.event import EventKind, Version
from tests.tale import WORLD, Tale, moment

AT = datetime(2026, 10, 12, 9, tzinfo=UTC)
OF_A_LEARNER = [kind for kind in KINDS.values() if kind.of_learner]


def version(kind: EventKind, **more: object) -> Version:
    return arrival_of(kind.wire_type, "e1", "urn:x", AT, AT, {**kind.example, **more}).version


@pytest.mark.parametrize("kind", OF_A_LEARNER, ids=lambda kind: kind.name)
def test_each_message_says_something_and_never_a_birth_date_or_reference(kind: EventKind) -> None:
    line = what(version(kind), WORLD)
    assert line[0].isupper()
    assert "2010" not in line
    assert kind.example["studentRef"] not in line
    assert "{" not in line


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        ("attendance.absent", "Afwezig in de les: 4 uur ongeoorloofd, 0 uur geoorloofd, 21 september 2026"),
        ("attendance.report", "Verzuimmelding: soort V3, geregistreerd, vanaf 1 september 2026"),
        ("learner.moved", "Verhuisd naar een andere gemeente: Eindhoven, vanaf 1 oktober 2026"),
        ("dossier.progress", "Stap van het overstapdossier: deel B klaar, ROC West, warme overdracht nodig"),
        (
            "register.delta",
            "Wijziging in het landelijke register: inschrijving erbij, ROC West, vanaf 1 september 2026",
        ),
        ("consent.changed", "Toestemming om te delen: gegeven, 11 mei 2026"),
        ("vo.learner.changed", "De school zegt iets anders: verwacht: blijft op het vo"),
    ],
)
def test_what_is_new_is_said_in_plain_dutch(kind: str, line: str) -> None:
    assert what(version(KINDS[kind]), WORLD) == line


def test_why_a_report_was_closed_is_nobodys_business() -> None:
    closed = version(KINDS["attendance.report"], status="G", closingReason="LONG_TERM_ILL")
    assert what(closed, WORLD) == "Verzuimmelding: soort V3, afgesloten, vanaf 1 september 2026"


def test_what_the_register_tells_is_for_the_desks_alone() -> None:
    tale = Tale()
    tale.listed("2025-11-03")
    tale.register("2026-09-14", "ENROLMENT_ADDED", since="2026-09-01")
    learner = tale.walk("2026-10-12").learner
    for role, org in ((Role.MBO_INSTITUTION, "99MA"), (Role.VO_SCHOOL, "99VA"), (Role.VSV_BROKER, None)):
        facts = facts_for(Officer("issuer x", "X", role, org=org), learner, WORLD, moment("2026-10-12"))
        assert "register.delta" not in {fact.version.kind for fact in facts}
