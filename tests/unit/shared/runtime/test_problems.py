"""Faults in words: a closed list of codes, each with a meaning; everything that is wrong at once."""

from __future__ import annotations

from typing import Annotated

import pytest
from fastapi import FastAPI, Query
from fastapi.testclient import TestClient
from pydantic import BaseModel

from shared.domain.envelope import Fault
from shared.runtime import problems
from shared.runtime.problems import MEANINGS, TITLES, Problem, invalid


def test_every_code_has_a_meaning() -> None:
    assert set(MEANINGS) == set(TITLES)


@pytest.mark.parametrize("code", TITLES)
def test_a_problem_says_what_and_where(code: str) -> None:
    told = Problem(code, "Dit.").body("/here", "https://transfers.example")
    assert told == {
        "type": f"https://transfers.example/problems/{code}",
        "title": TITLES[code][1],
        "status": TITLES[code][0],
        "detail": "Dit.",
        "code": code,
        "instance": "/here",
    }


def test_faults_are_counted_in_good_dutch() -> None:
    one = Fault("/data/crebo", "pattern", "Moet uit 5 cijfers bestaan.")
    assert invalid([one]).detail == "1 veld is ongeldig."
    assert invalid([one, one]).detail == "2 velden zijn ongeldig."
    assert invalid([one]).body()["errors"] == [
        {"pointer": "/data/crebo", "code": "pattern", "detail": "Moet uit 5 cijfers bestaan."}
    ]


def test_parameters_are_refused_in_our_words_and_all_at_once() -> None:
    app = FastAPI()
    problems.handle(app)

    @app.get("/list")
    async def listed(
        limit: Annotated[int, Query(le=200)], word: Annotated[str, Query(max_length=3)], must: str
    ) -> None:
        raise AssertionError("nothing is listed")

    answer = TestClient(app).get("/list", params={"limit": 201, "word": "geheim"})
    assert answer.status_code == 400
    assert "geheim" not in answer.text
    assert answer.json()["errors"] == [
        {"parameter": "limit", "code": "maximum", "detail": "Ten hoogste 200."},
        {"parameter": "word", "code": "maximum", "detail": "Ten hoogste 3 tekens."},
        {"parameter": "must", "code": "required", "detail": "Ontbreekt."},
    ]


class Inner(BaseModel):
    deep: int


class Outer(BaseModel):
    inner: Inner | None = None
    items: list[Inner | None]


def test_a_pointer_leads_to_a_place_in_the_body_and_names_no_branch_of_the_check() -> None:
    app = FastAPI()
    problems.handle(app)

    @app.post("/")
    async def take(outer: Outer) -> None:
        """Nothing."""

    with TestClient(app) as client:
        told = client.post("/", json={"inner": {}, "items": [{"deep": "x"}, 7]}).json()
    assert [one["pointer"] for one in told["errors"]] == ["/inner/deep", "/items/0/deep", "/items/1"]
