"""`make calendar`: writes the holidays into `shared/domain/calendar_data.py`, from the `holidays` package.

Run by a developer, never by the platform: the domain gets dated data that a reviewer can read.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from importlib.metadata import version
from pathlib import Path

import holidays

YEARS = range(2024, 2032)
TARGET = Path(__file__).parent / "domain" / "calendar_data.py"
NAMES = {"New Year's Day", "Good Friday", "Easter Monday", "King's Day", "Liberation Day", "Ascension Day"}
NAMES |= {"Whit Monday", "Pentecost Monday", "Christmas Day", "Second Day of Christmas"}


def public() -> list[date]:
    """The days that are no working day (General Extension of Terms Act), 5 May in every year."""
    found = holidays.country_holidays("NL", years=YEARS, categories=("public", "optional"))
    return sorted(day for day, name in found.items() if name in NAMES)


def school(region: str) -> Iterator[tuple[date, date]]:
    """The school holidays of a holiday region, first and last day."""
    days = sorted(holidays.country_holidays("NL", subdiv=region, years=YEARS, categories=("school",)))
    start = days[0]
    for day, following in zip(days, [*days[1:], None], strict=True):
        if following is None or following - day > timedelta(days=1):
            yield start, day
            start = following or start


def main() -> None:
    """Write the module."""
    lines = ['"""Holidays of the Netherlands. Written by `make calendar`; do not edit."""', ""]
    lines += ["from datetime import date", "", f'VERSION = "holidays-{version("holidays")}"', ""]
    lines += ["PUBLIC_HOLIDAYS = frozenset(", "    {"]
    lines += [f"        date({day.year}, {day.month}, {day.day})," for day in public()]
    lines += ["    }", ")", "", "SCHOOL_HOLIDAYS: dict[str, tuple[tuple[date, date], ...]] = {"]
    for region in ("Noord", "Midden", "Zuid"):
        lines.append(f'    "{region.lower()}": (')
        for first, last in school(region):
            lines.append(
                f"        (date({first.year}, {first.month}, {first.day}), "
                f"date({last.year}, {last.month}, {last.day})),"
            )
        lines.append("    ),")
    lines += ["}", ""]
    TARGET.write_text("\n".join(lines))


if __name__ == "__main__":
    main()
