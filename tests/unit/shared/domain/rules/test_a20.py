"""A20: messages that contradict each other, and homes that nobody knows."""

from __future__ import annotations

from datetime import date

from msgspec.structs import replace

from shared.domain.world import Municipality
from tests.tale import WORLD, Tale, alerts, local, moment, the_alert


def contradiction() -> Tale:
    tale = Tale()
    tale.listed("2025-11-03", expectedDestination="ABROAD")
    tale.applied("2026-03-02", seq=1)
    tale.applied("2026-03-09 10:00", "OFFERED", seq=2, id="yes")
    tale.applied("2026-03-09 11:00", "NOT_ENROLLABLE", seq=2, id="no")
    return tale


def test_the_sender_hears_of_it_at_once() -> None:
    alert = the_alert(contradiction().walk("2026-03-09 11:00").learner, "A20")
    assert local(alert.raised_at) == "2026-03-09 11:00"
    assert [(one.role, one.kind, one.org) for one in alert.recipients] == [
        ("mbo_institution", "first", "99MA")
    ]
    assert (alert.severity, alert.level, alert.ground) == ("LOW", 0, "app:99MA:00000001")
    assert (alert.figures, alert.parties, alert.because) == ({"seq": 2}, {"org": "99MA"}, ("no", "yes"))


def test_one_right_message_with_another_number_ends_it() -> None:
    tale = contradiction()
    tale.applied("2026-03-10", "OFFERED", seq=3)
    alert = the_alert(tale.walk("2026-03-11").learner, "A20")
    assert (alert.how, alert.resolved_kind) == ("AUTO", "mbo.application.status")
    assert "conflict" not in tale.projection("2026-03-11").flags


def test_an_older_number_does_not() -> None:
    tale = contradiction()
    tale.applied("2026-03-10", "INTAKE_DONE", seq=1, id="again")
    found = [one for one in alerts(tale.walk("2026-03-11").learner) if one[0] == "A20"]
    assert found == [("A20", "RAISED", "2026-03-09 11:00", None)]


def test_taking_one_or_both_back_makes_void() -> None:
    one, both = contradiction(), contradiction()
    one.retract("2026-03-10", "no")
    both.retract("2026-03-10 10:00", "no")
    both.retract("2026-03-10 10:00", "yes")
    for tale in (one, both):
        assert the_alert(tale.walk("2026-03-11").learner, "A20").how == "CORRECTED"


def test_a_fact_of_which_nothing_is_left_makes_void_too() -> None:
    tale = Tale()
    tale.listed("2025-11-03", expectedDestination="ABROAD")
    tale.dossier("2026-03-02", "A_DONE", seq=1, id="yes")
    tale.dossier("2026-03-03", "B_DONE", seq=1, id="no")
    assert the_alert(tale.walk("2026-03-04").learner, "A20").open
    tale.retract("2026-03-05", "yes", sender="99VA")
    tale.retract("2026-03-05", "no", sender="99VA")
    assert the_alert(tale.walk("2026-03-06").learner, "A20").how == "CORRECTED"


def test_each_fact_has_its_own() -> None:
    tale = contradiction()
    tale.started("2026-05-11", seq=1)
    tale.started("2026-05-12", start="2026-09-07", seq=1)
    found = {one.ground for one in tale.walk("2026-05-13").learner.alerts if one.code == "A20" and one.open}
    assert found == {"app:99MA:00000001", "enr:99MA:E1"}


def test_a_third_version_belongs_to_the_same_contradiction() -> None:
    tale = Tale()
    tale.listed("2025-11-03", expectedDestination="ABROAD", seq=1)
    tale.listed("2025-11-04", expectedDestination="ABROAD", grade=3, seq=1)
    tale.listed("2025-11-05", expectedDestination="ABROAD", grade=2, seq=1)
    found = [one for one in tale.walk("2025-11-06").learner.alerts if one.ground == "vo:99VA00"]
    assert [(one.episode, one.status) for one in found] == [(1, "RAISED")]


def test_a_desk_can_contradict_itself_as_well() -> None:
    tale = Tale()
    tale.listed("2025-11-03", expectedDestination="ABROAD")
    tale.placed("2026-07-06", seq=1)
    tale.placed("2026-07-07", "CARE_OR_CUSTODY", seq=1)
    alert = the_alert(tale.walk("2026-07-08").learner, "A20")
    assert [(one.role, one.org, one.region) for one in alert.recipients] == [("rmc_desk", "RMC38", "38")]
    assert alert.ground == "dest:RMC38"
    tale.placed("2026-07-09", "CARE_OR_CUSTODY", seq=2)
    assert the_alert(tale.walk("2026-07-10").learner, "A20").how == "AUTO"


def of_home(tale: Tale, until: str) -> list[tuple[str, str | None, str | None]]:
    found = [one for one in tale.walk(until).learner.alerts if one.ground == "home"]
    return [(str(one.status), local(one.raised_at), one.how) for one in found]


