"""Several alerts at once: which were chosen, and what came of each."""

from __future__ import annotations

from msgspec.structs import replace

from services.alerts.web.asking import id_of
from services.alerts.web.records import ActionRow
from services.alerts.web.several import batch_of, chosen_in, key_of
from shared.domain.action import Action
from shared.domain.codes import Role
from tests.unit.services.alerts.web.test_changes import AT
from tests.unit.services.alerts.web.test_pages import BROKER, DESK

ONE, OTHER = "1" * 32, "2" * 32


def test_each_chosen_alert_counts_once_and_nothing_else_does() -> None:
    given = [
        ("csrf", "3" * 32),
        ("alert", ONE),
        ("alert", ONE),
        ("alert", "x"),
        ("alerts", f"{OTHER},{ONE},"),
    ]
    assert chosen_in(given) == [ONE, OTHER]


def test_a_batch_is_found_again_among_what_an_officer_asked_for() -> None:
    action = Action(AT, Role.RMC_DESK, "r" * 43, 2026, "acknowledge", alert=ONE)
    mine = ActionRow(str(id_of(DESK, key_of("batch-of-today", ONE))), action, "r" * 43, DESK.subject, None)
    alone = replace(mine, id="by itself", action=replace(action, alert=OTHER))
    assert batch_of([mine, alone], DESK, "batch-of-today") == {ONE: mine}
    assert batch_of([mine], DESK, "another-batch") == {}
    assert batch_of([mine], BROKER, "batch-of-today") == {}
