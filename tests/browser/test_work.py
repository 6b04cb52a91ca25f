"""What officers do on the pages, with the keyboard or without script (tasks 3, 4 and 6)."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import hand
from tests.browser.seeded import CSRF
from tests.browser.test_desk_page import overflows, signed_in, violations

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

FORMS = (
    "contact-attempts",
    "transitions?to=PARKED",
    "transitions?to=TRANSFERRED",
    "transitions?to=CLOSED",
)


def a_case(page: Page, desk: str, place: int = 0) -> str:
    """Go to one of the new cases; returns its address."""
    page.goto(f"{desk}/desk/cases?term=new")
    page.locator("tbody a").nth(place).click()
    return page.url


def notice(page: Page) -> str:
    """What stands on top, where the focus is."""
    page.locator("#bericht").wait_for()
    page.wait_for_load_state()
    assert page.evaluate("document.activeElement.id") == "bericht"
    return page.locator("#bericht").inner_text()


def test_every_form_of_a_case_is_readable_and_says_what_is_missing(
    chromium: Browser, desk: str, tmp_path: Path
) -> None:
    with signed_in(chromium, desk, 360) as page:
        address = a_case(page, desk)
        page.screenshot(path=tmp_path / "case.png", full_page=True)
        assert violations(page) == []
        assert not overflows(page)
        for number, path in enumerate(FORMS):
            page.goto(f"{address}/{path}")
            assert violations(page) == []
            assert not overflows(page)
            page.locator("form[novalidate] button").first.click()
            page.screenshot(path=tmp_path / f"form-{number}.png", full_page=True)
            assert page.title().startswith("Fout: ")
            assert page.evaluate("document.activeElement.id") == "fouten"
            assert violations(page) == []
            assert not overflows(page)
            page.locator("#fouten a").first.click()
            assert page.evaluate("document.activeElement.getAttribute('name')") is not None


def test_what_was_typed_is_kept_beside_what_is_wrong_with_it(chromium: Browser, desk: str) -> None:
    with signed_in(chromium, desk, java_script_enabled=False) as page:
        address = a_case(page, desk)
        page.goto(f"{address}/contact-attempts")
        page.get_by_label("Niet bereikt").check()
        page.get_by_label("Op welke dag?").fill("gisteren")
        page.get_by_role("button", name="Contact vastleggen").click()
        assert page.get_by_label("Niet bereikt").is_checked()
        assert page.get_by_label("Op welke dag?").input_value() == "gisteren"
        assert page.locator("#date-fault").inner_text() == "! Vul een datum in, zoals 21-9-2026."
        page.get_by_label("Op welke dag?").fill("10-10-2026")
        page.get_by_role("button", name="Contact vastleggen").click()
        assert page.locator("#date-fault").inner_text() == "! De datum ligt in de toekomst."
        page.get_by_role("link", name="Laat zo").click()
        assert page.url == address


def test_the_desk_logs_that_nobody_answered(chromium: Browser, desk: str) -> None:
    with signed_in(chromium, desk, java_script_enabled=False) as page:
        address = a_case(page, desk)
        page.get_by_role("link", name="Contact vastleggen").click()
        page.get_by_label("Niet bereikt").check()
        page.get_by_role("button", name="Contact vastleggen").click()
        assert page.url == f"{address}?done=saved#bericht"
        assert page.locator("#bericht").inner_text() == "Opgeslagen."
        text = page.inner_text("main")
        assert "contact zoeken" in text
        assert "Niet bereikt (poging 1)" in text


def test_a_broker_speaks_with_a_learner_and_the_alert_stays_open(chromium: Browser, desk: str) -> None:
    with signed_in(chromium, desk, who="makelaar") as page:
        address = a_case(page, desk)
        assert page.locator(".desk-acts").count() == 0
        page.locator("article h3 a").first.click()
        alert = page.url
        page.get_by_role("link", name="Contact vastleggen").focus()
        page.keyboard.press("Enter")
        page.get_by_label("Gesproken").focus()
        page.keyboard.press("Space")
        page.keyboard.press("Enter")
        page.wait_for_url(f"{alert}?done=saved#bericht")
        assert notice(page) == "Opgeslagen."
        assert violations(page) == []
        assert "open sinds" in page.inner_text("main")
        page.goto(address)
        assert "contact zoeken" in page.locator("h1 + p").inner_text()


def test_picking_up_and_putting_off(chromium: Browser, desk: str) -> None:
    with signed_in(chromium, desk) as page:
        a_case(page, desk)
        page.locator("article h3 a").first.click()
        page.get_by_role("button", name="Oppakken").click()
        assert notice(page) == "Opgepakt. Blijft open tot een feit het sluit."
        assert "Opgepakt door Samira Voorbeeld" in page.inner_text("main")
        assert page.get_by_role("button", name="Oppakken").count() == 0
        page.get_by_role("link", name="Uitstellen").click()
        assert violations(page) == []
        page.get_by_label("Tot welke dag?").fill("1-12-2026")
        page.get_by_label("Mbo komt met bericht").check()
        page.get_by_role("button", name="Uitstellen").click()
        assert "ten hoogste 20 werkdagen" in page.locator("#until-fault").inner_text()
        assert page.get_by_label("Mbo komt met bericht").is_checked()
        page.get_by_label("Tot welke dag?").fill("16-10-2026")
        page.get_by_role("button", name="Uitstellen").click()
        assert notice(page) == "Opgeslagen."
        assert "Uitgesteld tot 16 oktober 2026 (mbo komt met bericht)" in page.inner_text("main")


def test_a_case_goes_its_way_and_closes_after_a_last_look(
    chromium: Browser, desk: str, tmp_path: Path
) -> None:
    with signed_in(chromium, desk, java_script_enabled=False) as page:
        address = a_case(page, desk)
        assert "voor de school: geregistreerd" in page.locator("h1 + p").inner_text()
        page.get_by_role("button", name="Toewijzen aan mij").click()
        assert "toegewezen" in page.locator("h1 + p").inner_text()
        assert "voor de school: in behandeling" in page.locator("h1 + p").inner_text()
        page.get_by_role("button", name="Naar contact zoeken").click()
        page.get_by_role("link", name="Parkeren").click()
        page.get_by_label("Tot welke dag?").fill("2026-11-09")
        page.get_by_role("button", name="Parkeren").click()
        assert "geparkeerd tot 9 november 2026" in page.locator("h1 + p").inner_text()
        page.get_by_role("button", name="Hervatten").click()
        page.get_by_role("button", name="Naar intake").click()
        page.get_by_role("button", name="Naar begeleiding").click()
        page.get_by_role("link", name="Naar nazorg").click()
        page.get_by_label("Voltijds onderwijs").check()
        page.get_by_role("button", name="Naar nazorg").click()
        assert "nazorg" in page.locator("h1 + p").inner_text()
        page.get_by_role("link", name="Sluiten").click()
        assert page.get_by_label("Voltijds onderwijs").is_checked()
        page.get_by_label("Leren en werken (bbl)").check()
        page.get_by_role("button", name="Verder").click()
        assert page.title().startswith("Controleer: Sluiten")
        assert "Leren en werken (bbl)" in page.inner_text("main")
        page.get_by_role("button", name="Wijzig de invoer").click()
        assert page.get_by_label("Leren en werken (bbl)").is_checked()
        page.get_by_role("button", name="Verder").click()
        page.get_by_role("button", name="Sluiten").click()
        assert page.url == f"{address}?done=saved#bericht"
        assert "gesloten" in page.locator("h1 + p").inner_text()
        assert page.locator(".desk-acts, .desk-aside").count() == 0


def test_the_second_of_two_officers_sees_what_changed_and_goes_on(
    chromium: Browser, desk: str, tmp_path: Path
) -> None:
    with signed_in(chromium, desk) as page:
        address = a_case(page, desk)
        page.get_by_role("link", name="Parkeren").click()
        page.get_by_label("Tot welke dag?").fill("9-11-2026")
        with signed_in(chromium, desk, who="collega") as other:
            other.goto(address)
            other.get_by_role("button", name="Toewijzen aan mij").click()
            assert notice(other) == "Opgeslagen."
        page.get_by_role("button", name="Parkeren").click()
        page.screenshot(path=tmp_path / "stale.png", full_page=True)
        assert page.title().startswith("Gewijzigd: ")
        assert violations(page) == []
        assert not overflows(page)
        text = page.inner_text("main")
        assert "Een collega wijzigde dit intussen. Uw invoer is bewaard." in text
        assert "Toegewezen Daan Voorbeeld, 9 oktober 2026 09:00" in text
        row = page.get_by_role("row", name="Status").inner_text()
        assert re.search(r"nieuw\s+toegewezen", row)
        assert page.get_by_label("Tot welke dag?").input_value() == "9-11-2026"
        page.get_by_role("button", name="Toch doorgaan").click()
        assert notice(page) == "Opgeslagen."
        assert "geparkeerd tot 9 november 2026" in page.inner_text("main")


def test_what_a_colleague_has_done_already_cannot_be_done_again(chromium: Browser, desk: str) -> None:
    with signed_in(chromium, desk) as page:
        a_case(page, desk, 1)
        page.locator("article h3 a").first.click()
        alert = page.url
        with signed_in(chromium, desk, who="makelaar") as other:
            other.goto(alert)
            other.get_by_role("button", name="Oppakken").click()
        page.get_by_role("button", name="Oppakken").click()
        assert "Deze stap kan nu niet meer." in page.inner_text("main")
        assert "Noor Voorbeeld" in page.inner_text("main")
        assert page.get_by_role("button", name="Toch doorgaan").count() == 0
        assert violations(page) == []
        page.get_by_role("link", name="Laat zo").click()
        assert page.url == alert


def test_a_case_goes_to_another_region_after_a_last_look(chromium: Browser, desk: str) -> None:
    with signed_in(chromium, desk, 360) as page:
        address = a_case(page, desk)
        page.get_by_role("link", name="Overdragen").click()
        page.get_by_label("Naar welke regio?").select_option("21")
        page.get_by_role("button", name="Verder").click()
        assert "21 Agglomeratie Amsterdam" in page.inner_text("main")
        assert violations(page) == []
        assert not overflows(page)
        page.get_by_role("button", name="Overdragen").click()
        assert notice(page) == "Opgeslagen."
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 404
    with signed_in(chromium, desk, who="elders") as page:
        page.goto(address)
        assert page.get_by_role("link", name="Contact vastleggen").count() == 1


def test_what_was_filled_in_when_the_session_ended_comes_back(
    chromium: Browser, desk: str, execute: Callable[..., list[Any]]
) -> None:
    with signed_in(chromium, desk, java_script_enabled=False) as page:
        a_case(page, desk)
        page.get_by_role("link", name="Contact vastleggen").click()
        form = page.url
        page.get_by_label("Niet bereikt").check()
        page.get_by_label("Op welke dag?").fill("8-10-2026")
        execute("UPDATE alerts.session SET seen_at = seen_at - interval '31 minutes'")
        page.get_by_role("button", name="Contact vastleggen").click()
        assert page.url.startswith(f"{desk}/desk/sign-in?")
        assert "blijft 15 minuten bewaard" in page.inner_text("main")
        execute("UPDATE alerts.session SET seen_at = clock_timestamp()")  # the officer signs in again
        page.goto(form)
        assert "Wat u had ingevuld, staat er nog." in page.inner_text("main")
        assert page.get_by_label("Niet bereikt").is_checked()
        assert page.get_by_label("Op welke dag?").input_value() == "8-10-2026"
        page.get_by_role("button", name="Contact vastleggen").click()
        assert page.locator("#bericht").inner_text() == "Opgeslagen."
        page.goto(form)
        assert not page.get_by_label("Niet bereikt").is_checked()


def test_a_page_of_a_former_session_is_shown_once_more_and_not_done(
    chromium: Browser, desk: str, execute: Callable[..., list[Any]]
) -> None:
    with signed_in(chromium, desk) as page:
        address = a_case(page, desk, 2)
        page.get_by_role("link", name="Parkeren").click()
        page.get_by_label("Tot welke dag?").fill("9-11-2026")
        execute("UPDATE alerts.session SET csrf = 'of-another-session'")  # signed in again in another tab
        try:
            page.get_by_role("button", name="Parkeren").click()
            assert "Er is nog niets opgeslagen." in page.inner_text("main")
            assert violations(page) == []
            assert page.get_by_label("Tot welke dag?").input_value() == "9-11-2026"
            page.get_by_role("button", name="Parkeren").click()
            assert notice(page) == "Opgeslagen."
            page.goto(f"{address}/notes")
            page.get_by_label("Anders").check()
            page.get_by_label("Notitie", exact=True).fill("Bellen")
        finally:
            execute("UPDATE alerts.session SET csrf = $1", CSRF)
        page.get_by_role("button", name="Notitie toevoegen").click()
        assert page.get_by_label("Notitie", exact=True).input_value() == "Bellen"
        page.get_by_role("button", name="Notitie toevoegen").click()
        assert notice(page) == "Opgeslagen."


def test_the_sign_in_page_says_what_became_of_the_input(chromium: Browser, desk: str) -> None:
    with signed_in(chromium, desk, 360) as page:
        for word in ("kept", "lost"):
            page.goto(f"{desk}/desk/sign-in?{word}=1")
            assert "Uw sessie was voorbij." in page.inner_text("main")
            assert violations(page) == []
            assert not overflows(page)


def test_what_could_not_be_stored_is_sent_again_with_one_button(
    chromium: Browser, desk: str, execute: Callable[..., list[Any]]
) -> None:
    with signed_in(chromium, desk) as page:
        address = a_case(page, desk)
        page.get_by_role("link", name="Parkeren").click()
        page.get_by_label("Tot welke dag?").fill("9-11-2026")
        execute("REVOKE INSERT ON alerts.access_log FROM alerts_web")
        try:
            page.get_by_role("button", name="Parkeren").click()
            assert "Niets getoond, niets opgeslagen." in page.inner_text("main")
            assert violations(page) == []
        finally:
            execute("GRANT INSERT ON alerts.access_log TO alerts_web")
        page.get_by_role("button", name="Probeer opnieuw").click()
        assert page.url == f"{address}?done=saved#bericht"
        assert "geparkeerd tot 9 november 2026" in page.inner_text("main")


def test_a_note_is_read_by_the_desk_and_by_nobody_else(chromium: Browser, desk: str) -> None:
    with signed_in(chromium, desk, 360) as page:
        address = a_case(page, desk, 4)
        assert "Nog geen notities." in page.inner_text("main")
        page.get_by_role("link", name="Notitie toevoegen").click()
        assert violations(page) == []
        assert not overflows(page)
        page.get_by_label("Notitie", exact=True).fill("Belde over 111222333")
        page.get_by_role("button", name="Notitie toevoegen").click()
        assert page.locator("#words-fault").inner_text() == "! Dit lijkt een bsn. Haal het weg."
        assert page.locator("#kind-fault").is_visible()
        assert violations(page) == []
        assert not overflows(page)
        page.get_by_label("Notitie", exact=True).fill("Maandag terugbellen.\n<b>Niet</b> voor tienen.")
        page.get_by_label("Overleg met het mbo").check()
        page.get_by_role("button", name="Notitie toevoegen").click()
        assert notice(page) == "Opgeslagen."
        assert violations(page) == []
        text = page.inner_text("main")
        assert "Overleg met het mbo" in text
        assert "Maandag terugbellen.\n<b>Niet</b> voor tienen." in text
    with signed_in(chromium, desk, who="collega") as page:
        page.goto(address)
        assert "Samira Voorbeeld, 9 oktober 2026 09:00" in page.inner_text("main")
    with signed_in(chromium, desk, who="makelaar") as page:
        page.goto(address)
        assert "terugbellen" not in page.inner_text("body")
        page.goto(f"{address}/notes")
        assert "Niet toegestaan" in page.inner_text("h1")


def test_an_institution_reads_its_own_part_and_picks_it_up(
    chromium: Browser, desk: str, execute: Callable[..., list[Any]]
) -> None:
    (row,) = execute(
        "SELECT alert_id FROM alerts.alert"
        " WHERE '99MA' = ANY (audience) AND code = 'A08' AND status = 'RAISED'"
        " ORDER BY alert_id LIMIT 1"
    )
    with signed_in(chromium, desk, who="instelling") as page:
        page.goto(f"{desk}/desk/alerts/{row['alert_id']}")
        assert violations(page) == []
        text = page.inner_text("main")
        assert "Vmbo Oost" not in text
        assert "Naar het open dossier" not in text
        assert page.locator(".desk-acts li").all_inner_texts() == ["Oppakken", "Uitstellen"]
        page.get_by_role("button", name="Oppakken").click()
        assert notice(page) == "Opgepakt. Blijft open tot een feit het sluit."
        page.get_by_role("link", name="Alles over deze leerling").click()
        assert "U leest hier wat uw instelling stuurde" in page.inner_text("main")
        assert page.get_by_role("heading", name="Aanmeldingen").count() == 0
        assert set(page.locator(".desk-timeline td:nth-child(4)").all_inner_texts()) == {"ROC West"}
        assert violations(page) == []
        assert not overflows(page)


def test_a_broker_hands_an_alert_on_to_the_desk(
    chromium: Browser, desk: str, execute: Callable[..., list[Any]]
) -> None:
    (row,) = execute(
        "SELECT alert_id FROM alerts.alert a WHERE 'R38' = ANY (audience) AND resolved_at IS NULL"
        " AND NOT EXISTS (SELECT FROM alerts.case c"
        " WHERE c.student_ref = a.student_ref AND c.closed_at IS NULL)"
        " AND student_ref IS NOT NULL ORDER BY alert_id LIMIT 1"
    )
    with signed_in(chromium, desk, who="makelaar", java_script_enabled=False) as page:
        page.goto(f"{desk}/desk/alerts/{row['alert_id']}")
        page.get_by_role("button", name=re.compile("Doorzetten naar (Leerplicht|Doorstroompunt)")).click()
        assert page.locator("#bericht").inner_text() == "Opgeslagen."
        assert re.search(r"/desk/cases/[0-9a-f-]{36}\?done=saved", page.url)
        assert "nieuw" in page.locator("h1 + p").inner_text()
        page.goto(f"{desk}/desk/alerts/{row['alert_id']}")
        assert page.get_by_role("button", name=re.compile("Doorzetten")).count() == 0
        assert page.get_by_role("link", name="Naar het open dossier").count() == 1


def test_a_closed_alert_has_nothing_to_do(
    chromium: Browser, desk: str, execute: Callable[..., list[Any]]
) -> None:
    (row,) = execute(
        "SELECT alert_id FROM alerts.alert WHERE 'R38' = ANY (audience) AND resolved_at IS NOT NULL"
        " ORDER BY alert_id LIMIT 1"
    )
    with signed_in(chromium, desk, 360) as page:
        page.goto(f"{desk}/desk/alerts/{row['alert_id']}")
        assert "gesloten" in page.locator(".desk-under").inner_text()
        assert page.locator(".desk-acts").count() == 0
        assert violations(page) == []
        assert not overflows(page)
        page.goto(f"{desk}/desk/alerts/{row['alert_id']}/snoozes")
        assert page.url == f"{desk}/desk/alerts/{row['alert_id']}"


def test_what_waits_is_said_to_wait(chromium: Browser, desk: str) -> None:
    with signed_in(chromium, desk, 360) as page:
        address = a_case(page, desk, 4)
        hand.RESTING.set()
        try:
            page.get_by_role("button", name="Toewijzen aan mij").click()
            assert page.url == f"{address}?done=pending#bericht"
            assert notice(page) == "Ontvangen, wordt verwerkt."
            assert violations(page) == []
        finally:
            hand.RESTING.clear()


def test_a_learner_who_stands_still_is_left_alone_and_the_input_kept(
    chromium: Browser, desk: str, execute: Callable[..., list[Any]]
) -> None:
    with signed_in(chromium, desk) as page:
        a_case(page, desk, 5)
        handle = page.locator("h1").inner_text().removeprefix("Dossier ")
        execute(
            "INSERT INTO alerts.blocked SELECT student_ref, part, 'cannot-judge', clock_timestamp()"
            " FROM alerts.learner WHERE handle = $1",
            handle,
        )
        page.get_by_role("link", name="Parkeren").click()
        page.get_by_label("Tot welke dag?").fill("9-11-2026")
        page.get_by_role("button", name="Parkeren").click()
        assert page.title().startswith("Fout: ")
        assert "Niets opgeslagen. Deze leerling kan nu niet worden beoordeeld." in page.inner_text("main")
        assert page.get_by_label("Tot welke dag?").input_value() == "9-11-2026"
        assert violations(page) == []


def test_everything_is_done_with_the_keyboard_alone(chromium: Browser, desk: str) -> None:
    with signed_in(chromium, desk) as page:
        address = a_case(page, desk, 3)
        walk_to(page, "Parkeren")
        page.keyboard.press("Enter")
        page.wait_for_url(f"{address}/transitions?to=PARKED")
        walk_to(page, "Parkeren")  # nothing filled in yet
        page.keyboard.press("Enter")
        page.wait_for_selector("#fouten")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "until"
        page.keyboard.type("9-11-2026")
        page.keyboard.press("Enter")
        page.wait_for_url(f"{address}?done=saved#bericht")
        assert notice(page) == "Opgeslagen."
        walk_to(page, "Hervatten")
        page.keyboard.press("Enter")
        page.wait_for_selector("text=nieuw")


def walk_to(page: Page, words: str) -> None:
    """Press Tab until this has the focus."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()") == words:
            return
    raise AssertionError(f"the keyboard does not reach {words}")


