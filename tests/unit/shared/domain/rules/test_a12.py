"""A12: absence that has to be reported, and no report."""

from __future__ import annotations

from typing import Any

import pytest

from shared.domain.words import explain
from tests.tale import WORLD, Tale, act, alerts, cases, local, the_alert


def missed() -> Tale:
    """Sixteen hours on Monday 14 September 2026."""
    tale = Tale()
    tale.listed("2025-11-03", expectedDestination="ABROAD")
    tale.left("2026-07-06", "2026-07-31")
    tale.started("2026-07-06")
    for week in ("2026-08-24", "2026-08-31", "2026-09-07", "2026-09-14", "2026-09-21"):
        tale.present(f"{week} 08:00")
    tale.absent("2026-09-14 16:00", hours=16)
    return tale


def silent(**fields: Any) -> Tale:
    """Seen in the first week, then no word: four lesson weeks on Monday 28 September."""
    tale = Tale()
    tale.listed("2025-11-03", **({"expectedDestination": "ABROAD"} | fields))
    tale.left("2026-07-06", "2026-07-31")
    tale.started("2026-07-06")
    tale.present("2026-08-24")
    return tale


def test_it_follows_sixteen_hours_after_five_working_days() -> None:
    learner = missed().walk("2026-09-22 06:00").learner
    assert alerts(learner) == [
        ("A11", "RAISED", "2026-09-14 16:00", None),
        ("A12", "RAISED", "2026-09-22 06:00", None),
    ]
    alert = the_alert(learner, "A12")
    assert alert.ground == the_alert(learner, "A11").alert_id
    assert alert.because == the_alert(learner, "A11").because
    assert alert.figures == {
        "deadline": "2026-09-21",
        "from": "2026-09-14",
        "to": "2026-09-14",
        "report": "V3",
    }
    assert [(one.role, one.kind, one.org) for one in alert.recipients] == [
        ("mbo_institution", "first", "99MA")
    ]
    assert (alert.level, alert.severity) == (0, "MED")
    why = explain(alert, WORLD).why
    assert why == "ROC West moest dit verzuim uiterlijk 21 september 2026 melden. Wij ontvingen niets."


@pytest.mark.parametrize(("born", "kind"), [("2009-11-20", "LRV"), ("2008-09-15", "RMC")])
def test_it_follows_four_weeks_from_their_monday(born: str, kind: str) -> None:
    learner = silent(birthDate=born).walk("2026-10-06 06:00").learner
    alert = the_alert(learner, "A12")
    assert local(alert.raised_at) == "2026-10-06 06:00"
    assert alert.figures == {
        "deadline": "2026-10-05",
        "from": "2026-08-31",
        "to": "2026-09-27",
        "report": kind,
    }


def test_it_steps_up_from_the_institution_to_the_desk() -> None:
    learner = missed().walk("2026-09-30 06:00", act("2026-09-15", "acknowledge", "A11")).learner
    alert = the_alert(learner, "A12")
    assert [(one.level, local(one.at), one.role) for one in alert.escalations] == [
        (2, "2026-09-30 06:00", "leerplicht_desk")
    ]
    assert cases(learner) == [("NEW", "2026-09-30 06:00")]


def test_a_report_in_time_prevents_it() -> None:
    tale = missed()
    tale.report("2026-09-21 23:00", "R", "2026-09-14", endDate="2026-09-14")
    learner = tale.walk("2026-10-01").learner
    assert [code for code, *_ in alerts(learner)] == ["A11"]


def test_a_later_report_ends_it_whatever_becomes_of_it() -> None:
    tale = missed()
    sent = tale.report("2026-09-24", "R", "2026-09-14")
    alert = the_alert(tale.walk("2026-09-25").learner, "A12")
    assert (alert.how, local(alert.resolved_at), alert.resolved_by) == ("AUTO", "2026-09-24 12:00", sent)


def test_a_report_of_hours_does_not_answer_four_weeks() -> None:
    tale = silent()
    tale.absent("2026-09-07", hours=16)
    tale.report("2026-09-08", "G", "2026-09-07", endDate="2026-09-07")
    assert the_alert(tale.walk("2026-10-06 06:00").learner, "A12").open
    tale.report("2026-10-07", "R", "2026-08-31", type="LRV", reportNo="R2")
    assert the_alert(tale.walk("2026-10-08").learner, "A12").how == "AUTO"


def test_a_long_absence_that_was_reported_before_the_fourth_week_needs_no_other() -> None:
    tale = silent()
    tale.report("2026-09-25", "R", "2026-08-31", type="LRV")
    assert [code for code, *_ in alerts(tale.walk("2026-10-20").learner)] == ["A13"]


def test_one_of_last_year_answers_nothing() -> None:
    tale = silent()
    tale.report("2026-08-26", "G", "2026-03-02", type="LRV")
    assert the_alert(tale.walk("2026-10-06 06:00").learner, "A12").open


def test_hours_that_were_a_mistake_take_it_back_with_what_it_follows() -> None:
    tale = missed()
    tale.absent("2026-09-23", hours=2, date="2026-09-14")
    learner = tale.walk("2026-09-24").learner
    assert [(code, how) for code, _, _, how in alerts(learner)] == [
        ("A11", "CORRECTED"),
        ("A12", "CORRECTED"),
    ]


def test_who_is_back_before_the_term_was_over_needs_no_report_of_four_weeks() -> None:
    tale = silent()
    tale.present("2026-09-28")
    tale.present("2026-10-05 08:00")
    assert [code for code, *_ in alerts(tale.walk("2026-10-20").learner)] == ["A13"]


def test_it_stays_when_the_learner_is_back_later() -> None:
    tale = silent()
    tale.present("2026-10-06")
    tale.present("2026-10-12 08:00")
    learner = tale.walk("2026-10-20").learner
    assert [(code, how) for code, _, _, how in alerts(learner)] == [("A13", "AUTO"), ("A12", None)]
