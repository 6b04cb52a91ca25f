"""The pages as an officer sees them: readable by everybody, also on a telephone and without script."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.seeded import COOKIE

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
WIDTHS = (1280, 360)
REFUSALS = re.compile(" status of (400|403|404|409|412|503) ")
"""What Chromium reports of pages that say what is wrong."""


@contextmanager
def signed_in(
    chromium: Browser, desk: str, width: int = 1280, who: str = "rmc", **more: Any
) -> Iterator[Page]:
    """A page of a signed-in officer; anything the browser complains about fails the test."""
    context = chromium.new_context(viewport={"width": width, "height": 800}, **more)
    context.add_cookies([{"name": "session", "value": f"{COOKIE}-{who}", "url": desk}])
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    try:
        yield page
        assert [one for one in complaints if not REFUSALS.search(one)] == []
    finally:
        context.close()


def violations(page: Page) -> list[str]:
    """What axe finds."""
    page.evaluate(AXE)
    found = page.evaluate("tags => axe.run({runOnly: tags})", TAGS)
    return [f"{one['id']}: {[node['target'] for node in one['nodes']]}" for one in found["violations"]]


def overflows(page: Page) -> bool:
    """Whether the page has to be scrolled sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


@pytest.fixture(params=WIDTHS)
def width(request: pytest.FixtureRequest) -> int:
    """A desk and a telephone."""
    value: int = request.param
    return value


def test_the_list_of_cases(chromium: Browser, desk: str, width: int, tmp_path: Path) -> None:
    with signed_in(chromium, desk, width) as page:
        page.goto(f"{desk}/desk/cases")
        picture = page.screenshot(path=tmp_path / f"cases-{width}.png", full_page=True)
        assert len(picture) > 20_000
        assert violations(page) == []
        assert not overflows(page)
        assert page.title() == "Dossiers, regio 38 Limburg-Noord - Overstap in beeld"
        assert page.locator("h1").all_inner_texts() == ["Dossiers, regio 38 Limburg-Noord"]
        rows = page.get_by_role("row")
        assert rows.count() > 3
        first = rows.nth(1)
        assert re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{2}", first.inner_text())
        assert re.search(r"A(09|10|14) ", first.inner_text())
        assert re.search(r"werkdag(en)? te laat|nog \d+ werkdag|vandaag", first.inner_text())
        assert "Oefenklok: 9 oktober 2026 09:00." in page.inner_text("main")
        assert "Bijgewerkt tot 08:59" in page.inner_text("main")


def test_a_case_and_its_timeline(chromium: Browser, desk: str, width: int, tmp_path: Path) -> None:
    with signed_in(chromium, desk, width) as page:
        page.goto(f"{desk}/desk/cases")
        page.locator("tbody a").first.click()
        page.screenshot(path=tmp_path / f"case-{width}.png", full_page=True)
        assert violations(page) == []
        assert not overflows(page)
        text = page.inner_text("main")
        for said in (
            "Waarom staat dit hier?",
            "Wat lost dit op?",
            "Berichten hierachter",
            "Regel en grond",
            "Termijnen",
        ):
            assert said in text
        every = page.locator(".desk-timeline tbody tr").count()
        page.get_by_role("link", name="Berichten", exact=True).click()
        assert 0 < page.locator(".desk-timeline tbody tr").count() < every
        assert violations(page) == []


def test_a_learner(chromium: Browser, desk: str, width: int, tmp_path: Path) -> None:
    with signed_in(chromium, desk, width) as page:
        page.goto(f"{desk}/desk/cases")
        page.locator("tbody a").first.click()
        page.get_by_role("link", name="Alles over deze leerling").click()
        page.screenshot(path=tmp_path / f"learner-{width}.png", full_page=True)
        assert violations(page) == []
        assert not overflows(page)
        moments = page.locator(".desk-timeline tbody tr td:first-child time").evaluate_all(
            "times => times.map(time => time.dateTime)"
        )
        assert moments == sorted(moments, reverse=True)


def test_everything_works_without_script(chromium: Browser, desk: str) -> None:
    with signed_in(chromium, desk, java_script_enabled=False) as page:
        page.goto(f"{desk}/desk/cases")
        handle = page.locator("tbody a").first.inner_text()
        page.get_by_role("link", name="Leerling zoeken").click()
        page.get_by_label("Code van de leerling").fill(handle.lower().replace("-", " "))
        page.get_by_role("button", name="Zoek").click()
        assert page.locator("h1").inner_text() == f"Leerling {handle}"
        page.goto(f"{desk}/desk/learners")
        page.get_by_label("Code van de leerling").fill("0000000000")
        page.get_by_role("button", name="Zoek").click()
        assert page.title().startswith("Fout: ")
        assert "Niet gevonden, of niet van u." in page.inner_text("main")


def test_the_keyboard_reaches_the_content_first(chromium: Browser, desk: str) -> None:
    with signed_in(chromium, desk) as page:
        page.goto(f"{desk}/desk/cases")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Naar de inhoud"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "inhoud"


@pytest.mark.parametrize(
    "path", ["/desk/cases?term=mine", "/desk/learners", "/desk/nothing", "/desk/sign-in"]
)
def test_every_other_state_is_readable_too(chromium: Browser, desk: str, path: str) -> None:
    with signed_in(chromium, desk, 360) as page:
        answer = page.goto(f"{desk}{path}")
        assert answer is not None
        assert violations(page) == []
        assert not overflows(page)


def test_another_region_has_nothing_to_do(chromium: Browser, desk: str) -> None:
    with signed_in(chromium, desk, who="elders") as page:
        page.goto(f"{desk}/desk/cases")
        assert "Niets te doen. Bijgewerkt tot 08:59." in page.inner_text("main")
        assert violations(page) == []
