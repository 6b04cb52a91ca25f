"""What holds for every answer of the API: its headers, its methods, and its document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from services.registration.app import BASE
from shared.domain.catalogue import KINDS
from shared.runtime.problems import TITLES
from tests.unit.services.registration.door import House, Json, event

SECURITY = {
    "cache-control": "no-store",
    "content-security-policy": "frame-ancestors 'none'",
    "strict-transport-security": "max-age=31536000; includeSubDomains",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "api-version": "1.0.0",
}


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/registration/v1/events", 405, "method-not-allowed"),
        ("PATCH", "/registration/v1/openapi.json", 405, "method-not-allowed"),
        ("BREW", "/registration/v1/events", 405, "method-not-allowed"),
        ("POST", "/registration/v1/events/", 404, "not-found"),
        ("GET", "/registration/v1", 404, "not-found"),
        ("GET", "/registration/v1/nothing", 404, "not-found"),
        ("GET", "/nothing", 404, "not-found"),
        ("POST", "/registration/v1/events", 401, "unauthenticated"),
    ],
)
def test_every_fault_is_a_problem_with_all_headers(
    house: House, method: str, path: str, status: int, code: str
) -> None:
    answer = house.http.request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == code
    assert {name: answer.headers[name] for name in SECURITY} == SECURITY


def test_who_uses_a_wrong_method_hears_the_right_ones(house: House) -> None:
    assert house.http.get(f"{BASE}/events").headers["allow"] == "POST"


def test_a_success_has_all_headers_too(house: House) -> None:
    answer = house.post(event())
    assert {name: answer.headers[name] for name in SECURITY} == SECURITY


def test_head_works_where_get_does(house: House) -> None:
    answer = house.http.head(f"{BASE}/openapi.json")
    assert (answer.status_code, answer.content) == (200, b"")
    assert house.http.head(f"{BASE}/events").status_code == 405


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("*/*", 202),
        ("application/json;q=0.5, text/html", 202),
        ("text/html", 406),
        ("application/json;q=0", 406),
    ],
)
def test_only_json_can_be_had(house: House, accept: str, status: int) -> None:
    assert house.post(event(), accept=accept).status_code == status


def test_a_trace_comes_back_in_a_header(house: House) -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    assert house.post(event(), traceparent=trace).headers["traceresponse"] == trace
    assert "traceresponse" not in house.post(event(), traceparent="what I like").headers


def test_health_tells_whether_events_can_be_taken(house: House) -> None:
    assert house.http.get("/health/live").status_code == 200
    assert house.http.get("/health/ready").status_code == 200
    house.ready = False
    assert house.http.get("/health/ready").status_code == 503


@pytest.mark.parametrize("code", TITLES)
def test_the_type_of_each_problem_leads_to_a_page(house: House, code: str) -> None:
    answer = house.http.get(f"/problems/{code}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert code in answer.text


class TestDocument:
    """`openapi.json`: what a partner builds against."""

    @pytest.fixture
    def document(self, house: House) -> Json:
        answer = house.http.get(f"{BASE}/openapi.json")
        assert answer.headers["access-control-allow-origin"] == "*"
        found: Json = answer.json()
        return found

    def test_it_names_its_place_once_and_not_in_each_path(self, document: Json) -> None:
        assert document["servers"] == [{"url": "https://transfers.example/registration/v1"}]
        assert list(document["paths"]) == ["/events"]

    def test_no_answer_is_a_422(self, document: Json) -> None:
        assert "422" not in document["paths"]["/events"]["post"]["responses"]
        assert "HTTPValidationError" not in document["components"]["schemas"]

    def test_every_reference_leads_somewhere(self, document: Json) -> None:
        for reference in _references(document):
            assert _at(document, reference)

    @pytest.mark.parametrize("name", KINDS)
    def test_it_describes_each_event(self, document: Json, name: str) -> None:
        kind = KINDS[name]
        schema = document | {"$ref": "#/components/schemas/Event"}
        told = event() | {"type": kind.wire_type, "data": dict(kind.example)}
        Draft202012Validator(schema).validate(told)
        assert not Draft202012Validator(schema).is_valid(told | {"data": {}})


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "$ref":
                yield inner
            else:
                yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)


def _at(document: Json, reference: str) -> Any:
    found: Any = document
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return found
