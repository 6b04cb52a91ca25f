"""Who may see what: desks, brokers, schools and institutions, and nobody by accident."""

from __future__ import annotations

from datetime import UTC, datetime

from msgspec.structs import replace

from services.alerts import audience
from services.alerts.audience import Places
from shared.domain.alert import Alert, Recipient
from shared.domain.case import Case
from shared.domain.codes import AlertStatus, CaseStatus, Role, Severity

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
