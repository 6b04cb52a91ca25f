"""The page of one alert as text: what it says to whom."""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from services.alerts.web.alert_page import AlertSheet, sheet_of
from services.alerts.web.officers import Officer
from services.alerts.web.render import html
from services.alerts.web.sheets import Sheets
from shared.domain.alert import Alert
from shared.domain.codes import Role
from shared.domain.ids import handle
from tests.silence import watched, world_with
from tests.tale import WORLD
from tests.unit.services.alerts.web.test_pages import (
    BROKER,
    COLLEGE,
    DESK,
    SCHOOL,
    Structure,
    frame,
    row_of,
    told,
)

COORDINATOR = Officer("issuer regio", "Els Voorbeeld", Role.REGION_COORDINATOR, "38")


def shown(name: str, at: str, code: str, officer: Officer = DESK, who: int = 0) -> tuple[AlertSheet, str]:
    """The sheet and the page of an alert in a story."""
    learner, world, moment = told(name, at, who)
    alert = next(one for one in reversed(learner.alerts) if one.code == code)
    sheet = sheet_of(Sheets(world, moment, {}, desk=officer.is_desk), officer, alert, row_of(learner))
    return sheet, page_of(sheet, moment)


def page_of(sheet: AlertSheet, at: datetime) -> str:
    """The page as text, without anything to do."""
    return html("alert.html", frame=frame(at), sheet=sheet, work=None, offers=())


def test_it_says_why_what_ends_it_and_what_to_do_first() -> None:
    sheet, page = shown("no-show", "2026-09-01T09:00:00+02:00", "A08", BROKER, who=1)
    for said in (
        "Ingeschreven, maar niet verschenen",
        "hoog",
        "open sinds",
        "bij vsv-makelaar",
        sheet.handle,
        "16-17 jaar, Roermond",
        "Vmbo Oost → ROC West",
        "Waarom staat dit hier?",
        "Na 5 lesdagen is geen aanwezigheid gemeld.",
        "Regel A08, versie 2026-1. Grond: keuze van dit platform.",
        "Wat lost dit op?",
        "Verdwijnt vanzelf door: bevestigde bestemming, aanwezigheid, inschrijving elders.",
        "Eerste stap",
        "Na lesdag 10 krijgt Leerplicht dit ook, opgepakt of niet.",
        "Berichten hierachter",
        "Inschrijving op het mbo",
        "Geen andere meldingen.",
    ):
        assert said in page
    made = Structure(page)
    assert made.tags.count("h1") == 1
    assert not {"style", "script"} & set(made.tags)


def test_it_says_when_it_goes_to_whom() -> None:
    sheet, page = shown("not-applied", "2026-04-13T09:00:00+02:00", "A02", BROKER)
    assert sheet.escalates.startswith("Pakt niemand dit op, dan gaat het op 21 april 2026 06:00 naar ")
    assert sheet.escalates in page


def test_a_closed_alert_says_how_it_ended_and_what_else_there_was() -> None:
    sheet, page = shown("out-of-sight", "2026-12-28T09:00:00+01:00", "A10")
    assert not sheet.alert.open
    assert "Wat lost dit op?" not in page
    assert "Opgelost door" in page or "Overstapjaar" in page
    assert sheet.escalates == ""


def test_a_snooze_says_why() -> None:
    learner, world, at = told("out-of-sight", "2026-10-09T09:00:00+02:00")
    alert = replace(open_of(learner.alerts), snoozed_until=at, snooze_reason="MBO_WILL_REPORT")
    sheet = sheet_of(Sheets(world, at, {}), DESK, alert, row_of(learner))
    assert "(mbo komt met bericht)" in page_of(sheet, at)


def open_of(alerts: tuple[Alert, ...]) -> Alert:
    """The open one."""
    return next(one for one in alerts if one.open)


def test_parties_read_no_more_than_their_own_part() -> None:
    at = "2026-09-08T09:00:00+02:00"
    sheet, page = shown("no-show", at, "A08", COLLEGE, who=1)
    assert sheet.whose == ["16-17 jaar"]
    assert "Vmbo Oost" not in page
    assert {fact.version.sender for fact in sheet.reason.evidence} == {"99MA"}
    assert sheet.case_id is None
    sheet, _ = shown("no-show", at, "A08", SCHOOL, who=1)
    assert sheet.learner_id is not None
    assert sheet.case_id is None


def test_a_coordinator_reads_escalated_alerts_and_no_learner() -> None:
    sheet, page = shown("no-show", "2026-10-09T09:00:00+02:00", "A08", COORDINATOR, who=1)
    assert (sheet.learner_id, sheet.case_id) == (None, None)
    assert all(one.alert.level >= 3 for one in sheet.earlier)
    assert "/desk/learners/" not in page.partition("<main")[2]


def test_the_page_tells_nothing_that_leads_to_a_person() -> None:
    learner, _, _ = told("out-of-sight", "2026-10-09T09:00:00+02:00")
    sheet, page = shown("out-of-sight", "2026-10-09T09:00:00+02:00", "A10")
    assert sheet.handle == handle(learner.student_ref)
    assert learner.student_ref not in page
    assert "2009" not in page


def test_an_alert_about_an_institution_names_it() -> None:
    (silent,) = watched(world_with("99MA", ["2026-03-02"]), "99MA", "2026-03-17").watch.alerts
    sheet = sheet_of(Sheets(WORLD, silent.raised_at, {}), COORDINATOR, silent, None)
    page = page_of(sheet, silent.raised_at)
    assert "Bron is stil" in page
    assert sheet.whose[0] in page
    assert "Eerder bij deze leerling" not in page
