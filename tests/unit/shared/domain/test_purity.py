"""The domain reads nothing, keeps no clock and leaves nothing to chance: what import contracts cannot see.

A contract sees that `os` comes in, not that `datetime.now` is called. So here every line is read: only what
is on a list may be imported, and whatever reads the clock, the machine or chance has no name in it.
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.domain import rules

DOMAIN = Path(rules.__file__).parent.parent
MODULES = sorted(DOMAIN.rglob("*.py"))
STORIES = DOMAIN.parent.parent / "tests" / "histories"

WHOLE = {"calendar", "json", "math", "msgspec", "re", "tomllib"}
"""Standard library and packages that may come in as they are."""

PARTS = {
    "__future__": {"annotations"},
    "base64": {"b64decode"},
    "bisect": None,
    "collections": {"Counter", "defaultdict", "deque"},
    "collections.abc": None,
    "datetime": {"UTC", "date", "datetime", "time", "timedelta"},
    "enum": {"IntEnum", "StrEnum"},
    "functools": {"cache", "cached_property", "lru_cache"},
    "hashlib": {"sha256"},
    "itertools": None,
    "msgspec": None,
    "msgspec.structs": None,
    "operator": None,
    "pydantic": None,
    "pydantic.alias_generators": {"to_camel"},
    "pydantic_core": None,
    "struct": {"Struct", "error", "unpack"},
    "types": {"MappingProxyType"},
    "typing": None,
    "urllib.parse": {"unquote"},
    "uuid": {"UUID", "uuid5"},
    "zoneinfo": {"ZoneInfo"},
}
"""Modules of which these names may come in; None: whatever they have."""

COLLECTORS = {"catalogue.py", "rules/__init__.py"}
"""Who finds the files of event types and rules, and may import for that."""

CLOCKS = {"now", "today", "utcnow", "fromtimestamp", "utcfromtimestamp", "localtime", "time_ns"}
CHANCE = {"uuid1", "uuid4", "urandom", "choice", "shuffle", "randint"}
BUILTINS = {
    *("open", "input", "print", "eval", "exec", "compile", "breakpoint", "__import__", "__builtins__"),
    *("globals", "locals", "vars", "setattr", "delattr", "id", "hash"),
}
"""What reads, writes, looks around, or differs from run to run."""


def offences(source: str, name: str) -> list[str]:
    """Everything in a module that the domain must not do."""
    return [said for node in ast.walk(ast.parse(source)) for said in _offence(node, name)]


def _offence(node: ast.AST, name: str) -> Iterator[str]:
    match node:
        case ast.Import(names=names):
            yield from (one.name for one in names if one.name not in WHOLE)
        case ast.ImportFrom(module=module, names=names):
            yield from (f"{module}.{one.name}" for one in names if not _may(module or "", one.name, name))
            yield from (f"{one.name} as" for one in names if one.asname and module == "datetime")
        case ast.Call(func=ast.Name(id="getattr"), args=[ast.Name(id="self"), *_]):
            pass
        case ast.Call(func=ast.Name(id="getattr"), args=[_, asked, *_]) if not _is_plain(asked):
            yield "getattr"
        case ast.Call(func=ast.Attribute(attr="astimezone"), args=[], keywords=[]):
            yield ".astimezone()"
        case ast.Call(func=ast.Attribute(attr=called)) if called in CLOCKS | CHANCE:
            yield f".{called}()"
        case ast.Attribute(value=owner, attr=asked) if asked in CLOCKS - {"today"} and not _is_self(owner):
            yield f".{asked}"
        case ast.Attribute(value=ast.Name(id="datetime" | "date"), attr="today"):
            yield ".today"
        case ast.Assign(value=ast.Name(id="datetime")):
            yield "datetime under another name"
        case ast.Name(id=used) if used in BUILTINS:
            yield used
        case _:
            pass


def _is_self(owner: ast.expr) -> bool:
    return isinstance(owner, ast.Name) and owner.id == "self"


def _is_plain(asked: ast.expr) -> bool:
    return isinstance(asked, ast.Constant) and asked.value not in CLOCKS | CHANCE


def _may(module: str, what: str, name: str) -> bool:
    if module == "shared.domain" or module.startswith("shared.domain."):
        return True
    if module in ("importlib", "pkgutil"):
        return name in COLLECTORS
    return module in PARTS and (PARTS[module] is None or what in (PARTS[module] or ()))


@pytest.mark.parametrize("path", MODULES, ids=[str(path.relative_to(DOMAIN)) for path in MODULES])
def test_a_module_of_the_domain_is_pure(path: Path) -> None:
    assert offences(path.read_text(), str(path.relative_to(DOMAIN))) == []


@pytest.mark.parametrize(
    "trick",
    [
        "import os",
        "import time as months",
        "import datetime",
        "from time import time",
        "from datetime import datetime as then",
        "from random import choice",
        "from uuid import uuid4",
        "from pathlib import Path",
        "from importlib import import_module",
        "from shared.runtime.reference import policies",
        "at = datetime.now(UTC)",
        "at = datetime.utcnow()",
        "day = date.today()",
        "clock = datetime.now",
        "clock = date.today",
        "clock = datetime",
        "then.now()",
        "at = moment.astimezone()",
        'clock = getattr(datetime, "now")',
        "clock = getattr(datetime, name)",
        'text = open("x").read()',
        "reader = open",
        'os = __import__("os")',
        'eval("1")',
        "bucket = hash(ref)",
        "order = id(version)",
    ],
)
def test_a_trick_is_seen_through(trick: str) -> None:
    assert offences(trick, "state.py")


def test_what_the_domain_does_all_the_time_is_no_offence() -> None:
    usual = "today = now.today\nat = self.now\nlocal = at.astimezone(AMSTERDAM)\nday = at.date()"
    assert offences(usual, "state.py") == []


def test_the_same_story_gives_the_same_answer_on_any_machine() -> None:
    """Another seed for the order of sets, and another time zone."""
    story = STORIES / "superseded-start.json"
    at = ("--at", "2026-12-14T06:00:00+01:00", "--json")
    said = {
        subprocess.run(
            [sys.executable, "-m", "services", "replay", story, *at],
            capture_output=True,
            check=True,
            env={"PATH": os.environ["PATH"], "PYTHONHASHSEED": seed, "TZ": zone},
            cwd=DOMAIN.parent.parent,
        ).stdout
        for seed, zone in (("1", "UTC"), ("2", "Pacific/Auckland"))
    }
    assert len(said) == 1
