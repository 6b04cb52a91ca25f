"""`transfers settings ROLE`: what a role would run with, secrets masked, or everything that is wrong."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, SecretStr

from shared.runtime.config import PREFIX, ROLES, SettingsFault, load

EXAMPLE = "example: transfers settings placement"


def configure(parser: argparse.ArgumentParser) -> None:
    """Which role."""
    parser.add_argument("role", nargs="+", metavar="ROLE", help=f"one of: {', '.join(ROLES)}")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> int:
    """Print the settings; 1 when they are missing or wrong, 2 for an unknown role."""
    role = " ".join(args.role)
    if role not in ROLES:
        print(f"no role {role!r}; one of: {', '.join(ROLES)}", file=sys.stderr)
        return 2
    try:
        settings = load(ROLES[role])
    except SettingsFault as fault:
        print(fault, file=sys.stderr)
        return 1
    shown = dict(lines(settings))
    if args.json:
        print(json.dumps(shown))
    else:
        print("\n".join(f"{name}={value}" for name, value in shown.items()))
    return 0


def lines(settings: BaseModel, prefix: str = PREFIX) -> Iterator[tuple[str, Any]]:
    """Each variable with its value; of a secret only that it is there."""
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        variable = prefix + name.upper()
        if isinstance(value, BaseModel):
            yield from lines(value, f"{variable}__")
        elif isinstance(value, SecretStr):
            yield variable, "********"
        else:
            yield variable, value if isinstance(value, bool | int | None) else str(value)
