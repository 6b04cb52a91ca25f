"""Names that are computed: the same on every machine, at every restart."""

from __future__ import annotations

import re
from hashlib import sha256

from shared.domain.ids import alert_id, case_id, desk_org, handle, learner_id, receipt_id
from tests.tale import REF


def test_a_receipt_is_named_after_who_sent_what() -> None:
    assert receipt_id("urn:a", "e1") == sha256(b"urn:a\0e1").hexdigest()[:32]
    assert receipt_id("urn:a", "e1") != receipt_id("urn:ae", "1")


def test_an_alert_is_named_after_its_ground_and_episode() -> None:
    assert (
        alert_id(REF, 2026, "A06", "app:1", 1)
        == sha256(f"{REF}\0002026\0A06\0app:1\0001".encode()).hexdigest()[:32]
    )
    assert case_id(alert_id(REF, 2026, "A06", "app:1", 1), 0) != case_id(
        alert_id(REF, 2026, "A06", "app:1", 2), 0
    )


def test_people_see_a_handle_and_addresses_carry_an_id() -> None:
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{2}", handle(REF))
    assert REF not in learner_id(REF)
    assert learner_id(REF)[14] == "5"


def test_a_desk_speaks_under_its_region() -> None:
    assert desk_org("38") == "RMC38"
