"""The law of ruling 11: what is true of a person is true in every transition year."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.facts import Record, merge
from shared.domain.picture import picture
from shared.domain.routing import home_region
from shared.domain.situation import situation
from tests.tale import REF, WORLD, Tale, local, moment

YEARS = (2025, 2026, 2027)
BEGIN = moment("2025-10-06 09:00")
PLACES = ("0957", "0983", "0772", "0363", "9999", "0000")


@st.composite
def told(draw: st.DrawFn) -> Tale:
    """Facts of one person in up to three transition years."""
    tale = Tale()
    for number in range(draw(st.integers(1, 8))):
        at = local(BEGIN + timedelta(days=draw(st.integers(0, 400)), minutes=number)) or ""
        day = local(BEGIN + timedelta(days=draw(st.integers(0, 500)))) or ""
        tale.year = draw(st.sampled_from(YEARS))
        match draw(st.integers(0, 5)):
            case 0:
                tale.listed(at, municipality=draw(st.sampled_from(PLACES)))
            case 1:
                tale.moved(at, draw(st.sampled_from(PLACES)), since=day[:10])
            case 2:
                tale.register(at, "STARTKWALIFICATIE", since=at[:10], no=number)
            case 3:
                tale.register(at, "DECEASED", since=at[:10], no=number)
            case 4:
                tale.left(at, at[:10], draw(st.sampled_from(("DIPLOMA", "DECEASED"))))
            case _:
                tale.ended(at, at[:10], draw(st.sampled_from(("7", "DIPLOMA"))))
    return tale


@given(told(), st.integers(0, 500))
def test_home_age_death_and_qualification_are_the_persons(tale: Tale, days: int) -> None:
    at = BEGIN + timedelta(days=days)
    record = Record(REF)
    for arrival in tale.arrivals:
        record = merge(record, arrival).record
    seen = [situation(picture(record.years, year, at), year, WORLD, at) for year in record.years]
    assert len({one.home and (one.home.municipality, one.home.version.event_id) for one in seen}) <= 1
    assert len({home_region(one) for one in seen}) <= 1
    assert len({one.deceased for one in seen}) <= 1
    assert len({one.qualified for one in seen}) <= 1
    assert len({one.birth_date for one in seen if one.listing is None}) <= 1
