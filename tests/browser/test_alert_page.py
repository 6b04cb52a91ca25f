"""Why a learner is listed, understood in one look (task 1 of the desk's design)."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.test_desk_page import overflows, signed_in, violations

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


@pytest.mark.parametrize("width", [1280, 360])
def test_an_alert(chromium: Browser, desk: str, width: int, tmp_path: Path) -> None:
    with signed_in(chromium, desk, width) as page:
        page.goto(f"{desk}/desk/cases")
        page.locator("tbody a").first.click()
        page.locator("article h3 a").first.click()
        page.screenshot(path=tmp_path / f"alert-{width}.png", full_page=True)
        assert violations(page) == []
        assert not overflows(page)
        heads = page.locator("main h2").all_inner_texts()
        assert heads == [
            "Waarom staat dit hier?",
            "Wat lost dit op?",
            "Eerste stap",
            "Berichten hierachter",
            "Eerder bij deze leerling",
        ]


def test_a_broker_sees_why_what_ends_it_and_the_first_step_at_once(chromium: Browser, desk: str) -> None:
    with signed_in(chromium, desk, who="makelaar", java_script_enabled=False) as page:
        page.goto(f"{desk}/desk/cases")
        page.locator("tbody a").first.click()
        page.locator("article h3 a").first.click()
        for name in ("Waarom staat dit hier?", "Wat lost dit op?", "Eerste stap"):
            box = page.get_by_role("heading", name=name).bounding_box()
            assert box is not None
            assert box["y"] + box["height"] + 60 < 800


def test_an_alert_of_another_region_is_not_there(chromium: Browser, desk: str) -> None:
    with signed_in(chromium, desk) as page:
        page.goto(f"{desk}/desk/cases")
        page.locator("tbody a").first.click()
        address = page.locator("article h3 a").first.get_attribute("href")
    with signed_in(chromium, desk, who="elders") as page:
        answer = page.goto(f"{desk}{address}")
        assert answer is not None
        assert answer.status == 404
        assert "Niet gevonden, of niet van u." in page.inner_text("main")
        assert violations(page) == []
