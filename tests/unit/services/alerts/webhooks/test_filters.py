"""Filters in the dialects of CloudEvents Subscriptions: what they let through, and which are refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from services.alerts.webhooks.filters import TYPES, Filter, wanted

EVENT = {
    "id": "alert.raised-1",
    "source": "urn:nld:oin:00000099000000000000:systeem:transfer-tracking",
    "type": "nl.school-transitions.alert.raised.v1",
    "time": "2026-10-09T04:00:00Z",
    "dataref": "https://transfers.example/alerts/v1/alerts/1",
    "code": "A08",
    "severity": "HIGH",
    "region": "38",
    "transitionYear": "2026",
}
A08, A09 = {"exact": {"code": "A08"}}, {"exact": {"code": "A09"}}


@pytest.mark.parametrize(
    ("filters", "heard"),
    [
        ([], True),
        ([A08], True),
        ([A08, A09], False),
        ([{"any": [A08, A09]}], True),
        ([{"all": [A08, {"prefix": {"type": "nl.school-transitions.alert."}}]}], True),
        ([{"not": A08}], False),
        ([{"not": A09}], True),
        ([{"exact": {"code": "A08", "severity": "LOW"}}], False),
        ([{"suffix": {"type": ".raised.v1"}}], True),
        ([{"exact": {"transitionYear": "2026"}}], True),
        ([{"exact": {"caseId": "x"}}], False),
        ([{"prefix": {"caseId": "x"}}], False),
    ],
)
def test_all_filters_must_hold(filters: list[dict[str, Any]], heard: bool) -> None:
    for one in filters:
        Filter.model_validate(one)
    assert wanted([], filters, EVENT) is heard


def test_no_types_are_all_types() -> None:
    assert wanted([], [], EVENT)
    assert wanted([EVENT["type"], "another"], [], EVENT)
    assert not wanted([TYPES[-1]], [], EVENT)


@pytest.mark.parametrize(
    "refused",
    [
        {},
        {"exact": {}},
        {"all": []},
        {"exact": {"studentRef": "x"}},
        {"exact": {"type": ""}},
        {"exact": {"type": 7}},
        {"exact": {"type": "a"}, "prefix": {"type": "b"}},
        {"sql": "type = 'x'"},
        {"not": {"not": {"not": {"not": {"not": A08}}}}},
    ],
)
def test_a_filter_has_one_known_dialect_and_known_names(refused: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Filter.model_validate(refused)


def test_a_dialect_that_nobody_checked_is_a_defect() -> None:
    with pytest.raises(ValueError, match="sql"):
        wanted([], [{"sql": "x"}], EVENT)


SIMPLE = st.builds(
    lambda dialect, name, value: {dialect: {name: value}},
    st.sampled_from(["exact", "prefix", "suffix"]),
    st.sampled_from(["code", "type", "region", "caseId"]),
    st.sampled_from(["A08", "A", "8", "38", "nl.", ".v1"]),
)


@settings(deadline=None)
@given(st.lists(SIMPLE, min_size=1, max_size=4))
def test_all_any_and_not_are_those_of_logic(some: list[dict[str, Any]]) -> None:
    each = [wanted([], [one], EVENT) for one in some]
    assert wanted([], [{"all": some}], EVENT) == wanted([], some, EVENT) == all(each)
    assert wanted([], [{"any": some}], EVENT) == any(each)
    assert wanted([], [{"not": {"any": some}}], EVENT) == (not any(each))
