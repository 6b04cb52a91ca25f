"""What every API does with HTTP."""

from __future__ import annotations

import pytest
from starlette.datastructures import Headers

from shared.runtime.http import trace_id, wants_json

TRACE = "0af7651916cd43dd8448eb211c80319c"


@pytest.mark.parametrize(
    ("accept", "wanted"),
    [
        (None, True),
        ("", True),
        ("*/*", True),
        ("application/*;q=0.1", True),
        ("text/html, Application/JSON", True),
        ("application/problem+json", True),
        ("text/html", False),
        ("application/json;q=0", False),
        ("application/json;q=0.0", False),
        ("application/xml, text/*", False),
    ],
)
def test_whether_json_is_wanted(accept: str | None, wanted: bool) -> None:
    assert wants_json(accept) is wanted


def test_a_trace_goes_on_and_what_is_none_does_not() -> None:
    assert trace_id(Headers({"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"})) == TRACE
    assert trace_id(Headers({"traceparent": "00-JAN-JANSEN-01"})) == "0" * 32
    assert trace_id(Headers({})) == "0" * 32
