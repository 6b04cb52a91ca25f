"""Chromium, and a desk to look at."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Iterator
from datetime import datetime

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser import hand, seeded
from tests.stack.alone import database

AT = datetime.fromisoformat("2026-10-09T09:00:00+02:00")
"""The morning on which the page is looked at: the reporting deadline of the count date has passed."""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a desk that shows the stories."""
    learners, world = seeded.told(sorted(seeded.HISTORIES.glob("*.json")), AT)
    with database(tmp_path_factory.mktemp("desk")) as address:
        asyncio.run(seeded.write(address("alerts_worker"), address(), learners, AT))
        with seeded.serve(address("alerts_web"), world) as url, hand.at_work(address("alerts_worker"), world):
            yield url


@pytest.fixture(scope="module")
def chromium(desk: str) -> Iterator[Browser]:
    """Debian's Chromium; after the desk, because its driver keeps the event loop of this thread."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        if os.environ.get("REQUIRE_SERVICES"):
            pytest.fail("Chromium is needed")
        pytest.skip("NOT TESTED: the pages need Chromium (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found, args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        )
        yield browser
        browser.close()
