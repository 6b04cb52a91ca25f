"""What a list may be asked: filters, order and page, as conditions for the database.

Everything is checked and all faults are told at once; an unknown key is a fault (conventions 3).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from services.alerts.web.cursors import Cursor, Cursors, list_name
from shared.domain.calendar import DAY, midnight
from shared.domain.codes import AlertStatus, CaseStatus, Severity
from shared.domain.payload import read_day, read_moment
from shared.runtime.problems import Problem

DEFAULT_LIMIT, MOST = 50, 200


class Field(msgspec.Struct, frozen=True):
    """A filter: the column, and how a value is read (raises ValueError). `kind` is its SQL type."""

    column: str
    read: Callable[[str], Any]
    operator: str = "="
    kind: str = "text"


class Listing(msgspec.Struct, frozen=True):
    """A list that can be asked for: its table, the column of its id, its filters and orders.

    `mine` leaves in what is the reader's; $1 in it is the first value of the statement.
    """

    table: str
    key: str
    fields: Mapping[str, Field]
    sorts: Mapping[str, str]
    default: str
    key_type: str = "text"
    mine: str = "audience && $1"


class Query(msgspec.Struct, frozen=True):
    """One question, checked: conditions with their values from $2 on, order, page."""

    listing: Listing
    conditions: tuple[str, ...]
    values: tuple[Any, ...]
    sort: str
    limit: int
    of: str
    cursor: Cursor | None = None

    @property
    def column(self) -> str:
        """The column of the order."""
        return self.listing.sorts[self.sort.removeprefix("-")]

    @property
    def descending(self) -> bool:
        """Whether rows are read from great to small; a page before the cursor is read the other way round."""
        return self.sort.startswith("-") != bool(self.cursor and self.cursor.backwards)

    def sql(self, columns: str) -> tuple[str, tuple[Any, ...]]:
        """The statement, and its values after $1 (whose rows); one row more than the page."""
        where, values = list(self.conditions), list(self.values)
        if self.cursor is not None:
            compare = "<" if self.descending else ">"
            place = len(values) + 2
            key = f"${place + 1}::{self.listing.key_type}"
            where.append(f"({self.column}, {self.listing.key}) {compare} (${place}::timestamptz, {key})")
            values += [datetime.fromisoformat(self.cursor.value), self.cursor.id]
        order = "DESC" if self.descending else "ASC"
        statement = (
            f"SELECT {columns} FROM {self.listing.table} WHERE {self.listing.mine}"  # noqa: S608 names are ours
            + "".join(f" AND {condition}" for condition in where)
            + f" ORDER BY {self.column} {order}, {self.listing.key} {order} LIMIT {self.limit + 1}"
        )
        return statement, tuple(values)


class Page(msgspec.Struct, frozen=True):
    """The rows of one page in the order that was asked for, and where the list goes on."""

    rows: Sequence[Any]
    before: Cursor | None
    after: Cursor | None


def page(query: Query, rows: Sequence[Any], place: Callable[[Any], tuple[datetime, str]]) -> Page:
    """Cut what was read to one page; `place` gives the value and id of a row."""
    more, shown = len(rows) > query.limit, list(rows[: query.limit])
    backwards = bool(query.cursor and query.cursor.backwards)
    if backwards:
        shown.reverse()
    has_before = more if backwards else query.cursor is not None
    has_after = backwards or more

    def cursor(row: Any, backwards: bool) -> Cursor:
        value, key = place(row)
        return Cursor(query.of, value.isoformat(), key, backwards)

    return Page(
        shown,
        cursor(shown[0], True) if shown and has_before else None,
        cursor(shown[-1], False) if shown and has_after else None,
    )


def read_query(listing: Listing, path: str, pairs: list[tuple[str, str]], cursors: Cursors) -> Query:
    """Check a query string. Raises Problem 400 with every fault."""
    faults: list[Mapping[str, str]] = []
    chosen: dict[str, list[Any]] = {}
    sort, limit, word = listing.default, DEFAULT_LIMIT, None
    for name, text in pairs:
        try:
            if name == "limit":
                limit = _limit(text)
            elif name == "sort":
                sort = _sort(listing, text)
            elif name == "cursor":
                word = text
            else:
                chosen.setdefault(name, []).append(listing.fields[name].read(text))
        except KeyError:
            faults.append({"parameter": name, "code": "unknown", "detail": "Deze sleutel kennen wij niet."})
        except ValueError as fault:
            faults.append({"parameter": name, "code": "value", "detail": str(fault) or "Ongeldige waarde."})
    if faults:
        count = f"{len(faults)} waarden zijn" if len(faults) > 1 else "1 waarde is"
        raise Problem("invalid-input", f"{count} ongeldig.", faults)
    of = list_name(path, pairs)
    cursor = cursors.read(word, of) if word is not None else None
    conditions, values = _conditions(listing, chosen)
    return Query(listing, conditions, values, sort, limit, of, cursor)


def _conditions(listing: Listing, chosen: Mapping[str, list[Any]]) -> tuple[tuple[str, ...], tuple[Any, ...]]:
    conditions: list[str] = []
    values: list[Any] = []
    for name, wanted in chosen.items():
        field = listing.fields[name]
        place = f"${len(values) + 2}"
        if field.operator == "=":
            conditions.append(f"{field.column} = ANY({place}::{field.kind}[])")
            values.append(wanted)
        else:
            conditions.append(f"{field.column} {field.operator} {place}::{field.kind}")
            values.append(max(wanted) if field.operator == "<=" else min(wanted))
    return tuple(conditions), tuple(values)


def _limit(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,4}", text) or not 1 <= int(text) <= MOST:
        raise ValueError(f"Een getal van 1 tot en met {MOST}.")
    return int(text)


def _sort(listing: Listing, text: str) -> str:
    if text.removeprefix("-") not in listing.sorts:
        allowed = ", ".join(name for one in listing.sorts for name in (one, f"-{one}"))
        raise ValueError(f"Kies uit {allowed}.")
    return text


def pattern(expression: str, detail: str) -> Callable[[str], str]:
    """A reader of words of one form."""
    compiled = re.compile(expression)

    def read(text: str) -> str:
        if not compiled.fullmatch(text):
            raise ValueError(detail)
        return text

    return read


def one_of(kind: type[AlertStatus] | type[CaseStatus] | type[Severity]) -> Callable[[str], str]:
    """A reader of words of a closed list."""

    def read(text: str) -> str:
        if text not in kind.__members__:
            raise ValueError("Kies uit " + ", ".join(kind.__members__) + ".")
        return text

    return read


def year(text: str) -> int:
    """A transition year. Raises ValueError."""
    if not re.fullmatch(r"20[0-9]{2}", text):
        raise ValueError("Een jaar met vier cijfers.")
    return int(text)


def moment_from(text: str) -> datetime:
    """A moment, or the 00:00 with which a local day begins. Raises ValueError."""
    try:
        return read_moment(text) if "T" in text else midnight(read_day(text))
    except (ValueError, OverflowError):
        raise ValueError("Een datum (2026-09-21) of een tijdstip met offset.") from None


def moment_to(text: str) -> datetime:
    """A moment, or the last one of a local day: ranges hold both ends. Raises ValueError."""
    if "T" in text:
        return moment_from(text)
    return (moment_from((read_day_or_fail(text) + DAY).isoformat()) - datetime.resolution).astimezone(UTC)


def read_day_or_fail(text: str) -> Any:
    """A local date. Raises ValueError with words for a person."""
    try:
        return read_day(text)
    except ValueError:
        raise ValueError("Een datum (2026-09-21) of een tijdstip met offset.") from None


REGION = Field("region", pattern(r"[0-9]{2}", "Een regio heeft twee cijfers."))
LEARNER = Field("learner_id", pattern(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "Geen id."), kind="uuid")
YEAR = Field("year", year, kind="smallint")

ALERTS = Listing(
    table="alerts.alert",
    key="alert_id",
    fields={
        "code": Field("code", pattern(r"A[0-9]{2}", "Een code is A01 tot en met A20.")),
        "status": Field("status", one_of(AlertStatus)),
        "severity": Field("severity", one_of(Severity)),
        "region": REGION,
        "transitionYear": YEAR,
        "learnerId": LEARNER,
        "org": Field("org", pattern(r"[0-9]{2}[A-Z]{2}", "Een instelling heeft een BRIN, zoals 99MA.")),
        "raisedFrom": Field("raised_at", moment_from, ">=", "timestamptz"),
        "raisedTo": Field("raised_at", moment_to, "<=", "timestamptz"),
    },
    sorts={"raisedAt": "raised_at"},
    default="-raisedAt",
)
CASES = Listing(
    table="alerts.case",
    key="case_id",
    key_type="uuid",
    fields={
        "status": Field("status", one_of(CaseStatus)),
        "region": REGION,
        "transitionYear": YEAR,
        "learnerId": LEARNER,
        "openedFrom": Field("opened_at", moment_from, ">=", "timestamptz"),
        "openedTo": Field("opened_at", moment_to, "<=", "timestamptz"),
    },
    sorts={"openedAt": "opened_at"},
    default="-openedAt",
)
ACTIONS = Listing(
    table="alerts.action",
    key="id",
    key_type="uuid",
    fields={
        "from": Field("at", moment_from, ">=", "timestamptz"),
        "to": Field("at", moment_to, "<=", "timestamptz"),
        "learnerId": LEARNER,
    },
    sorts={"at": "at"},
    default="at",
)
