"""Chromium, and a desk to look at."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import asyncpg
import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser import hand, seeded
from tests.stack.alone import Addresses, database

AT = datetime.fromisoformat("2026-10-09T09:00:00+02:00")
"""The morning on which the page is looked at: the reporting deadline of the count date has passed."""


@pytest.fixture(scope="module")
def addresses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Addresses]:
    """The database of the desk, as its owner and as each role sees it."""
    with database(tmp_path_factory.mktemp("desk")) as found:
        yield found


@pytest.fixture(scope="module")
def desk(addresses: Addresses) -> Iterator[str]:
    """The address of a desk that shows the stories."""
    learners, world = seeded.told(sorted(seeded.HISTORIES.glob("*.json")), AT)
    worker = addresses("alerts_worker")
    asyncio.run(seeded.write(worker, addresses(), learners, AT))
    with seeded.serve(addresses("alerts_web"), world) as url, hand.at_work(worker, world):
        yield url


@pytest.fixture(scope="module")
def execute(addresses: Addresses) -> Callable[..., list[Any]]:
    """Runs one statement as the owner of the database; in a thread, as the browser keeps this one's loop."""

    async def run(statement: str, values: tuple[object, ...]) -> list[Any]:
        conn = await asyncpg.connect(addresses())
        try:
            return list(await conn.fetch(statement, *values))
        finally:
            await conn.close()

    def done(statement: str, *values: object) -> list[Any]:
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(lambda: asyncio.run(run(statement, values))).result()

    return done


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
