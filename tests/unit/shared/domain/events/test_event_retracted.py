"""An event was posted in error."""

from __future__ import annotations

from shared.domain.effect import Retraction
from shared.domain.events.event_retracted import KIND, subject_key

TARGET = "c0a8012e-7b1c-4c3e-8f5b-0d9e8f7a6b5c"


def test_it_names_its_target_and_a_reason_in_one_word() -> None:
    assert subject_key(KIND.example) == f"retracted:{TARGET}"
    assert KIND.effect(KIND.example) == Retraction(TARGET, "POSTED_IN_ERROR")
