"""Two references of one person."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from shared.domain.effect import Link
from shared.domain.events.learner_linked import KIND, subject_key


def test_each_old_reference_is_a_fact() -> None:
    assert subject_key(KIND.example) == f"link:{KIND.example['oldRef']}"


def test_it_leads_from_the_old_reference_to_the_new() -> None:
    assert KIND.effect(KIND.example) == Link(KIND.example["oldRef"], KIND.example["newRef"])


@pytest.mark.parametrize(
    "wrong", [{"newRef": "x" * 43}, {"oldRef": KIND.example["newRef"]}], ids=["to another", "to itself"]
)
def test_a_link_that_leads_nowhere_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        KIND.payload.model_validate({**KIND.example, **wrong})
