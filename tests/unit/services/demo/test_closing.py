"""What the demo ends with: totals, how to sign in, and cases that are worth a look."""

from __future__ import annotations

from services.demo.closing import Sight, text, varied

TOLD = {
    "events": 20945,
    "accepted": 20742,
    "states": {"ATTENDING": 1125, "NO_SHOW": 5},
    "alertsOpen": {"A08": 5, "A10": 11},
    "casesOpen": 45,
    "seconds": 84.0,
    "desk": "http://127.0.0.1:1/desk",
}


def case(number: int, status: str, code: str) -> dict[str, str]:
    return {"case_id": f"c{number}", "status": status, "code": code}


def test_one_case_of_each_status_in_the_order_of_its_life_and_no_code_twice_before_each_once() -> None:
    cases = [
        case(1, "GUIDANCE", "A14"),
        case(2, "NEW", "A14"),
        case(3, "NEW", "A10"),
        case(4, "GUIDANCE", "A08"),
        case(5, "INTAKE", "A14"),
    ]
    assert [one["case_id"] for one in varied(cases)] == ["c2", "c5", "c4"]


def test_nothing_open_is_nothing_to_look_at() -> None:
    assert varied([]) == []


def test_the_last_page_tells_the_totals_the_way_in_and_each_case_with_its_reason() -> None:
    sight = Sight(
        "K7QM-2F9X-T3", "NEW", "http://127.0.0.1:1/desk/cases/c2", "A10", "Out of sight", "No news."
    )
    said = text(TOLD, [sight], {"A01": 1, "A19": 22}, {"calls": 3}, "39", "transfers {} --dir x")
    assert "20,945 events, 16 open alerts, 45 open cases" in said
    assert "3 calls" in said
    assert "1 without this year's list (A01), 22 silent for too long (A19)" in said
    assert "transfers token --client demo --dir x" in said
    assert "transfers token --user rmc-39 --role rmc_desk --region 39 --dir x" in said
    assert (
        "K7QM-2F9X-T3  A10 Out of sight, case NEW\n    No news.\n    http://127.0.0.1:1/desk/cases/c2" in said
    )


def test_a_folder_that_only_opens_again_tells_of_no_people() -> None:
    assert "People:" not in text(TOLD, [], {}, {}, "38", "transfers {}")