def test_a_school_that_does_not_know_the_home_is_asked() -> None:
    tale = Tale()
    tale.listed("2025-11-03", expectedDestination="ABROAD", municipality="9999", seq=1)
    learner = tale.walk("2025-11-03").learner
    alert = the_alert(learner, "A20")
    assert [(one.role, one.org) for one in alert.recipients] == [("vo_school", "99VA")]
    assert (alert.region, alert.figures) == ("38", {"region": "38"})
    assert learner.standings[2026].flags == ()
    tale.changed("2025-11-05", expectedDestination="ABROAD", municipality="0957", seq=2)
    assert of_home(tale, "2025-11-06") == [("RESOLVED", "2025-11-03 12:00", "AUTO")]


def test_a_home_abroad_leaves_the_learner_with_the_region_of_the_school() -> None:
    tale = Tale()
    tale.listed("2025-11-03", expectedDestination="ABROAD")
    tale.moved("2026-06-01", "0000", since="2026-06-15")
    assert of_home(tale, "2026-06-14 23:00") == []
    assert of_home(tale, "2026-06-15 00:00") == [("RAISED", "2026-06-15 00:00", None)]
    alert = the_alert(tale.walk("2026-06-16").learner, "A20")
    assert (alert.region, alert.parties) == ("38", {"org": "99VA"})
    tale.moved("2026-07-06", "0772", since="2026-07-06")
    assert of_home(tale, "2026-07-07") == [("RESOLVED", "2026-06-15 00:00", "AUTO")]


def test_a_municipality_that_ended_is_asked_for_the_day_after() -> None:
    gone = Municipality("0957", "Roermond", "38", "zuid", valid_to=date(2025, 12, 31))
    places = {**WORLD.reference.municipalities, "0957": gone}
    world = replace(WORLD, reference=replace(WORLD.reference, municipalities=places))
    tale = Tale()
    tale.listed("2025-11-03", site="99VB00", expectedDestination="ABROAD")
    learner = tale.walk("2026-01-01 00:00", world=world).learner
    assert [one.raised_at for one in learner.alerts] == [moment("2026-01-01 00:00")]
    assert learner.standings[2026].region == "38"


def test_of_a_side_entrant_the_institution_is_asked_with_the_first_event() -> None:
    tale = Tale()
    tale.applied("2026-03-02", mbo="99MB")
    alert = the_alert(tale.walk("2026-03-02").learner, "A20")
    assert local(alert.raised_at) == "2026-03-02 12:00"
    assert [(one.role, one.org) for one in alert.recipients] == [("mbo_institution", "99MB")]
    assert alert.region == "37"


def test_a_home_or_a_school_site_ends_that() -> None:
    home, school, left = Tale(), Tale(), Tale()
    for tale in (home, school, left):
        tale.applied("2026-03-02", mbo="99MB")
    home.moved("2026-03-09", "0363", since="2026-03-01")
    school.listed("2026-03-09")
    left.left("2026-03-09", "2026-03-31", "OTHER")
    for tale in (home, school, left):
        assert of_home(tale, "2026-03-10") == [("RESOLVED", "2026-03-02 12:00", "AUTO")]


def test_a_list_without_a_home_leaves_it_open() -> None:
    tale = Tale()
    tale.applied("2026-03-02", mbo="99MB")
    tale.listed("2026-03-09", municipality="9999")
    assert of_home(tale, "2026-03-10") == [("RAISED", "2026-03-02 12:00", None)]


def test_a_better_version_of_the_first_event_is_the_same_question() -> None:
    tale = Tale()
    tale.started("2026-07-06", seq=1)
    tale.started("2026-07-08", start="2026-08-31", seq=2)
    assert of_home(tale, "2026-07-09") == [("RAISED", "2026-07-06 12:00", None)]


def test_who_only_a_desk_knows_of_is_asked_of_that_desk() -> None:
    tale = Tale()
    tale.contact("2026-03-02")
    alert = the_alert(tale.walk("2026-03-02").learner, "A20")
    assert (alert.recipients[0].org, alert.region, alert.figures) == ("RMC38", None, {})


def test_an_enrolment_that_the_register_knows_without_a_place_is_asked_of_who_told() -> None:
    tale = Tale()
    tale.register("2026-09-21", "ENROLMENT_ADDED", since="2026-09-01", mbo=None)
    assert the_alert(tale.walk("2026-09-22").learner, "A20").parties == {"org": "RMC38"}


def test_a_learner_of_whom_only_a_contradiction_is_known() -> None:
    tale = Tale()
    tale.listed("2025-11-03", seq=1)
    tale.listed("2025-11-04", municipality="0772", seq=1)
    found = {one.ground for one in tale.walk("2025-11-04").learner.alerts if one.open}
    assert found == {"vo:99VA00", "home"}


def test_an_institution_that_nobody_registered_is_a_partners() -> None:
    tale = Tale()
    tale.applied("2026-03-02", mbo="98ZZ")
    assert the_alert(tale.walk("2026-03-03").learner, "A20").recipients[0].role == "partner_client"
