"""A01: a site that had final-year learners last year sent no list this year."""

from __future__ import annotations

from msgspec.structs import replace

from shared.domain.codes import Role
from shared.domain.words import explain
from tests.silence import history, watched, weekly, world_with
from tests.tale import WORLD, moment

LAST_YEAR = ["2024-11-04", "2025-01-20"]


def lists(*at: str, until: str) -> list[tuple[str, str | None, str | None, str | None]]:
    """What becomes of A01 of 99VA when lists came at these moments."""
    alerts = watched(world_with("99VA", lists=[*LAST_YEAR, *at]), "99VA", until).watch.alerts
    return history([one for one in alerts if one.code == "A01"])


def test_it_looks_on_the_morning_after_the_last_day_and_its_grace() -> None:
    # 31 January 2026 is a Saturday; five working days later is Friday the 6th
    assert lists(until="2026-02-09 05:59") == []
    assert lists(until="2026-02-09 06:00") == [("A01", "2026-02-09 06:00", None, None)]


def test_the_first_list_ends_it() -> None:
    ended = ("A01", "2026-02-09 06:00", "2026-03-03 10:00", "AUTO")
    assert lists("2026-03-03 10:00", "2026-03-04", until="2026-03-05") == [ended]


def test_a_list_of_this_year_is_enough_however_early() -> None:
    assert lists("2025-10-01 00:00", until="2026-03-01") == []
    assert lists("2025-09-30 23:59", until="2026-03-01") == [("A01", "2026-02-09 06:00", None, None)]
    assert lists(*weekly("2025-09-22", 4), until="2026-03-01") == []


def test_a_site_without_learners_last_year_has_nothing_to_send() -> None:
    never = watched(world_with("99VA", messages=["2025-11-03"]), "99VA", "2026-03-01")
    assert [one.code for one in never.watch.alerts if one.code == "A01"] == []
    only_older = world_with("99VA", lists=["2024-03-04"])
    alerts = watched(only_older, "99VA", "2026-03-01").watch.alerts
    assert [one.year for one in alerts if one.code == "A01"] == [2025]


def test_who_is_told_and_what() -> None:
    (alert,) = (
        one
        for one in watched(world_with("99VA", lists=LAST_YEAR), "99VA", "2026-02-09").watch.alerts
        if one.code == "A01"
    )
    told = [(one.role, one.kind, one.org, one.site, one.region) for one in alert.recipients]
    assert told == [
        (Role.VO_SCHOOL, "first", "99VA", "99VA00", None),
        (Role.REGION_COORDINATOR, "first", None, None, "38"),
    ]
    assert (alert.year, alert.level, alert.region, alert.severity) == (2026, 0, "38", "LOW")
    assert explain(alert, WORLD).why == (
        "Vmbo Oost had vorig jaar leerlingen in het laatste leerjaar, "
        "maar stuurde t/m 31 januari 2026 geen lijst."
    )


def test_it_ends_with_its_year() -> None:
    assert lists(until="2027-08-01")[0] == (
        "A01",
        "2026-02-09 06:00",
        "2027-07-31 00:00",
        "EXPIRED",
    )


def test_each_site_is_looked_at_by_itself() -> None:
    school = WORLD.institutions["99VA"]
    second = replace(school.sites[0], site="99VA01")
    institutions = {**WORLD.institutions, "99VA": replace(school, sites=(*school.sites, second))}
    world = world_with("99VA", lists=LAST_YEAR, world=replace(WORLD, institutions=institutions))
    alerts = watched(world, "99VA", "2026-02-10").watch.alerts
    assert [one.parties for one in alerts if one.code == "A01"] == [{"school": "99VA00"}]
    assert moment("2026-02-09 06:00") in {one.raised_at for one in alerts}
