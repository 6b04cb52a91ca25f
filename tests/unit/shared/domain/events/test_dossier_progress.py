"""The transfer file: how far, never what is in it."""

from __future__ import annotations

from shared.domain.codes import DossierStage, WarmHandover
from shared.domain.effect import Dossier
from shared.domain.events.dossier_progress import KIND, subject_key


def test_each_institution_has_a_file_of_its_own() -> None:
    assert subject_key(KIND.example) == "ddd:99MA"


def test_it_says_how_far_it_is_and_whether_schools_must_talk() -> None:
    assert KIND.effect(KIND.example) == Dossier("99MA", DossierStage.B_DONE, WarmHandover.NEEDED)
