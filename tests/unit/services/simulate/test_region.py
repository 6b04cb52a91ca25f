"""The places of a simulated year are those of the national tables."""

from __future__ import annotations

import pytest

from services.simulate.region import read, registered
from shared.domain.codes import Role
from shared.runtime.reference import reference
from tests.unit.services.simulate.conftest import Made
from tests.unit.services.simulate.test_year import of_kind


def test_learners_come_from_schools_of_the_region_and_live_there(made: Made) -> None:
    sites = {one.site for one in made.region.origins}
    for one in of_kind(made.postings, "vo.learner.listed"):
        data = one.event["data"]
        assert data["voSite"] in sites
        assert reference().municipalities[data["municipality"]].region == "38"


def test_a_third_goes_to_institutions_outside_the_region(made: Made) -> None:
    outside = {one.org for one in made.region.outside}
    assert outside
    assert {one.org for one in made.region.inside} == {"25LT"}
    went = [one.event["data"]["mboBrin"] for one in of_kind(made.postings, "mbo.enrolment.started")]
    assert sum(brin in outside for brin in went) / len(went) == pytest.approx(1 / 3, abs=0.06)


def test_an_institution_that_cannot_send_presence_sends_none(made: Made) -> None:
    silent = {one.org for one in made.region.receivers if not one.presence}
    assert silent
    started = {one.event["data"]["mboBrin"] for one in of_kind(made.postings, "mbo.enrolment.started")}
    seen = {one.event["data"]["mboBrin"] for one in of_kind(made.postings, "attendance.present")}
    assert silent & started
    assert not silent & seen


def test_whoever_posts_is_registered(made: Made) -> None:
    known = {one.org for one in registered(made.region)}
    assert {one.event["data"]["senderOrg"] for one in made.postings} <= known


@pytest.mark.parametrize("code", ["01", "14", "23", "32", "40"])
def test_other_regions_can_be_simulated_too(code: str) -> None:
    region = read(code)
    assert region.origins
    assert region.receivers
    assert region.municipalities
    roles = {one.role for one in registered(region)}
    assert {Role.VO_SCHOOL, Role.MBO_INSTITUTION} <= roles


def test_a_region_that_is_not_there_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="'41'"):
        read("41")
