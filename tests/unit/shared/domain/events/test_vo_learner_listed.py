"""On the list of expected movers: one fact for each school site."""

from __future__ import annotations

from datetime import date

from shared.domain.codes import Expected, VoType
from shared.domain.effect import Listing
from shared.domain.events.vo_learner_listed import KIND, subject_key


def test_the_list_of_a_site_is_one_fact() -> None:
    assert subject_key(KIND.example) == "vo:99VA01"


def test_it_says_where_the_school_expects_the_learner() -> None:
    told = {**KIND.example, "expectedDestination": "VO", "hasStartkwalificatie": True, "combinedRoute": True}
    assert KIND.effect(told) == Listing(
        vo_site="99VA01",
        vo_type=VoType.VMBO_BB,
        grade=4,
        birth_date=date(2010, 3, 15),
        municipality="0957",
        expected=Expected.VO,
        qualified=True,
        combined_route=True,
    )
