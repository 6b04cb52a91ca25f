"""The rules that are in force: every module of this package that exposes `RULE`."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from shared.domain.hearing import InstitutionRule
from shared.domain.rule import Rule


def collect() -> dict[str, Rule | InstitutionRule]:
    """The rules by code. Raises ValueError when a file holds a rule of another name."""
    found: dict[str, Rule | InstitutionRule] = {}
    for module in sorted(iter_modules(__path__), key=lambda module: module.name):
        rule: Rule | InstitutionRule = import_module(f"{__name__}.{module.name}").RULE
        if rule.code.lower() != module.name or rule.code in found:
            raise ValueError(f"rules/{module.name}.py holds {rule.code}")
        found[rule.code] = rule
    return found


EVERY = collect()
"""Every rule by its code."""

RULES: dict[str, Rule] = {code: rule for code, rule in EVERY.items() if isinstance(rule, Rule)}
"""The rules about learners."""

INSTITUTION_RULES: dict[str, InstitutionRule] = {
    code: rule for code, rule in EVERY.items() if isinstance(rule, InstitutionRule)
}
"""The rules about institutions: what they should have sent."""
