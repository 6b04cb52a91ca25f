"""Everything has words, in both languages, and no sentence is left unfinished."""

from __future__ import annotations

from datetime import date

import pytest
from msgspec.structs import replace

from shared.domain import words
from shared.domain.catalogue import KINDS
from shared.domain.codes import (
    CaseFlag,
    CaseStatus,
    CloseReason,
    DestinationKind,
    Expected,
    Flag,
    Role,
    Severity,
    State,
    VoType,
)
from shared.domain.rules import EVERY, RULES
from shared.domain.words import ALERTS, EVENTS, explain, level_name, life, spoken_date, spoken_moment
from tests.tale import WORLD, Tale, act, moment, the_alert


def test_every_value_has_words() -> None:
    assert set(words.STATES) == set(State)
    assert set(words.FLAGS) == set(Flag)
    assert set(words.CASE_FLAGS) == set(CaseFlag)
    assert set(words.CASE_STATUSES) == set(CaseStatus)
    assert set(words.SEVERITIES) == set(Severity)
    assert set(words.ROLES) == set(Role)
    assert set(words.EXPECTATIONS) == set(Expected)
    assert set(words.CLOSE_REASONS) == set(CloseReason)
    assert set(words.VO_TYPES) == set(VoType)
    assert set(words.DESTINATIONS) == set(DestinationKind) | {"RESOLVED_BEFORE_CONTACT", "CORRECTED"}
    assert set(EVENTS) == set(KINDS)
    assert set(ALERTS) == set(EVERY)


def raised(code: str) -> Tale:
    tale = Tale()
    if code in ("A08", "A13"):
        tale.started("2026-07-06")
        return tale
    if code in ("A11", "A12"):
        tale.listed("2025-11-03")
        tale.absent("2026-09-07", hours=16.5)
        return tale
    if code == "A15":
        tale.left("2026-03-02", "2026-03-02", "REMOVED")
        return tale
    if code == "A16":
        tale.listed("2025-11-03", vulnerable=True)
        tale.dossier("2026-06-15", handover="NEEDED")
        return tale
    if code in ("A18", "A20"):
        tale.listed("2025-11-03", birthDate="2008-05-10", municipality="9999" if code == "A20" else "0957")
        return tale
    expected = "MBO" if code == "A02" else "ABROAD"
    tale.listed("2025-11-03", expectedDestination=expected, voType="ISK" if code == "A17" else "VMBO_KB")
    if code in ("A02", "A17"):
        return tale
    if code in ("A03", "A06"):
        tale.applied("2026-03-02")
        return tale
    if code in ("A04", "A05"):
        tale.applied("2026-05-11", "NOT_ENROLLABLE" if code == "A04" else "WITHDRAWN")
        return tale
    tale.left("2026-07-06", "2026-07-31")
    if code == "A09":
        tale.applied("2026-08-17")
    if code == "A14":
        tale.started("2026-07-06")
        tale.present("2026-08-24")
        tale.ended("2026-09-10", "2026-09-10")
    return tale


@pytest.mark.parametrize("lang", ["nl", "en"])
@pytest.mark.parametrize("code", sorted(RULES))
def test_every_alert_explains_itself(code: str, lang: str) -> None:
    until = {"A14": "2026-09-30", "A07": "2026-08-12"}.get(code, "2026-10-20")
    said = explain(the_alert(raised(code).walk(until).learner, code), WORLD, lang)
    for sentence in (said.title, said.why, said.ends, said.step, said.ground, said.legal):
        assert sentence
        assert "{" not in sentence
        assert "–" not in sentence


def test_the_sentence_names_the_school_and_the_days() -> None:
    said = explain(the_alert(raised("A02").walk("2026-04-14").learner, "A02"), WORLD)
    assert said.why == (
        "Vmbo Oost verwacht: mbo. De aanmelddatum was 1 april 2026; op 13 april 2026 is er geen aanmelding."
    )
    assert said.ends == 'Verdwijnt vanzelf door: aanmelding, bevestigde bestemming, "blijft op het vo"'


def test_an_offer_has_a_sentence_of_its_own() -> None:
    tale = raised("A07")
    tale.applied("2026-05-11", "OFFERED")
    said = explain(the_alert(tale.walk("2026-08-11").learner, "A07"), WORLD)
    assert said.why == "Er is een aanbod van ROC West, maar op 10 augustus 2026 geen inschrijving."


def test_an_unknown_home_has_a_sentence_of_its_own() -> None:
    said = explain(the_alert(raised("A20").walk("2025-11-04").learner, "A20"), WORLD)
    assert said.why == "Woongemeente onbekend; voorlopig regio 38."
    nowhere = Tale()
    nowhere.applied("2026-03-02", mbo="98ZZ")
    said = explain(the_alert(nowhere.walk("2026-03-03").learner, "A20"), WORLD)
    assert said.why == "Woongemeente onbekend; voorlopig regio nog onbekend."


def test_a_birthday_is_named_in_title_and_sentence() -> None:
    alert = the_alert(raised("A18").walk("2026-05-12").learner, "A18")
    said = explain(alert, WORLD)
    assert said.title == "Wordt 18: overdragen of sluiten"
    assert said.why == "Vanaf 10 mei 2026 bij het Doorstroompunt."
    limit = replace(alert, figures={"age": 27, "date": "2035-05-10"})
    assert explain(limit, WORLD, "en").why == "From 10 May 2035 outside the target group."


def test_out_of_sight_without_any_news_says_so() -> None:
    tale = Tale()
    tale.applied("2026-08-03", "INTEREST")
    said = explain(the_alert(tale.walk("2026-08-05").learner, "A10"), WORLD)
    assert said.why.startswith("Er kwam nooit een bericht")


def test_the_life_of_an_alert_in_words() -> None:
    tale = raised("A02")
    assert life(the_alert(tale.walk("2026-04-14").learner, "A02")) == "nieuw"
    picked = tale.walk("2026-04-14", act("2026-04-13 10:00", "acknowledge", "A02", by="Jo"))
    assert life(the_alert(picked.learner, "A02")) == "opgepakt door Jo"
    off = tale.walk("2026-04-14", act("2026-04-13 10:00", "snooze", "A02", until="2026-04-20"))
    assert life(the_alert(off.learner, "A02")) == "uitgesteld tot 20 april 2026"
    tale.applied("2026-04-20")
    assert life(the_alert(tale.walk("2026-04-21").learner, "A02")) == "opgelost door stap van een aanmelding"
    taken = the_alert(raised("A14").walk("2026-10-12").learner, "A14")
    assert life(taken, "en") == "taken over by A10"


def test_levels_are_named_by_who_stands_there() -> None:
    assert [level_name(level, Role.LEERPLICHT_DESK) for level in range(4)] == [
        "school of instelling",
        "vsv-makelaar",
        "Leerplicht",
        "regiocoördinator",
    ]


def test_dates_are_spoken_in_full() -> None:
    assert spoken_date(date(2026, 4, 1)) == "1 april 2026"
    assert spoken_date(date(2026, 3, 1), "en") == "1 March 2026"


def test_a_moment_is_spoken_as_its_local_day() -> None:
    assert spoken_moment(moment("2026-04-13 00:30")) == "13 april 2026"


def test_an_organisation_without_a_name_is_still_something() -> None:
    alert = replace(the_alert(raised("A03").walk("2026-06-10").learner, "A03"), parties={})
    assert explain(alert, WORLD, "en").step.startswith("Ask the institution")
