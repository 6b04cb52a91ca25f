"""A19: an institution that used to send messages is silent."""

from __future__ import annotations

import pytest

from shared.domain.codes import Role
from shared.domain.words import explain
from tests.silence import history, watched, weekly, world_with
from tests.tale import WORLD


def silence(
    *messages: str, until: str, org: str = "99MA"
) -> list[tuple[str, str | None, str | None, str | None]]:
    """What becomes of A19 when messages came at these moments."""
    return history(watched(world_with(org, messages), org, until).watch.alerts)


def test_ten_working_days_without_a_message() -> None:
    # from Monday 2 March ten working days run to Monday 16 March
    assert silence("2026-03-02", until="2026-03-17 05:59") == []
    assert silence("2026-03-02", until="2026-03-17 06:00") == [("A19", "2026-03-17 06:00", None, None)]


def test_public_holidays_do_not_count() -> None:
    # Good Friday (3 April) and Easter Monday (6 April) lie between
    assert silence("2026-03-30", until="2026-05-01")[0][1] == "2026-04-16 06:00"


def test_a_term_that_ends_on_a_friday_is_over_on_monday_morning() -> None:
    assert silence("2026-03-06", until="2026-04-01")[0][1] == "2026-03-23 06:00"


def test_the_next_message_ends_it_and_a_new_silence_is_a_new_episode() -> None:
    found = watched(world_with("99MA", ["2026-03-02", "2026-03-24 10:00"]), "99MA", "2026-04-20").watch.alerts
    assert history(found) == [
        ("A19", "2026-03-17 06:00", "2026-03-24 10:00", "AUTO"),
        ("A19", "2026-04-10 06:00", None, None),
    ]
    assert [one.episode for one in found] == [1, 2]
    assert len({one.alert_id for one in found}) == 2


def test_a_message_each_week_is_no_silence() -> None:
    assert silence(*weekly("2026-02-02", 20), until="2026-06-15") == []


@pytest.mark.parametrize("last", ["2025-10-02", "2025-12-01", "2026-01-30"])
def test_working_days_before_february_do_not_count(last: str) -> None:
    # ten working days from Monday 2 February on run to Friday the 13th
    assert silence(last, until="2026-03-01") == [("A19", "2026-02-16 06:00", None, None)]


def test_after_the_middle_of_october_nobody_is_called_silent() -> None:
    assert silence("2026-09-30", until="2026-10-15") == [("A19", "2026-10-15 06:00", None, None)]
    assert silence("2026-10-01", until="2027-01-31") == []


def test_a_silence_that_began_in_the_watched_months_stays_open_until_a_message() -> None:
    assert silence("2026-09-21", "2026-12-07 09:00", until="2026-12-31") == [
        ("A19", "2026-10-06 06:00", "2026-12-07 09:00", "AUTO")
    ]


def test_one_alert_at_a_time_and_each_year_anew() -> None:
    assert silence("2026-03-02", until="2027-08-31") == [
        ("A19", "2026-03-17 06:00", "2027-07-31 00:00", "EXPIRED"),
        ("A19", "2027-08-02 06:00", None, None),
    ]


def test_who_never_sent_anything_is_not_silent() -> None:
    assert silence(until="2026-06-01") == []


def test_a_desk_is_not_watched() -> None:
    assert silence("2026-03-02", until="2026-06-01", org="RMC38") == []


def test_who_is_told_and_what() -> None:
    (alert,) = watched(world_with("99MB", ["2026-03-02"]), "99MB", "2026-03-17").watch.alerts
    told = [(one.role, one.kind, one.org, one.region) for one in alert.recipients]
    assert told == [
        (Role.MBO_INSTITUTION, "first", "99MB", None),
        (Role.REGION_COORDINATOR, "first", None, "37"),
    ]
    assert (alert.year, alert.level, alert.region, alert.severity) == (2026, 0, "37", "LOW")
    assert explain(alert, WORLD).why == "ROC Ver stuurde 10 werkdagen niets, laatst 2 maart 2026."
    assert explain(alert, WORLD, "en").ends == "Goes away by itself with: new message"
