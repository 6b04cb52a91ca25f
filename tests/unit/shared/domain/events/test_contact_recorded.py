"""An attempt to reach the learner."""

from __future__ import annotations

from datetime import date

from shared.domain.codes import ContactResult, Role
from shared.domain.effect import Contact
from shared.domain.events.contact_recorded import KIND, subject_key


def test_each_sender_has_one_fact() -> None:
    assert subject_key(KIND.example) == "contact:RMC38"


def test_it_says_who_tried_and_what_came_of_it() -> None:
    assert KIND.effect(KIND.example) == Contact(date(2026, 9, 17), ContactResult.NOT_REACHED, Role.RMC_DESK)
