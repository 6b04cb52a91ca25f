"""A09: enrolled nowhere on the count date."""

from __future__ import annotations

from tests.tale import Tale, alerts, the_alert, the_case


def gone() -> Tale:
    """Left vo in summer and applied in August, so still in sight on 9 October."""
    tale = Tale()
    tale.listed("2025-11-03", expectedDestination="ABROAD")
    tale.left("2026-07-06", "2026-07-31")
    tale.applied("2026-08-03")
    return tale


def codes(tale: Tale, until: str) -> list[str]:
    found = alerts(tale.walk(until).learner)
    return [code for code, status, _, _ in found if status != "RESOLVED" and code != "A06"]


def test_it_is_raised_on_9_october_2026_at_six_at_the_desk() -> None:
    assert codes(gone(), "2026-10-09 05:59") == ["A07"]
    learner = gone().walk("2026-10-09 06:00").learner
    assert codes(gone(), "2026-10-09 06:00") == ["A09"]
    alert = the_alert(learner, "A09")
    assert (alert.severity, alert.level) == ("HIGH", 2)
    assert alert.figures == {"deadline": "2026-10-01", "checked": "2026-10-09"}
    assert the_case(learner).alerts[-1] == alert.alert_id


def test_an_application_is_no_enrolment() -> None:
    assert gone().state("2026-10-09") == "APPLIED"


def test_enrolled_between_the_two_days_is_enough() -> None:
    tale = gone()
    tale.started("2026-10-05", start="2026-10-05")
    assert "A09" not in codes(tale, "2026-10-10")


def test_enrolled_on_the_count_date_is_enough_also_when_it_ended_since() -> None:
    tale = gone()
    tale.started("2026-09-01", start="2026-09-01", mbo="99MB")
    tale.ended("2026-10-06", "2026-10-05", mbo="99MB")
    assert "A09" not in codes(tale, "2026-10-09 06:00")


def test_what_is_known_when_it_fires_decides() -> None:
    tale = gone()
    tale.started("2026-10-09 05:00", start="2026-09-28")
    assert "A09" not in codes(tale, "2026-10-09 06:00")
    late = gone()
    late.started("2026-10-09 07:00", start="2026-10-05")
    assert the_alert(late.walk("2026-10-09 07:00").learner, "A09").how == "AUTO"
