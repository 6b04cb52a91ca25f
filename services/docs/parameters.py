"""The parameters: each with its ground, and its value in every version that ships."""

from __future__ import annotations

import re
from importlib.resources import files

from msgspec.structs import asdict

from services.docs.markdown import code, page, table
from shared.domain.policy import PARAMETERS
from shared.runtime.reference import policies

EXAMPLE = """version = "milder"
valid_from = 2025-08-01
grace_wd = 8

[years.2027]
apply_day = [5, 1]

[regions.38]
sight_wd = 25

[institutions.99MA]
no_show_days = 7
first_lesson_days = [2026-08-31, 2027-08-30]
"""

LINE = re.compile(r"^(\w+) = .*?# (.*)$", re.MULTILINE)


def text() -> str:
    """The page."""
    versions = policies()
    newest = (files("shared.reference") / "policies" / f"{versions[-1].version}.toml").read_text("utf-8")
    grounds = dict(LINE.findall(newest))
    values = [asdict(version) for version in versions]
    return page(
        "Deadlines and thresholds",
        "One file for each version in `shared/reference/policies`; at every moment the last one that had "
        "begun is in force. `_wd` are working days, `_day` is a month and a day. An institution's own "
        "value goes before a region's, that before the one of a year, and that before the national one.",
        table(
            ("Parameter", *(f"{one.version}, from {one.valid_from}" for one in versions), "Ground"),
            (
                (code(name), *(_spoken(value[name]) for value in values), grounds.get(name, ""))
                for name in PARAMETERS
            ),
        ),
        "## A policy of your own",
        "A file with a version, the day from which it holds, and what it changes. What it leaves out is as "
        "in the national version of that day. `transfers replay events.jsonl --compare milder.toml` tells "
        "which alerts would come, go or move under it.",
        f"```toml\n{EXAMPLE}```",
        "## What differs",
        table(
            ("Version", "For", "Parameter", "Value"),
            (
                (one.version, f"{differs.whose} {differs.key}", code(name), _spoken(value))
                for one in versions
                for differs in one.overrides
                for name, value in differs.changes
            ),
        ),
    )


def _spoken(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(str(one) for one in value) or "-"
    return str(value)
