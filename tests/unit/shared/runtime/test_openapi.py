"""What every document of ours says, whichever API it describes."""

from __future__ import annotations

from fastapi import FastAPI

from shared.runtime import openapi


def made() -> dict[str, object]:
    api = FastAPI(title="Proef", version="1.0.0")

    @api.get("/things/{number}")
    async def thing(number: int) -> int:
        return number

    document = openapi.document(api, "https://host/proef/v1", "Een proef.", "Een token.", {"Thing": {}})
    operation = document["paths"]["/things/{number}"]["get"]
    openapi.answer(operation, {"202": "Later", "404": "Niet gevonden"})
    return {"document": document, "answers": operation["responses"]}


def test_a_fault_is_a_problem_and_never_a_422() -> None:
    answers = made()["answers"]
    assert isinstance(answers, dict)
    assert sorted(answers) == ["200", "202", "404"]
    assert "content" not in answers["202"]
    assert list(answers["404"]["content"]) == ["application/problem+json"]
    assert all("API-Version" in one["headers"] for one in answers.values())


def test_it_names_whom_to_ask_and_how_to_sign_in() -> None:
    document = made()["document"]
    assert isinstance(document, dict)
    assert document["info"]["contact"] == openapi.CONTACT
    assert document["servers"] == [{"url": "https://host/proef/v1"}]
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    assert {"Fault", "Problem", "Thing"} <= document["components"]["schemas"].keys()
    assert "HTTPValidationError" not in document["components"]["schemas"]
