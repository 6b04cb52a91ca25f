"""A10: out of sight."""

from __future__ import annotations

from tests.tale import Tale, alerts, local, the_alert, the_case


def lost() -> Tale:
    tale = Tale()
    tale.listed("2025-11-03", expectedDestination="ABROAD")
    tale.left("2026-07-06", "2026-07-31")
    return tale


def test_a_state_of_saturday_alerts_on_monday() -> None:
    learner = lost().walk("2026-08-31 06:00").learner
    assert alerts(learner)[-1] == ("A10", "RAISED", "2026-08-31 06:00", None)
    assert local(learner.standings[2026].since) == "2026-08-29 00:00"
    alert = the_alert(learner, "A10")
    assert alert.figures == {"days": 20, "event": "vo.learner.deregistered", "date": "2026-07-31"}
    assert (alert.level, the_case(learner).status) == (2, "NEW")


def test_it_takes_over_the_summer_gap_in_the_same_instant() -> None:
    learner = lost().walk("2026-08-31 06:00").learner
    assert the_alert(learner, "A07").resolved_at == the_alert(learner, "A10").raised_at
    assert the_alert(learner, "A07").resolved_by == "A10"


def test_a_call_does_not_end_it_and_does_not_close_the_case() -> None:
    tale = lost()
    tale.contact("2026-09-01")
    learner = tale.walk("2026-09-02").learner
    assert tale.state("2026-09-02") == "UNPLACED"
    assert the_alert(learner, "A10").open
    assert the_case(learner).status == "NEW"


def test_what_brings_the_learner_back_in_sight_ends_it() -> None:
    for bring in ("applied", "started", "placed"):
        tale = lost()
        getattr(tale, bring)("2026-09-01", **({"start": "2026-09-14"} if bring == "started" else {}))
        assert the_alert(tale.walk("2026-09-02").learner, "A10").how == "AUTO"


def test_an_enrolment_in_which_nobody_sees_the_learner_does_not_end_it() -> None:
    tale = lost()
    tale.started("2026-09-01", start="2026-08-24")
    assert tale.state("2026-09-02") == "NO_SHOW"
    assert the_alert(tale.walk("2026-09-02").learner, "A10").open
    tale.present("2026-09-03")
    assert the_alert(tale.walk("2026-09-03").learner, "A10").how == "AUTO"


def test_a_closed_application_is_no_new_sign() -> None:
    tale = lost()
    tale.applied("2026-09-01", "NOT_ENROLLABLE")
    assert the_alert(tale.walk("2026-09-02").learner, "A10").open


def test_a_destination_that_runs_out_begins_a_second_episode() -> None:
    tale = lost()
    tale.placed("2026-09-01", reviewDate="2026-10-15")
    learner = tale.walk("2026-10-16 06:00").learner
    found = [(one.episode, local(one.raised_at)) for one in learner.alerts if one.code == "A10"]
    assert found == [(1, "2026-08-31 06:00"), (2, "2026-10-16 06:00")]


def test_an_adult_with_a_basic_qualification_may_go() -> None:
    tale = Tale()
    tale.listed("2025-11-03", expectedDestination="ABROAD", hasStartkwalificatie=True, birthDate="2008-05-01")
    tale.left("2026-07-06", "2026-07-31")
    assert tale.walk("2026-12-31").learner.alerts == ()
