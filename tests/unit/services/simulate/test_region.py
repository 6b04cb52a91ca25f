"""The places of a simulated year are those of the national tables."""

from __future__ import annotations

from random import Random

import pytest

from services.simulate.region import BORDER, read, registered
from shared.domain.codes import Role
from shared.runtime.reference import reference
from tests.unit.services.simulate.conftest import Made


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


def test_a_region_that_is_not_there_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="'41'"):
        read("41")


def _region(municipality: str) -> str:
    return reference().municipalities[municipality].region
