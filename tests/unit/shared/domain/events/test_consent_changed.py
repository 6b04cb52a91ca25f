"""Leave to share what the law does not name."""

from __future__ import annotations

from datetime import date

from shared.domain.effect import Consent
from shared.domain.events.consent_changed import KIND, subject_key


def test_each_scope_is_a_fact_of_its_own() -> None:
    assert subject_key(KIND.example) == "consent:DOSSIER_SHARING"


def test_it_says_whether_leave_was_given() -> None:
    assert KIND.effect(KIND.example) == Consent("DOSSIER_SHARING", True, date(2026, 5, 11))
