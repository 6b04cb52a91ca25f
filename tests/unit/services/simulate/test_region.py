"""The places of a simulated year are those of the national tables."""

from __future__ import annotations

from datetime import date
from random import Random

import pytest

from services.simulate.mix import records
from services.simulate.region import BORDER, read, registered
from services.simulate.shares import spread
from shared.domain.codes import Role
from shared.domain.ids import BRIN
from shared.runtime.reference import institutions, reference
from tests.unit.services.simulate.conftest import Made, make

WITHOUT = ("01", "02", "05", "06", "07", "08", "09", "18", "20", "22", "27", "31", "32", "33", "39")
"""The regions of which the tables know no mbo site."""


def test_learners_come_from_schools_of_the_region_and_live_there(made: Made) -> None:
    sites = {one.site for one in made.region.origins} | {made.region.listless.site}
    for one in made.of_kind("vo.learner.listed"):
        data = one.event["data"]
        assert data["voSite"] in sites
        assert data["municipality"] == "9999" or _region(data["municipality"]) == "38"


def test_a_move_leads_to_another_home_now_and_then_in_another_region(made: Made) -> None:
    there = [_region(one.event["data"]["municipality"]) for one in made.of_kind("learner.moved")]
    assert "38" in there
    assert set(there) - {"38"}


def test_one_site_sent_its_list_last_year_and_none_this_year(made: Made) -> None:
    years = {
        one.event["data"]["transitionYear"]
        for one in made.of_kind("vo.learner.listed")
        if one.event["data"]["voSite"] == made.region.listless.site
    }
    assert years == {2025}


def test_two_in_five_go_to_institutions_outside_a_border_region_and_few_elsewhere() -> None:
    for code in ("38", "19"):
        region, chance = read(code), Random(1)
        outside = {one.org for one in region.outside}
        went = [region.receiver(chance).org in outside for _ in range(4000)]
        expected = 0.4 if code in BORDER else 0.125
        assert sum(went) / len(went) == pytest.approx(expected, abs=0.03)


def test_few_go_where_nobody_can_send_presence() -> None:
    region, chance = read("38"), Random(1)
    went = [region.receiver(chance).presence for _ in range(4000)]
    assert 0.003 < went.count(False) / len(went) < 0.02
    assert all(region.receiver(chance, seen=True).presence for _ in range(1000))


def test_whoever_posts_is_registered(made: Made) -> None:
    known = {one.org for one in registered(made.region)}
    assert {one.event["data"]["senderOrg"] for one in made.postings} <= known


@pytest.mark.parametrize("code", ["01", "14", "23", "32", "40"])
def test_other_regions_can_be_simulated_too(code: str) -> None:
    region = read(code)
    assert region.origins
    assert region.listless not in region.origins
    assert region.unseen
    assert 0.04 < region.weak_share < 0.25
    assert region.municipalities
    roles = {one.role for one in registered(region)}
    assert {Role.VO_SCHOOL, Role.MBO_INSTITUTION} <= roles


@pytest.mark.parametrize(
    ("code", "seat", "least", "most"), [("18", "Almere", 10, 15), ("39", "Heerlen", 35, 50)]
)
def test_a_region_without_an_institution_gets_one_that_is_invented(
    code: str, seat: str, least: int, most: int
) -> None:
    region = read(code)
    (stand_in,) = region.inside
    assert stand_in.name == f"Voorbeeld mbo {seat}"
    assert stand_in.org.startswith("99")
    assert stand_in.sites[0].site == f"{stand_in.org}00"
    assert _region(stand_in.sites[0].municipality) == code
    assert stand_in in registered(region)
    year = make(600, 1, region=code)
    found = spread(year.postings, records(year.postings).values(), year.world, date(2026, 10, 10), code)
    assert least <= found[0].percent <= most


def test_no_two_regions_invent_the_same_and_none_what_there_is() -> None:
    invented = [one.org for code in WITHOUT for one in read(code).inside]
    assert len(set(invented)) == len(WITHOUT)
    assert not any(one.org.startswith("99") for one in institutions())
    assert all(BRIN.match(org) for org in invented)


def test_a_region_with_an_institution_invents_none() -> None:
    assert not any(one.org.startswith("99") for one in read("38").inside)


def test_a_region_that_is_not_there_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="'41'"):
        read("41")


def _region(municipality: str) -> str:
    return reference().municipalities[municipality].region
