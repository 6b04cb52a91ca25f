"""A listed learner of whom the school says something else."""

from __future__ import annotations

from shared.domain.codes import Expected
from shared.domain.events import vo_learner_listed as listed
from shared.domain.events.vo_learner_changed import KIND, subject_key


def test_it_is_a_version_of_the_fact_that_the_list_told() -> None:
    assert subject_key(KIND.example) == listed.subject_key(listed.KIND.example)


def test_it_repeats_every_field_of_the_list() -> None:
    assert KIND.payload.model_json_schema()["required"] == listed.KIND.payload.model_json_schema()["required"]
    assert KIND.effect(KIND.example).expected is Expected.VO  # type: ignore[union-attr]
