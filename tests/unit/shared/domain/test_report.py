"""What `replay --json` and the API show of a learner."""

from __future__ import annotations

from shared.domain import report
from tests.silence import watched, world_with
from tests.tale import REF, WORLD, Tale, act, moment, the_alert


def test_a_learner_with_an_alert_and_a_case() -> None:
    tale = Tale()
    tale.started("2026-07-06")
    tale.moved("2026-07-06", "0957", since="2026-07-06")
    learner = tale.walk("2026-09-07 07:00", act("2026-09-01", "acknowledge", "A08")).learner
    shown = report.of_learner(learner, 2026, WORLD)
    (alert,) = shown.pop("alerts")
    (case,) = shown.pop("cases")
    assert shown == {
        "studentRef": REF,
        "handle": shown["handle"],
        "transitionYear": 2026,
        "state": "NO_SHOW",
        "stateSince": moment("2026-08-31 00:00"),
        "flags": [],
        "region": "38",
        "nextDue": moment("2026-09-21 00:00"),
    }
    assert alert["recipients"] == [
        {"role": "mbo_institution", "org": "99MA", "kind": "first"},
        {"role": "vsv_broker", "region": "38", "kind": "first"},
    ]
    assert alert["escalations"] == [{"level": 2, "at": moment("2026-09-07 06:00"), "role": "rmc_desk"}]
    assert alert["figures"] == {"start": "2026-08-24", "days": 5}
    assert "resolvedAt" not in alert
    assert "duty" not in alert
    assert case["alerts"] == [alert["alertId"]]
    assert "closedAt" not in case


def test_a_void_year_is_not_shown() -> None:
    tale = Tale()
    wrong = tale.applied("2026-03-02")
    tale.retract("2026-03-03", wrong)
    assert list(report.years_of(tale.walk("2026-03-04").learner)) == []


def test_an_alert_says_whom_it_is_about_when_it_is_no_learner() -> None:
    tale = Tale()
    tale.listed("2025-11-03")
    assert report.about(the_alert(tale.walk("2026-04-14").learner, "A02")) == {}
    alerts = watched(world_with("99VA", lists=["2025-03-03"]), "99VA", "2026-02-16").watch.alerts
    assert [report.about(one) for one in alerts if one.code == "A01"] == [{"org": "99VA", "site": "99VA00"}]