def test_several_alerts_are_picked_up_at_once_and_what_was_done_is_skipped(
    chromium: Browser, desk: str, execute: Callable[..., list[Any]]
) -> None:
    rows = execute(
        "SELECT alert_id FROM alerts.alert WHERE 'R38' = ANY (audience) AND status = 'RAISED'"
        " AND resolved_at IS NULL AND student_ref NOT IN (SELECT student_ref FROM alerts.blocked)"
        " AND student_ref IS NOT NULL ORDER BY alert_id DESC LIMIT 2"
    )
    ids = [row["alert_id"] for row in rows]
    addresses = [f"/desk/alerts/{one}" for one in ids]
    with signed_in(chromium, desk, 360) as page:
        fields = {"csrf": CSRF, "alerts": ",".join(ids), "then": "/desk/cases?term=new"}
        page.goto(f"{desk}{addresses[0]}")
        send(page, fields)  # as a list of alerts does
        assert page.title().startswith("Controleer: meldingen oppakken")
        assert "U pakt 2 van 2 op." in page.inner_text("main")
        assert violations(page) == []
        assert not overflows(page)
        with signed_in(chromium, desk, who="makelaar") as other:
            other.goto(f"{desk}{addresses[1]}")
            other.get_by_role("button", name="Oppakken").click()
        page.get_by_role("button", name="Oppakken").click()
        text = page.inner_text("main")
        assert "1 opgepakt, 1 overgeslagen (al gedaan)." in text
        assert "overgeslagen: Deze melding is al opgepakt." in text
        assert violations(page) == []
        assert not overflows(page)
        send(page, fields)
        assert "Er is niets meer op te pakken." in page.inner_text("main")
        assert "opgepakt door Noor Voorbeeld" in page.inner_text("main")
        assert violations(page) == []
        page.get_by_role("link", name="Laat zo").click()
        assert page.url == f"{desk}/desk/cases?term=new"


def send(page: Page, fields: dict[str, str]) -> None:
    """Send a form to where several alerts are picked up."""
    script = """fields => {
        const form = document.createElement("form");
        form.method = "post";
        form.action = "/desk/alerts/acknowledgements";
        for (const [name, value] of Object.entries(fields)) {
            const input = document.createElement("input");
            [input.type, input.name, input.value] = ["hidden", name, value];
            form.append(input);
        }
        document.body.append(form);
        form.submit();
    }"""
    with page.expect_navigation():
        page.evaluate(script, fields)
