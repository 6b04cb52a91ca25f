"""Who may see what: desks, brokers, schools and institutions, and nobody by accident."""

from __future__ import annotations

from datetime import UTC, datetime

from msgspec.structs import replace

from services.alerts import audience
from services.alerts.audience import Places, of_institution_alert
from services.alerts.rows import Changed, rows_of
from shared.domain.alert import Alert, Recipient
from shared.domain.case import Case
from shared.domain.codes import AlertStatus, CaseStatus, Role, Severity
from tests.silence import watched, world_with
from tests.tale import WORLD, Tale, act

MOMENT = datetime(2026, 10, 9, 4, tzinfo=UTC)
HERE = Places(("99VA00",), ("99MA", "99MB"))
CASE = Case("id", "ref", 2026, CaseStatus.NEW, MOMENT, "38")
ALERT = Alert(
    alert_id="a",
    code="A08",
    year=2026,
    ground="",
    episode=1,
    status=AlertStatus.RAISED,
    raised_at=MOMENT,
    severity=Severity.HIGH,
    level=1,
    region="38",
    duty=True,
    recipients=(
        Recipient(Role.MBO_INSTITUTION, "first", org="99MA"),
        Recipient(Role.VSV_BROKER, "first", region="38"),
        Recipient(Role.VO_SCHOOL, "cc", org="99VA", site="99VA00"),
    ),
    figures={},
    because=(),
    policy_version="2026-1",
)


def test_a_learner_is_seen_by_region_school_and_every_institution_involved() -> None:
    assert audience.of_learner("38", [HERE]) == ["R38", "R38/99VA00", "99VA00", "99MA", "99MB"]


def test_the_desk_that_a_case_was_handed_on_to_sees_whom_it_is_about() -> None:
    told = Tale()
    told.listed("2025-11-03")
    handed_on = act("2026-04-22", "transfer", region="37", org="RMC38")
    after = told.walk("2026-04-23", handed_on).learner
    rows = rows_of(Changed(told.walk("2026-04-21").learner, after, 3, set(), {}))
    assert rows.learner.audience == ["R38", "R38/99VA00", "R37", "R37/99VA00", "99VA00"]
    closed = act("2026-04-22 13:00", "close", region="37", destination="OTHER")
    over = told.walk("2026-04-23", handed_on, closed).learner
    assert "R37" in rows_of(Changed(after, over, 3, set(), {})).learner.audience, "the alert is still open"
    told.applied("2026-04-24")
    ended = told.walk("2026-04-25", handed_on, closed).learner
    rows = rows_of(Changed(over, ended, 3, set(), {}))
    assert rows.learner.audience == ["R38", "R38/99VA00", "99VA00", "99MA"]


def test_an_alert_is_seen_by_its_region_and_by_whom_it_was_sent_to() -> None:
    assert audience.of_alert(ALERT, HERE) == ["R38", "R38/99VA00", "99MA", "99VA00"]


def test_a_case_is_seen_by_desks_and_brokers_alone() -> None:
    assert audience.of_case(CASE, HERE) == ["R38", "R38/99VA00"]


def test_without_a_school_the_case_goes_to_the_brokers_of_nobody_in_particular() -> None:
    assert audience.of_case(CASE, audience.NOWHERE) == ["R38", "R38/-"]


def test_without_a_region_only_the_coordinator_of_the_platform_sees_it() -> None:
    assert audience.of_case(replace(CASE, region=None), HERE) == ["R-"]


def test_the_desks_of_every_region_in_an_audience_are_woken() -> None:
    assert audience.regions(["R38", "R38/99VA00", "R24", "99VA00", "99MA"]) == {"38", "24"}


def test_an_alert_about_an_institution_is_for_its_region_and_its_own_people() -> None:
    (silent,) = watched(world_with("99MA", ["2026-03-02"]), "99MA", "2026-03-17").watch.alerts
    assert of_institution_alert(silent, WORLD.institutions["99MA"]) == ["R38", "R38/-", "99MA"]
    alerts = watched(world_with("99VA", lists=["2025-03-03"]), "99VA", "2026-02-16").watch.alerts
    school = WORLD.institutions["99VA"]
    assert {tuple(of_institution_alert(one, school)) for one in alerts} == {("R38", "R38/-", "99VA00")}


def test_without_a_region_it_is_for_the_coordinator_of_the_platform() -> None:
    (silent,) = watched(world_with("99MA", ["2026-03-02"]), "99MA", "2026-03-17").watch.alerts
    nowhere = replace(silent, region=None)
    assert of_institution_alert(nowhere, WORLD.institutions["99MA"]) == ["R-", "99MA"]
