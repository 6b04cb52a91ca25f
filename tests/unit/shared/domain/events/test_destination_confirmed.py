"""Another destination: each sender has one word in it."""

from __future__ import annotations

from datetime import date

from shared.domain.codes import ConfirmedBy, DestinationKind
from shared.domain.effect import Destination
from shared.domain.events.destination_confirmed import KIND, subject_key


def test_each_sender_has_one_fact() -> None:
    assert subject_key(KIND.example) == "dest:RMC38"


def test_it_says_what_from_when_and_who_vouches() -> None:
    assert KIND.effect({**KIND.example, "reviewDate": "2026-12-01"}) == Destination(
        DestinationKind.WORK_NO_QUALIFICATION,
        date(2026, 9, 1),
        ConfirmedBy.DESK,
        hours_per_week=24,
        review_date=date(2026, 12, 1),
    )
