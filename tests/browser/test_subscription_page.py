"""What did not arrive: who sees it, in which words, and how it is sent again."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from playwright.sync_api import Browser

from tests.browser.seeded import ISSUER
from tests.browser.test_desk_page import overflows, signed_in, violations

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

OWN, OTHERS, ELSEWHERE = (UUID(int=number) for number in (1, 2, 3))
PAGE = "/desk/subscriptions"


@pytest.fixture(scope="module")
def desk_with_webhooks(desk: str, execute: Callable[..., None]) -> str:
    """The desk of region 38 has a receiver that missed two alerts; its coordinator one that was given up."""
    rows = (
        (OWN, "rmc", "https://zaken.gemeente.example/meldingen", "ACTIVE", None),
        (OTHERS, "coordinator", "https://regio.example/", "DISABLED", "NO_SUCCESS"),
        (ELSEWHERE, "elders", "https://elders.example/", "ACTIVE", None),
    )
    for name, owner, sink, status, reason in rows:
        execute(
            "INSERT INTO alerts.subscription (id, owner, sink, status, reason, secret)"
            " VALUES ($1, $2, $3, $4, $5, '')",
            name,
            f"{ISSUER} {owner}",
            sink,
            status,
            reason,
        )
    for number in (1, 2):
        execute(
            "WITH told AS (INSERT INTO alerts.event (event_id, type, at, data, fanned_at)"
            " VALUES ($1, 'nl.school-transitions.alert.raised.v1', now(), '{}', now()) RETURNING number)"
            " INSERT INTO alerts.delivery (subscription, event, sequence, status, due_at, created_at)"
            " SELECT $2, number, $3, 'EXHAUSTED', NULL, '2026-10-05T08:00:00+02:00' FROM told",
            f"lost-{number}",
            OWN,
            number,
        )
    return desk


@pytest.mark.parametrize("width", [1280, 360])
def test_a_desk_sees_its_receivers_and_those_of_the_region(
    chromium: Browser, desk_with_webhooks: str, width: int
) -> None:
    with signed_in(chromium, desk_with_webhooks, width) as page:
        page.goto(desk_with_webhooks + PAGE)
        assert page.title() == "Bezorging aan systemen - Overstap in beeld"
        assert violations(page) == []
        assert not overflows(page)
        text = page.inner_text("main")
        assert "zaken.gemeente.example" in text
        assert "van u" in text
        assert "van Els Voorbeeld" in text
        assert "Er kwam vijf dagen niets aan." in text
        assert "de eigenaar kan het weer aanzetten" in text
        assert "sinds 5 oktober 2026 08:00" in text
        assert "elders.example" not in text


def test_what_was_lost_is_sent_again_once(
    chromium: Browser, desk_with_webhooks: str, execute: Callable[..., None]
) -> None:
    with signed_in(chromium, desk_with_webhooks, java_script_enabled=False) as page:
        page.goto(desk_with_webhooks + PAGE)
        page.get_by_role("button", name="Opnieuw sturen naar zaken.gemeente.example").click()
        assert "2 opnieuw verstuurd." in page.inner_text("main")
        assert "2 onderweg" in page.inner_text("main")
        assert page.get_by_role("button", name="Opnieuw sturen").count() == 0
        execute("UPDATE alerts.delivery SET status = 'EXHAUSTED' WHERE once AND sequence = 1")
        execute("UPDATE alerts.delivery SET status = 'DELIVERED' WHERE once AND sequence = 2")
        page.reload()
        assert page.get_by_role("row").nth(1).get_by_role("cell").nth(1).inner_text().startswith("1\n")


def test_elsewhere_nobody_sees_it(chromium: Browser, desk_with_webhooks: str) -> None:
    with signed_in(chromium, desk_with_webhooks, who="elders") as page:
        page.goto(desk_with_webhooks + PAGE)
        assert "elders.example" in page.inner_text("main")
        assert "gemeente" not in page.inner_text("main")
        form = f"{desk_with_webhooks}{PAGE}/{OWN}/replays"
        token = page.locator("input[name=csrf]").first.get_attribute("value")
        answer = page.request.post(form, form={"csrf": token or ""})
        assert answer.status == 404
    with signed_in(chromium, desk_with_webhooks, who="instelling") as page:
        page.goto(desk_with_webhooks + PAGE)
        assert "Er zijn geen abonnementen." in page.inner_text("main")
