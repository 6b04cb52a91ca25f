"""Small readings: a handle as people type it, a line of an export, where to go after signing in."""

from __future__ import annotations

import json
from typing import Any

import pytest

from services.alerts.web.acting import read_action
from services.alerts.web.api import normal_handle
from services.alerts.web.faults import START, local_path
from services.alerts.web.officers import Officer
from shared.domain.codes import Role
from shared.domain.ids import handle
from shared.runtime.problems import Problem

DESK = Officer("issuer rmc", "Samira", Role.RMC_DESK, "38")
COLLEGE = Officer("issuer roc", "Joris", Role.MBO_INSTITUTION, org="99MA")


@pytest.mark.parametrize("typed", ["K7QM-2F9X-T3", "k7qm2f9xt3", " K7QM 2F9X T3 "])
def test_a_handle_is_read_as_people_type_it(typed: str) -> None:
    assert normal_handle(typed) == "K7QM-2F9X-T3"


def test_letters_that_look_like_digits_are_taken_for_them() -> None:
    known = handle("x" * 43)
    assert normal_handle(known.replace("0", "O").replace("1", "l")) == known


def line(**more: Any) -> bytes:
    """A line of `replay --actions`."""
    told = {"at": "2026-09-08T07:00:00Z", "role": "rmc_desk", "region": "38", "studentRef": "r" * 43}
    return json.dumps(told | {"transitionYear": 2026, "action": "assign"} | more).encode()


def test_a_line_of_an_export_can_be_done_again() -> None:
    action = read_action(line(), DESK)
    assert (action.action, action.role, action.region, action.org) == ("assign", Role.RMC_DESK, "38", None)


def test_an_institution_acts_with_its_own_code() -> None:
    told = line(role="mbo_institution", region=None, org="99MA", action="acknowledge", alert="A08")
    assert read_action(told, COLLEGE).org == "99MA"


@pytest.mark.parametrize("more", [{"role": "vsv_broker"}, {"region": "37"}, {"region": None, "org": "99MA"}])
def test_nobody_acts_as_somebody_else(more: dict[str, Any]) -> None:
    with pytest.raises(Problem) as refused:
        read_action(line(**more), DESK)
    assert refused.value.status == 403


@pytest.mark.parametrize("org", [None, "RMC38"])
def test_a_transfer_names_where_the_case_goes_and_who_hands_it_on(org: str | None) -> None:
    action = read_action(line(action="transfer", region="37", org=org), DESK)
    assert (action.region, action.org) == ("37", "RMC38")


def test_nobody_hands_on_what_another_desk_has() -> None:
    with pytest.raises(Problem) as refused:
        read_action(line(action="transfer", region="21", org="RMC37"), DESK)
    assert refused.value.status == 403


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", line(action=7)])
def test_what_is_no_action_is_a_fault(body: bytes) -> None:
    with pytest.raises(Problem) as refused:
        read_action(body, DESK)
    assert refused.value.status == 400


@pytest.mark.parametrize(
    "given",
    [
        None,
        "",
        "https://elsewhere.example/desk/",
        "//elsewhere.example/desk/",
        "/other",
        "/desk\\..",
        "/desk/sign-out",
    ],
)
def test_after_signing_in_nobody_is_sent_elsewhere(given: str | None) -> None:
    assert local_path(given) == START


def test_after_signing_in_one_goes_where_one_was_going() -> None:
    assert local_path("/desk/cases?term=late") == "/desk/cases?term=late"
