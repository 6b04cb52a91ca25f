"""`make calendar`: writes the holidays into `shared/domain/calendar_data.py`, from the `holidays` package.

Run by a developer, never by the platform: the domain gets dated data that a reviewer can read. What comes
out is held against the published tables by `tests/unit/shared/domain/test_calendar.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from importlib.metadata import version
from pathlib import Path

import holidays

YEARS = range(2019, 2102)
"""The years of which an event may speak, and the year on either side: a term runs on into the next."""
SCHOOL_UNTIL = date(2030, 8, 1)
"""The last study year for which the ministry has set school holidays ends here."""
TARGET = Path(__file__).parent / "domain" / "calendar_data.py"
PUBLIC = {
    "New Year's Day",
    "Good Friday",
    "Easter Monday",
    "King's Day",
    "Liberation Day",
    "Ascension Day",
    "Pentecost Monday",
    "Christmas Day",
    "Second Day of Christmas",
}


def public() -> Iterator[tuple[int, list[date]]]:
    """The days that are no working day (General Extension of Terms Act), 5 May in every year; by year."""
    known = holidays.country_holidays("NL", categories=("public", "optional"), language="en_US")
    known.end_year = YEARS[-1]  # the package would stop at 2100
    for year in YEARS:
        days = map(date.fromordinal, range(date(year, 1, 1).toordinal(), date(year + 1, 1, 1).toordinal()))
        yield year, [day for day in days if PUBLIC & set(known.get(day, "").split("; "))]


def school(region: str) -> Iterator[tuple[date, date]]:
    """The school holidays of a holiday region, first and last day."""
    days = sorted(holidays.country_holidays("NL", subdiv=region, years=YEARS, categories=("school",)))
    first = days[0]
    for day, following in zip(days, [*days[1:], date.max], strict=True):
        if following - day > timedelta(days=1):
            if first < SCHOOL_UNTIL:
                yield first, day
            first = following


def text() -> str:
    """The module."""
    lines = ['"""Holidays of the Netherlands. Written by `make calendar`; do not edit."""', ""]
    lines += ["from datetime import date", "", f'VERSION = "holidays-{version("holidays")}"', ""]
    lines += ["PUBLIC_HOLIDAYS = frozenset(", '    date.fromisoformat(f"{year}-{day}")']
    lines += ["    for year, days in {"]
    lines += [f'        {year}: "{" ".join(f"{day:%m-%d}" for day in days)}",' for year, days in public()]
    lines += ["    }.items()", "    for day in days.split()", ")", ""]
    lines += ["SCHOOL_HOLIDAYS: dict[str, tuple[tuple[date, date], ...]] = {"]
    for region in ("Noord", "Midden", "Zuid"):
        lines.append(f'    "{region.lower()}": (')
        lines += [f"        ({_written(first)}, {_written(last)})," for first, last in school(region)]
        lines.append("    ),")
    return "\n".join([*lines, "}", ""])


def _written(day: date) -> str:
    return f"date({day.year}, {day.month}, {day.day})"


if __name__ == "__main__":
    TARGET.write_text(text())
