"""A16: a hand-over that was needed and not done."""

from __future__ import annotations

from typing import Any

from tests.tale import Tale, alerts, local, the_alert


def vulnerable(handover: str | None = "NEEDED", **fields: Any) -> Tale:
    tale = Tale()
    tale.listed("2025-11-03", expectedDestination="ABROAD", vulnerable=True, **fields)
    tale.started("2026-05-11", start="2026-08-24")
    tale.present("2026-08-24")
    tale.dossier("2026-06-15", handover=handover, seq=1)
    return tale


def of_handover(tale: Tale, until: str) -> list[tuple[str, str, str | None, str | None]]:
    return [one for one in alerts(tale.walk(until).learner) if one[0] == "A16"]


def test_school_and_institution_hear_of_it_on_1_september() -> None:
    learner = vulnerable().walk("2026-09-01 06:00").learner
    alert = the_alert(learner, "A16")
    assert local(alert.raised_at) == "2026-09-01 06:00"
    assert [(one.role, one.kind, one.org) for one in alert.recipients] == [
        ("vo_school", "first", "99VA"),
        ("mbo_institution", "first", "99MA"),
    ]
    assert (alert.severity, alert.level, alert.ground) == ("LOW", 0, "ddd:99MA")
    assert (alert.figures, alert.parties) == ({"deadline": "2026-09-01"}, {"mbo": "99MA"})


def test_done_ends_it_and_the_second_look_finds_nothing() -> None:
    tale = vulnerable()
    tale.dossier("2026-09-03", handover="DONE", seq=2)
    assert of_handover(tale, "2026-11-02") == [("A16", "RESOLVED", "2026-09-01 06:00", "AUTO")]


def test_what_is_no_longer_needed_ends_it_too() -> None:
    tale = vulnerable()
    tale.dossier("2026-09-03", handover="NOT_NEEDED", seq=2)
    assert of_handover(tale, "2026-11-02") == [("A16", "RESOLVED", "2026-09-01 06:00", "AUTO")]


def test_done_in_time_prevents_it() -> None:
    tale = vulnerable()
    tale.dossier("2026-08-31", handover="DONE", seq=2)
    assert of_handover(tale, "2026-11-02") == []


def test_what_is_asked_after_the_first_look_waits_for_the_second() -> None:
    tale = vulnerable(handover=None)
    tale.dossier("2026-09-07", handover="NEEDED", seq=2)
    alert = the_alert(tale.walk("2026-10-01 06:00").learner, "A16")
    assert (local(alert.raised_at), alert.figures) == ("2026-10-01 06:00", {"deadline": "2026-10-01"})


def test_an_open_one_is_not_raised_twice_and_a_new_need_is_a_new_episode() -> None:
    assert len(of_handover(vulnerable(), "2026-10-02")) == 1
    tale = vulnerable()
    tale.dossier("2026-09-03", handover="DONE", seq=2)
    tale.dossier("2026-09-14", handover="NEEDED", seq=3)
    found = [one for one in tale.walk("2026-10-02").learner.alerts if one.code == "A16"]
    assert [(one.episode, one.status) for one in found] == [(1, "RESOLVED"), (2, "RAISED")]


def test_each_institution_has_its_own() -> None:
    tale = vulnerable()
    tale.dossier("2026-06-15", handover="NEEDED", mbo="99MB", seq=1)
    tale.dossier("2026-09-03", handover="DONE", mbo="99MB", seq=2)
    found = {one.ground: one.status for one in tale.walk("2026-09-04").learner.alerts if one.code == "A16"}
    assert found == {"ddd:99MA": "RAISED", "ddd:99MB": "RESOLVED"}


def test_who_is_not_vulnerable_is_handed_over_without_it() -> None:
    tale = vulnerable()
    tale.changed("2026-08-31", expectedDestination="ABROAD", vulnerable=False)
    assert of_handover(tale, "2026-11-02") == []
    later = vulnerable()
    later.changed("2026-09-14", expectedDestination="ABROAD", vulnerable=False)
    assert of_handover(later, "2026-09-15") == [("A16", "RESOLVED", "2026-09-01 06:00", "CORRECTED")]


def test_the_flag_says_that_a_hand_over_is_needed() -> None:
    tale = vulnerable()
    assert "needs_warm_handover" in tale.projection("2026-06-15").flags
    tale.dossier("2026-06-22", handover="DONE", seq=2)
    assert "needs_warm_handover" not in tale.projection("2026-06-22").flags
