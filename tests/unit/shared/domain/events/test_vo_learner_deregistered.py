"""The end at the school of origin: a fact beside the list, so that neither loses the other."""

from __future__ import annotations

from datetime import date

from shared.domain.codes import VoEndReason
from shared.domain.effect import VoEnd
from shared.domain.events.vo_learner_deregistered import KIND, subject_key


def test_the_end_at_a_site_is_one_fact() -> None:
    assert subject_key(KIND.example) == "vo_end:99VA01"


def test_it_says_the_last_day_and_why() -> None:
    assert KIND.effect(KIND.example) == VoEnd("99VA01", date(2026, 7, 10), VoEndReason.DIPLOMA)
