"""`make docs`: writes `docs/generated` and `schemas` from the code; `--check` tells what has drifted."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from services.docs import cases, events, parameters, rules, schemas, states

ROOT = Path(__file__).parent.parent.parent

PAGES: Mapping[str, Callable[[], str]] = {
    "docs/generated/cases.md": cases.text,
    "docs/generated/events.md": events.text,
    "docs/generated/policy.md": parameters.text,
    "docs/generated/rules.md": rules.text,
    "docs/generated/states.md": states.text,
}

FOLDERS = ("docs/generated", "schemas")
"""What is written here alone: anything else in them has drifted."""


def written() -> dict[str, str]:
    """Every file by its path, as the code has it now."""
    return {path: text() for path, text in PAGES.items()} | schemas.texts()


def drifted(root: Path, files: Mapping[str, str]) -> list[str]:
    """The paths under `root` that are not as the code has them, or should not be there."""
    there = {
        str(path.relative_to(root)) for name in FOLDERS for path in (root / name).rglob("*") if path.is_file()
    }
    changed = {path for path, text in files.items() if path not in there or (root / path).read_text() != text}
    return sorted(changed | (there - files.keys()))


def main(words: list[str] | None = None) -> int:
    """Write, or check. Exit status 1 when something has drifted."""
    parser = argparse.ArgumentParser(prog="python -m services.docs", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, tell what has drifted")
    parser.add_argument("--root", type=Path, default=ROOT, metavar="DIR", help="where to (default: here)")
    args = parser.parse_args(words)
    files = written()
    found = drifted(args.root, files)
    if args.check:
        for path in found:
            print(f"{path} is not as the code has it: run `make docs`", file=sys.stderr)
        return 1 if found else 0
    for path in found:
        target = args.root / path
        if path in files:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(files[path])
        else:
            target.unlink()
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
