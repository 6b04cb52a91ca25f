"""What `make docs` writes: complete, from the code, and told when it has drifted."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import pytest

from services.docs import stories
from services.docs.__main__ import ROOT, drifted, main, written
from services.docs.parameters import EXAMPLE
from shared.domain.case import ACTS, MOVES
from shared.domain.catalogue import KINDS
from shared.domain.codes import CaseStatus, State
from shared.domain.policy import PARAMETERS, read_policy
from shared.domain.rules import EVERY
from shared.runtime.reference import policies

FILES = written()


def test_nothing_has_drifted() -> None:
    assert drifted(ROOT, FILES) == [], "run `make docs`"


def test_every_rule_stands_in_the_table_with_ground_moment_and_end() -> None:
    page = FILES["docs/generated/rules.md"]
    for code in EVERY:
        (row,) = re.findall(rf"^\| \[{code}\].*$", page, re.MULTILINE)
        cells = [cell.strip() for cell in row.strip("|").split(" | ")]
        assert len(cells) == 7
        assert all(cells), row
        assert f"## {code}\n" in page


def test_every_pair_of_status_and_act_is_allowed_or_refused_by_name() -> None:
    lines = FILES["docs/generated/cases.md"].splitlines()
    heads = next(line for line in lines if line.startswith("| Status"))
    assert re.findall(r"`([a-z-]+)`", heads) == list(ACTS)
    found: dict[tuple[CaseStatus, str], str] = {}
    for status in CaseStatus:
        row = next(line for line in lines if line.startswith(f"| {status} ("))
        found |= {
            (status, act): cell for act, cell in zip(ACTS, row.strip("| ").split(" | ")[1:], strict=True)
        }
    assert found.keys() == set(product(CaseStatus, ACTS))
    assert {pair for pair, cell in found.items() if cell != "refused"} == MOVES.keys()


def test_every_state_event_and_parameter_is_there() -> None:
    states, events, policy = (FILES[f"docs/generated/{name}.md"] for name in ("states", "events", "policy"))
    assert all(f"| {state} |" in states for state in State)
    assert all(f"## {name}\n" in events for name in KINDS)
    assert all(f"`{name}`" in policy for name in PARAMETERS)
    assert {f"schemas/{kind.name}/v{kind.major}.json" for kind in KINDS.values()} < FILES.keys()


def test_the_steps_are_those_of_the_stories() -> None:
    steps, alerts = stories.told()
    assert steps[stories.Step(State.ENROLLED, State.ATTENDING, "attendance.present")]
    assert steps[stories.Step(State.ENROLLED, State.NO_SHOW, stories.TIME)]
    assert all(step.before is not step.after for step in steps)
    assert set(alerts) <= set(EVERY)


def test_the_policy_that_serves_as_example_can_be_used() -> None:
    example = read_policy(EXAMPLE, policies())
    assert (example.grace_wd, example.where(region="38").sight_wd) == (8, 25)
    assert EXAMPLE in FILES["docs/generated/policy.md"]


def test_what_has_drifted_is_named_and_mended(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check", "--root", str(tmp_path)]) == 1
    assert "docs/generated/rules.md is not as the code has it" in capsys.readouterr().err
    assert main(["--root", str(tmp_path)]) == 0
    assert main(["--check", "--root", str(tmp_path)]) == 0
    stale = tmp_path / "schemas" / "gone" / "v1.json"
    stale.parent.mkdir()
    stale.write_text("{}")
    page = tmp_path / "docs" / "generated" / "cases.md"
    page.write_text(page.read_text() + "by hand")
    assert drifted(tmp_path, FILES) == ["docs/generated/cases.md", "schemas/gone/v1.json"]
    assert main(["--root", str(tmp_path)]) == 0
    assert not stale.exists()
    assert drifted(tmp_path, FILES) == []
