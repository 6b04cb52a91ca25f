"""Whose a learner is."""

from __future__ import annotations

from shared.domain.routing import desk_role, region_of
from tests.tale import Tale


def test_the_home_decides() -> None:
    tale = Tale()
    tale.listed("2025-11-03", municipality="0363")
    assert region_of(tale.situation("2025-11-04")) == "21"


def test_without_a_home_the_school_site() -> None:
    tale = Tale()
    tale.listed("2025-11-03", municipality="9999")
    assert region_of(tale.situation("2025-11-04")) == "38"


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
