"""What every rule offers."""

from __future__ import annotations

from types import ModuleType

import pytest

from shared.domain import rules
from shared.domain.codes import Severity
from shared.domain.hearing import InstitutionRule
from shared.domain.rule import Docket, Rule
from shared.domain.rules import EVERY, RULES, collect
from tests.tale import Tale, the_alert


@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
def test_a_rule_stands_beside_what_it_rests_on(rule: Rule) -> None:
    assert rule.source.mark in "LRP"
    assert rule.source.nl.endswith(".")
    assert rule.source.en.endswith(".")
    assert rule.severity in Severity
    assert rule.dated is (type(rule).looks is not Rule.looks)


@pytest.mark.parametrize("rule", EVERY.values(), ids=list(EVERY))
def test_a_rule_shows_by_example_what_it_does(rule: Rule | InstitutionRule) -> None:
    """One paragraph of its own: the rule table prints it."""
    paragraphs = (type(rule).__doc__ or "").split("\n\n")
    told = [one.strip() for one in paragraphs if one.strip().startswith("Example: ")]
    assert len(told) == 1
    assert len(told[0].split()) > 8


def test_a_rule_says_at_least_what_it_watches_and_what_ends_it() -> None:
    tale = Tale()
    tale.listed("2025-11-03")
    alert = the_alert(tale.walk("2026-04-14").learner, "A02")
    now, bare = tale.situation("2026-04-14"), Rule()
    assert bare.looks(now) == ()
    assert bare.joins(now, alert) is None
    assert bare.lapses(now, alert, Docket()) is None
    with pytest.raises(NotImplementedError):
        bare.grounds(now, Docket())
    with pytest.raises(NotImplementedError):
        bare.ended(now, alert)


def test_a_rule_in_the_wrong_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    strayed = ModuleType("a02")
    strayed.RULE = RULES["A03"]  # type: ignore[attr-defined]
    monkeypatch.setattr(rules, "import_module", lambda name: strayed)
    with pytest.raises(ValueError, match="holds A03"):
        collect()
