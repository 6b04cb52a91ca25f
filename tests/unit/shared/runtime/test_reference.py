"""The national tables that come along, and the files that add to them."""

from __future__ import annotations

from collections import Counter
from importlib.resources import files

import pytest

from shared.domain.codes import Role
from shared.domain.ids import BRIN, SITE
from shared.domain.world import HOLIDAY_REGIONS, Site
from shared.runtime.reference import institutions, legal_region, read_institution, reference

FOUND = {one.org: one for one in institutions()}


def test_every_municipality_lies_in_a_region_and_a_holiday_region() -> None:
    tables = reference()
    assert (len(tables.municipalities), len(tables.regions), len(tables.levels)) == (342, 40, 15)
    for code, municipality in tables.municipalities.items():
        assert (municipality.code, len(code)) == (code, 4)
        assert municipality.region in tables.regions
        assert municipality.holiday_region in HOLIDAY_REGIONS
    assert tables.municipalities["0957"].name == "Roermond"
    assert tables.municipalities["0957"].region == "38"


@pytest.mark.parametrize(
    ("code", "region"),
    [
        ("0050", "midden"),
        ("0244", "noord"),
        ("0317", "noord"),
        ("1959", "midden"),
        ("0268", "zuid"),
        ("0263", "zuid"),
    ],
)
def test_holiday_regions_follow_the_exceptions_of_the_law(code: str, region: str) -> None:
    assert reference().municipalities[code].holiday_region == region


def test_a_region_has_one_number() -> None:
    assert (legal_region("41"), legal_region("14"), legal_region("38")) == ("14", "14", "38")


def test_each_school_and_each_desk_is_known_once() -> None:
    assert len(FOUND) == len(institutions())
    roles = Counter(one.role for one in FOUND.values())
    assert roles == {Role.VO_SCHOOL: 846, Role.MBO_INSTITUTION: 57, Role.RMC_DESK: 40}
    for one in FOUND.values():
        if one.role is Role.RMC_DESK:
            assert one.org == f"RMC{one.region}"
        else:
            assert BRIN.match(one.org)
            assert one.region is None
        assert one.name == " ".join(one.name.split())
        assert not one.presence, "until a client is registered that can send it"


def test_each_site_stands_once_and_lies_somewhere() -> None:
    sites = [site for one in FOUND.values() for site in one.sites]
    assert len({site.site for site in sites}) == len(sites)
    for one in FOUND.values():
        for site in one.sites:
            assert SITE.match(site.site)
            assert site.site.startswith(one.org)
            assert site.municipality in reference().municipalities


def test_a_code_with_both_kinds_of_sites_is_an_mbo_institution_that_keeps_its_vo_sites() -> None:
    drenthe = FOUND["25PW"]
    assert (drenthe.role, drenthe.name) == (Role.MBO_INSTITUTION, "Drenthe College")
    assert "25PW51" in {site.site for site in drenthe.sites}
    seat = next(site for site in FOUND["21CY"].sites if site.site == "21CY00")
    assert seat.municipality == "0777", "the mbo row has no seat, the vo row has"


def test_the_tables_say_where_they_come_from() -> None:
    told = (files("shared.reference") / "PROVENANCE.md").read_text(encoding="utf-8")
    for table in ("municipalities", "rmc_regions", "sites", "programmes"):
        assert f"`{table}.csv`" in told


def test_an_institution_is_read_from_a_line() -> None:
    line = (
        '{"org": "99MA", "role": "mbo_institution", "name": "ROC West", "presence": true,'
        ' "sites": [{"site": "99MA00", "municipality": "0957"},'
        ' {"site": "99MA01", "municipality": "1955", "holidayRegion": "zuid", "name": "Didam"}]}'
    )
    institution = read_institution(line)
    assert (institution.role, institution.name, institution.presence) == (
        Role.MBO_INSTITUTION,
        "ROC West",
        True,
    )
    assert institution.sites == (Site("99MA00", "0957", "zuid"), Site("99MA01", "1955", "zuid", "Didam"))


def test_a_desk_is_read_from_a_line() -> None:
    desk = read_institution('{"org": "RMC14", "role": "rmc_desk", "region": "41"}')
    assert (desk.region, desk.name, desk.sites) == ("14", "RMC14", ())
    assert read_institution('{"org": "99VA", "role": "vo_school"}').region is None


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{", "truncated"),
        ('{"org": "99MA"}', "role"),
        ('{"org": "99MA", "role": "school"}', "role"),
        ('{"org": "99MA", "role": "vo_school", "town": "x"}', "town"),
        ('{"org": "ROC", "role": "vo_school"}', "ROC"),
    ],
)
def test_a_faulty_line_is_refused_with_what_is_wrong(line: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        read_institution(line)


@pytest.mark.parametrize(
    ("site", "says"),
    [
        ('{"site": "99MB00", "municipality": "0957"}', "99MB00"),
        ('{"site": "99MA0", "municipality": "0957"}', "99MA0"),
        ('{"site": "99MA00", "municipality": "9999"}', "9999"),
        ('{"site": "99MA00", "municipality": "0957", "holidayRegion": "west"}', "west"),
    ],
)
def test_a_faulty_site_is_refused_with_what_is_wrong(site: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        read_institution(f'{{"org": "99MA", "role": "vo_school", "sites": [{site}]}}')
