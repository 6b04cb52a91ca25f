"""What a list may be asked, and how it becomes a statement and pages."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.alerts.web.cursors import Cursors
from services.alerts.web.queries import ALERTS, CASES, Query, page, read_query
from shared.runtime.problems import Problem

CURSORS = Cursors("a secret")
MOMENTS = [datetime(2026, 9, day, tzinfo=UTC) for day in range(1, 8)]


def asked(*pairs: tuple[str, str]) -> Query:
    """A question about alerts."""
    return read_query(ALERTS, "/alerts", list(pairs), CURSORS)


def test_every_fault_is_told_at_once() -> None:
    with pytest.raises(Problem) as refused:
        asked(("code", "B1"), ("limit", "201"), ("colour", "red"), ("sort", "name"), ("raisedFrom", "soon"))
    named = [error["parameter"] for error in refused.value.errors]
    assert named == ["code", "limit", "colour", "sort", "raisedFrom"]


def test_a_repeated_key_means_or() -> None:
    statement, values = asked(("code", "A09"), ("code", "A10"), ("status", "RAISED")).sql("body")
    assert "code = ANY($2::text[]) AND status = ANY($3::text[])" in statement
    assert values == (["A09", "A10"], ["RAISED"])


def test_a_range_of_days_holds_both_days_as_people_mean_them() -> None:
    _, values = asked(("raisedFrom", "2026-09-21"), ("raisedTo", "2026-09-21")).sql("body")
    assert values == (
        datetime(2026, 9, 20, 22, tzinfo=UTC),
        datetime(2026, 9, 21, 21, 59, 59, 999999, tzinfo=UTC),
    )


def test_the_reader_stands_in_every_statement_and_no_value_does() -> None:
    statement, _ = asked(("region", "38")).sql("body")
    assert "WHERE audience && $1" in statement
    assert "38" not in statement


def test_the_order_always_ends_in_the_id() -> None:
    assert (
        asked(("sort", "raisedAt")).sql("body")[0].endswith("ORDER BY raised_at ASC, alert_id ASC LIMIT 51")
    )
    assert asked().sql("body")[0].endswith("ORDER BY raised_at DESC, alert_id DESC LIMIT 51")


def rows(query: Query) -> list[tuple[datetime, str]]:
    """What a database would read of seven alerts."""
    every = sorted(((moment, f"id{moment.day}") for moment in MOMENTS), reverse=query.descending)
    cursor = query.cursor
    if cursor is not None:
        place = (datetime.fromisoformat(cursor.value), cursor.id)
        every = [one for one in every if (one < place if query.descending else one > place)]
    return every[: query.limit + 1]


@pytest.mark.parametrize("sort", ["raisedAt", "-raisedAt"])
def test_pages_forward_and_back_show_everything_once(sort: str) -> None:
    seen: list[list[str]] = []
    pairs = [("limit", "3"), ("sort", sort)]
    query = asked(*pairs)
    before = None
    while True:
        shown = page(query, rows(query), lambda row: row)
        seen.append([name for _, name in shown.rows])
        if shown.after is None:
            break
        before = shown.after
        query = asked(*pairs, ("cursor", CURSORS.write(shown.after)))
    days = sorted((moment.day for moment in MOMENTS), reverse=sort.startswith("-"))
    assert [name for names in seen for name in names] == [f"id{day}" for day in days]
    assert before is not None
    assert shown.before is not None
    back = asked(*pairs, ("cursor", CURSORS.write(shown.before)))
    assert [name for _, name in page(back, rows(back), lambda row: row).rows] == seen[-2]


def test_a_first_page_has_nothing_before_it() -> None:
    query = read_query(CASES, "/cases", [], CURSORS)
    shown = page(query, [], lambda row: row)
    assert (shown.rows, shown.before, shown.after) == ([], None, None)
