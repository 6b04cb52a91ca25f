"""Small pieces of Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

NOTE = "<!-- Written by `make docs` from the code; do not edit. -->\n"


def page(title: str, *parts: str) -> str:
    """A page with a title, and its parts under each other."""
    return "\n".join([NOTE, f"# {title}", "", *(f"{part}\n" for part in parts)])


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table; what would break out of a cell is made harmless."""
    lines = [_row(heads), _row(["---"] * len(heads)), *(_row(row) for row in rows)]
    return "\n".join(lines)


def code(text: object) -> str:
    """Something as it stands in code or on the wire; nothing stays nothing."""
    return f"`{text}`" if str(text) else ""


def said(docstring: str | None) -> str:
    """A docstring as one line."""
    return " ".join((docstring or "").split())


def first(docstring: str | None) -> str:
    """The first paragraph of a docstring as one line."""
    return said((docstring or "").strip().split("\n\n")[0])


def _row(cells: Sequence[object]) -> str:
    return "| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"
