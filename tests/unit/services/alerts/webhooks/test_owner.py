"""A subscriber hears what its owner may see at the desk, and nothing else."""

from __future__ import annotations

import pytest

from services.alerts.webhooks.owner import About, Owner, may_hear
from shared.domain.codes import Role

SITE, OTHER = "99VA00", "99VB00"
ALERT = About(["R38", f"R38/{SITE}", SITE, "99MA"], of_case=False, level=1)
CASE = About(["R38", f"R38/{SITE}"], of_case=True)
SCHOOL_SILENT = About(["R38", "R38/-", SITE], of_case=False, of_learner=False)
ASSIGNED = {"38": frozenset({SITE})}


def owner(role: Role, region: str | None = None, org: str | None = None, *sites: str) -> Owner:
    """Somebody in the register."""
    return Owner(role, region, org, frozenset(sites))


@pytest.mark.parametrize(
    ("who", "heard"),
    [
        (owner(Role.RMC_DESK, "38"), (True, True, True)),
        (owner(Role.LEERPLICHT_DESK, "38"), (True, True, True)),
        (owner(Role.RMC_DESK, "21"), (False, False, False)),
        (owner(Role.RMC_DESK), (False, False, False)),
        (owner(Role.VSV_BROKER, "38", None, SITE), (True, True, True)),
        (owner(Role.VSV_BROKER, "38", None, OTHER), (False, False, True)),
        (owner(Role.VSV_BROKER, "21", None, SITE), (False, False, False)),
        (owner(Role.VSV_BROKER), (False, False, False)),
        (owner(Role.REGION_COORDINATOR, "38"), (False, False, True)),
        (owner(Role.VO_SCHOOL, None, "99VA"), (True, False, True)),
        (owner(Role.VO_SCHOOL, None, "99VA", "99VA01"), (False, False, False)),
        (owner(Role.VO_SCHOOL, None, "99VB"), (False, False, False)),
        (owner(Role.MBO_INSTITUTION, None, "99MA"), (True, False, False)),
        (owner(Role.MBO_INSTITUTION, None, "99MB"), (False, False, False)),
        (owner(Role.MBO_INSTITUTION), (False, False, False)),
        (owner(Role.PRIVACY_OFFICER, "38"), (False, False, False)),
        (owner(Role.PARTNER_CLIENT, "38", "99MA"), (False, False, False)),
    ],
)
def test_role_and_region_decide(who: Owner, heard: tuple[bool, bool, bool]) -> None:
    assert tuple(may_hear(who, one, ASSIGNED) for one in (ALERT, CASE, SCHOOL_SILENT)) == heard


def test_a_coordinator_hears_of_a_learner_when_it_has_come_that_far() -> None:
    coordinator = owner(Role.REGION_COORDINATOR, "38")
    escalated = About(ALERT.audience, of_case=False, level=3)
    assert may_hear(coordinator, escalated, {})
    assert not may_hear(coordinator, CASE, {})


def test_a_site_of_nobody_is_every_brokers() -> None:
    broker = owner(Role.VSV_BROKER, "38")
    assert may_hear(broker, ALERT, {})
    assert not may_hear(broker, ALERT, ASSIGNED)
    assert may_hear(broker, ALERT, {"21": frozenset({SITE})})


def test_who_has_no_region_is_the_platforms_own() -> None:
    nobodys = About(["R-"], of_case=False, level=3)
    assert may_hear(owner(Role.REGION_COORDINATOR), nobodys, {})
    assert not may_hear(owner(Role.REGION_COORDINATOR, "38"), nobodys, {})
