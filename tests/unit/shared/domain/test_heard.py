"""When something arrived from an institution, as spells between silences."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.heard import Spell, hear, last_heard, subjects, together, was_heard
from tests.tale import moment


def spells(*at: str) -> list[tuple[str, str]]:
    """The days of begin and end of each spell."""
    found = together({}, [("99MA", moment(one)) for one in at]).get("99MA", ())
    return [(f"{one.since:%m-%d}", f"{one.until:%m-%d}") for one in found]


def test_a_list_is_a_sign_of_its_site_too() -> None:
    assert subjects("vo.learner.listed", "99VA", {"voSite": "99VA00"}) == ("99VA", "99VA00")
    assert subjects("vo.learner.changed", "99VA", {"voSite": "99VA00"}) == ("99VA",)


def test_a_week_between_two_messages_is_no_silence() -> None:
    assert spells("2026-03-02", "2026-03-09 23:00", "2026-03-16 01:00") == [("03-02", "03-16")]
    assert spells("2026-03-02", "2026-03-10 00:30") == [("03-02", "03-02"), ("03-09", "03-09")]


def test_a_message_between_two_spells_joins_them() -> None:
    assert spells("2026-03-02", "2026-03-16", "2026-03-09") == [("03-02", "03-16")]


def test_what_lies_long_back_is_let_go_but_never_the_last_spell() -> None:
    assert spells("2023-01-09", "2026-03-02") == [("03-02", "03-02")]


def test_within_a_spell_something_was_always_heard() -> None:
    spell = Spell(moment("2026-03-02"), moment("2026-05-04"))
    assert last_heard([spell], moment("2026-03-01")) is None
    assert last_heard([spell], moment("2026-04-01")) == moment("2026-05-04")
    assert was_heard([spell], moment("2026-03-20"), moment("2026-04-20"))
    assert not was_heard([spell], moment("2026-05-05"), moment("2026-06-01"))
    assert not was_heard([spell], moment("2026-01-01"), moment("2026-03-01"))


DAYS = st.lists(st.integers(min_value=0, max_value=500), max_size=30)


@settings(deadline=None)
@given(DAYS, st.randoms())
def test_order_and_repeats_mean_nothing(days: list[int], chance: object) -> None:
    begin = datetime(2026, 1, 1, 12, tzinfo=UTC)
    signs = [("99MA", begin + timedelta(days=day)) for day in days]
    shuffled = [*signs, *signs]
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert together({}, shuffled) == together({}, signs)


def test_others_are_left_alone() -> None:
    heard = hear({"99MB": (Spell(moment("2026-03-02"), moment("2026-03-02")),)}, "99MA", moment("2026-03-03"))
    assert set(heard) == {"99MA", "99MB"}
