"""The calendar in the domain is what the build script writes."""

from __future__ import annotations

from shared.calendar_build import TARGET, text


def dated(module: str) -> list[str]:
    """The lines of the module, but the version of the package that they came from."""
    return [line for line in module.splitlines() if not line.startswith("VERSION")]


def test_the_written_calendar_is_the_one_that_would_be_written_now() -> None:
    assert dated(TARGET.read_text()) == dated(text())
