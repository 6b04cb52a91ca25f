"""Who is known stays known: a token for somebody takes neither the name nor the sites away."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from services.__main__ import main
from services.stack import programs, token_command
from services.stack.folder import Folder, Plan
from services.stack.issuer.persons import Person, cast, known, resumed

PLAN = Plan("mark", "kafka", "Acluster", {name: 20000 + number for number, name in enumerate(programs.PORTS)})
PIET = Person("piet", "Piet Voorbeeld", "vo_school", org="99VA", sites=["99VA00"])
ASKED = Person("piet", "piet", "vo_school", org="99VA")


def test_a_newcomer_is_known_as_was_asked() -> None:
    assert resumed(ASKED, None) == ASKED


def test_somebody_known_keeps_name_and_sites() -> None:
    assert resumed(ASKED, PIET) == PIET


def test_sites_that_are_named_now_replace_the_earlier_ones() -> None:
    assert resumed(replace(ASKED, sites=["99VA01"]), PIET) == replace(PIET, sites=["99VA01"])


def test_at_another_school_nobody_keeps_the_sites_of_the_former_one() -> None:
    assert resumed(replace(ASKED, org="99VB"), PIET) == replace(PIET, org="99VB", sites=())


class Table:
    """The rows that were written to `alerts.officer`."""

    def __init__(self) -> None:
        self.rows: list[Sequence[object]] = []

    async def execute(self, _: str, *row: object) -> None:
        self.rows.append(row)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder(tmp_path / "stack")
    made.prepare()
    made.keep_plan(PLAN)
    made.write("stack.json", "{}")
    made.write("persons.json", json.dumps([asdict(person) for person in [*cast("38"), PIET]]))
    return made


@pytest.fixture
def officers(monkeypatch: pytest.MonkeyPatch) -> Table:
    table = Table()

    @asynccontextmanager
    async def owner(_: Folder) -> AsyncIterator[Table]:
        yield table

    monkeypatch.setattr(token_command, "owner", owner)
    return table


def test_a_token_for_a_ready_person_leaves_the_names_on_the_sign_in_page(
    folder: Folder, officers: Table, capsys: pytest.CaptureFixture[str]
) -> None:
    before = known(folder)
    broker = ["--user", "makelaar-1-38", "--role", "vsv_broker", "--region", "38"]
    school = ["--user", "piet", "--role", "vo_school", "--org", "99VA"]

    for whose in (broker, school):
        assert main(["token", *whose, "--dir", str(folder.path)]) == 0
        assert capsys.readouterr().out.count(".") == 2

    assert known(folder) == before
    assert [(row[1], row[5]) for row in officers.rows] == [
        ("Noor Voorbeeld", []),
        ("Piet Voorbeeld", ["99VA00"]),
    ]
