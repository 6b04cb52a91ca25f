"""Whose a learner is."""

from __future__ import annotations

from datetime import date

from msgspec.structs import replace

from shared.domain.routing import desk_role, region_of
from shared.domain.world import Municipality
from tests.tale import WORLD, Tale, local


def test_the_home_decides() -> None:
    tale = Tale()
    tale.listed("2025-11-03", municipality="0363")
    assert region_of(tale.situation("2025-11-04")) == "21"


def test_without_a_home_the_school_site() -> None:
    tale = Tale()
    tale.listed("2025-11-03", municipality="9999")
    assert region_of(tale.situation("2025-11-04")) == "38"


def test_a_move_counts_from_its_day_and_that_day_is_looked_forward_to() -> None:
    tale = Tale()
    tale.listed("2025-11-03")
    tale.moved("2026-06-01", "0772", since="2026-06-15")
    assert region_of(tale.situation("2026-06-14 23:59")) == "38"
    assert region_of(tale.situation("2026-06-15 00:00")) == "37"
    assert local(tale.projection("2026-06-02").next_change) == "2026-06-15 00:00"


def test_who_lives_abroad_or_where_no_region_is_known_goes_with_the_school_site() -> None:
    for code in ("0000", "9998"):
        tale = Tale()
        tale.listed("2025-11-03", municipality=code)
        assert region_of(tale.situation("2025-11-04")) == "38"


def test_a_municipality_that_merged_into_another_is_no_home_any_more() -> None:
    places = WORLD.reference.municipalities
    gone = Municipality("0363", "Amsterdam", "21", "noord", valid_to=date(2025, 12, 31))
    world = replace(WORLD, reference=replace(WORLD.reference, municipalities={**places, "0363": gone}))
    tale = Tale()
    tale.listed("2025-11-03", municipality="0363")
    assert region_of(tale.situation("2025-12-31", world)) == "21"
    assert region_of(tale.situation("2026-01-01", world)) == "38"


def test_a_school_that_nobody_registered_leaves_it_to_the_institution() -> None:
    tale = Tale()
    tale.listed("2025-11-03", site="98VA00", municipality="9999")
    assert region_of(tale.situation("2025-11-04")) is None
    tale.applied("2026-03-02", mbo="99MB")
    assert region_of(tale.situation("2026-03-03")) == "37"


def test_a_side_entrant_stays_where_the_last_enrolment_was() -> None:
    tale = Tale()
    tale.started("2026-07-06", mbo="99MB")
    tale.ended("2026-10-05", "2026-10-02", mbo="99MB")
    tale.applied("2026-03-02", "INTEREST")
    assert region_of(tale.situation("2026-10-06")) == "37"


def test_a_side_entrant_goes_with_the_best_application() -> None:
    tale = Tale()
    tale.applied("2026-03-02", "RECEIVED")
    tale.applied("2026-03-02", "OFFERED", mbo="99MB", no=2)
    assert region_of(tale.situation("2026-03-03")) == "37"


def test_nobody_is_dropped_when_no_region_is_known() -> None:
    tale = Tale()
    tale.applied("2026-03-02", mbo="98ZZ")
    assert region_of(tale.situation("2026-03-03")) is None


def test_the_desk_follows_age() -> None:
    tale = Tale()
    tale.listed("2025-11-03", birthDate="2008-09-10")
    assert desk_role(tale.situation("2026-09-09 23:59")) == "leerplicht_desk"
    assert desk_role(tale.situation("2026-09-10 00:00")) == "rmc_desk"
    side_entrant = Tale()
    side_entrant.applied("2026-03-02")
    assert desk_role(side_entrant.situation("2026-03-03")) == "rmc_desk"
