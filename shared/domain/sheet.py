"""Attendance as it is kept: ten of eleven million events a year, so a row of bytes each (docs/adr/0016).

A `Sheet` holds the presences, or the absences, that one sender told through one source of one enrolment. In
full an event takes 270 bytes, its row 34, and who only counts days reads no more than days. What does not
fit a row to the bit is kept in full, among the other facts; so both are always the same set of versions.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from struct import Struct, error, unpack
from typing import Any

import msgspec

from shared.domain.calendar import DAY, iso_week, local_date
from shared.domain.effect import Absence, Presence
from shared.domain.event import Version

PRESENT, ABSENT = "attendance.present", "attendance.absent"
PREFIX = {"pres": PRESENT, "abs": ABSENT}
"""The kind of event by the first word of its subject key."""

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
FIRST = EPOCH.toordinal()
SECOND = 1_000_000
DAY_SECONDS = 86_400
NO_NUMBER = 2**32 - 1
NO_COUNT, NOT_SAID = 255, 2

ROW = Struct(">H16sBIhHhHI4B")
"""Days since 2000; the UUID; microseconds from that day's midnight (UTC) to the receipt, in two parts, so
that what hardly differs stands together and compresses; seconds to when it happened, and to when it was
recorded, likewise; the number of the source; unauthorised and authorised hours in quarters, times late, and
whether all lessons were missed."""

WIDTHS = (2, 16, 1, 4, 2, 2, 2, 2, 4, 4)
"""How a row is cut into columns, in bytes."""

CUTS = tuple((width, sum(WIDTHS[:number])) for number, width in enumerate(WIDTHS))
DAYS, IDS, RECEIVED, RECEIVED_LOW, *_, HOURS = range(len(WIDTHS))


class Sheet(msgspec.Struct, frozen=True, array_like=True):
    """Rows by column, in the order of day and id. `enrolment` is written as in subject keys."""

    kind: str
    enrolment: str
    source: str
    sender: str
    columns: tuple[bytes, ...] = (b"",) * len(WIDTHS)

    @property
    def numbers(self) -> tuple[int, ...]:
        """The days of the rows, counted from 1 January 2000."""
        days = self.columns[DAYS]
        return unpack(f">{len(days) // 2}H", days)

    def identity(self, place: int) -> tuple[str, bytes]:
        """The source of one row, and its id in bytes."""
        return self.source, self.columns[IDS][16 * place : 16 * place + 16]

    def received_at(self, place: int, number: int) -> int:
        """When one row was received; `number` is its day."""
        late = self.columns[RECEIVED][place]
        later = int.from_bytes(self.columns[RECEIVED_LOW][4 * place : 4 * place + 4], "big")
        return number * DAY_SECONDS * SECOND + (late << 32) + later

    def receipt(self, place: int, number: int) -> tuple[bytes, int]:
        """The id of one row, and when it was received."""
        return self.columns[IDS][16 * place : 16 * place + 16], self.received_at(place, number)

    @property
    def receipts(self) -> Iterator[tuple[bytes, int]]:
        """Those of every row."""
        return (self.receipt(place, number) for place, number in enumerate(self.numbers))

    def version(self, place: int) -> Version:
        """The event of one row."""
        cells = (
            column[width * place : width * place + width]
            for column, width in zip(self.columns, WIDTHS, strict=True)
        )
        day, uid, late, later, was, was_low, noted, noted_low, seq, *hours = ROW.unpack(b"".join(cells))
        midnight = EPOCH + timedelta(days=day)
        return Version(
            kind=self.kind,
            event_id=_id(uid),
            source=self.source,
            sender=self.sender,
            received_at=midnight + timedelta(microseconds=(late << 32) + later),
            occurred_at=midnight + timedelta(seconds=(was << 16) + was_low),
            recorded_at=midnight + timedelta(seconds=(noted << 16) + noted_low),
            seq=None if seq == NO_NUMBER else seq,
            supersedes=None,
            fields=_fields(self, day, hours),
        )

    def within(self, first: int, last: int) -> range:
        """The places of the rows from one day to another."""
        numbers = self.numbers
        return range(bisect_left(numbers, first), bisect_right(numbers, last))

    def with_row(self, row: bytes) -> Sheet:
        """One more row, in its place."""
        numbers, ids = self.numbers, self.columns[IDS]
        first, uid = int.from_bytes(row[:2], "big"), row[2:18]
        place = bisect_right(numbers, first)
        while place and numbers[place - 1] == first and ids[16 * place - 16 : 16 * place] > uid:
            place -= 1
        return self._with(
            column[: width * place] + row[start : start + width] + column[width * place :]
            for column, (width, start) in zip(self.columns, CUTS, strict=True)
        )

    def without(self, places: range) -> Sheet:
        """The same without these rows."""
        return self._with(
            column[: width * places.start] + column[width * places.stop :]
            for column, width in zip(self.columns, WIDTHS, strict=True)
        )

    def _with(self, columns: Iterable[bytes]) -> Sheet:
        return Sheet(self.kind, self.enrolment, self.source, self.sender, tuple(columns))


Sheets = tuple[Sheet, ...]


class Line(msgspec.Struct, frozen=True):
    """One row of a sheet, where it stands there, and its day since 2000."""

    sheet: Sheet
    place: int
    number: int

    @property
    def key(self) -> str:
        """The subject key of its fact."""
        return _key(self.sheet.kind, self.sheet.enrolment, self.number)

    @property
    def received_at(self) -> datetime:
        """When it became known."""
        return EPOCH + timedelta(microseconds=self.sheet.received_at(self.place, self.number))

    @property
    def event_id(self) -> str:
        """Its id."""
        return _id(self.sheet.columns[IDS][16 * self.place : 16 * self.place + 16])

    @property
    def identity(self) -> tuple[str, str]:
        """What makes it this event and no other."""
        return self.sheet.source, self.event_id

    @property
    def version(self) -> Version:
        """The event that it was."""
        return self.sheet.version(self.place)

    @property
    def day(self) -> date:
        """The local date that it speaks of."""
        return day_of(self.number)

    @property
    def presence(self) -> Presence:
        """What a row of presences means."""
        return Presence(day_of(self.number), *_named(self.sheet.enrolment))

    @property
    def unauthorised(self) -> float:
        """The hours without leave of a row of absences."""
        return self.sheet.columns[HOURS][4 * self.place] / 4

    @property
    def absence(self) -> Absence:
        """What a row of absences means."""
        authorised = self.sheet.columns[HOURS][4 * self.place + 1] / 4
        return Absence(day_of(self.number), self.unauthorised, authorised, *_named(self.sheet.enrolment))


class Part(msgspec.Struct, frozen=True):
    """Some rows of a sheet: where they stand, in order. `numbers` are the days of all rows."""

    sheet: Sheet
    numbers: Sequence[int]
    places: Sequence[int]

    @property
    def lines(self) -> Iterator[Line]:
        """Each of them."""
        return (Line(self.sheet, place, self.numbers[place]) for place in self.places)

    @property
    def hours(self) -> float:
        """All hours without leave."""
        quarters = self.sheet.columns[HOURS]
        if len(self.places) == len(self.numbers):
            return sum(quarters[::4]) / 4
        return sum(quarters[4 * place] for place in self.places) / 4

    @property
    def last(self) -> Line:
        """The newest day."""
        return Line(self.sheet, self.places[-1], self.numbers[self.places[-1]])

    @property
    def weeks(self) -> set[date]:
        """The Mondays of their weeks."""
        return {day_of(monday(self.numbers[place])) for place in self.places}

    def first_from(self, day: date) -> Line | None:
        """The first that is not before a day."""
        since = number_of(day)
        at = bisect_left(self.places, since, key=self.numbers.__getitem__)
        return (
            Line(self.sheet, self.places[at], self.numbers[self.places[at]])
            if at < len(self.places)
            else None
        )


def only(sheets: Sheets, key: str) -> Line | None:
    """The row of a fact that has one row and no more."""
    rows = _rows(sheets, key)
    if len(rows) != 1 or len(rows[0][1]) != 1:
        return None
    sheet, places = rows[0]
    return Line(sheet, places[0], sheet.numbers[places[0]])


def hours_near(sheets: Sheets, enrolment: str, first: int, last: int, at: datetime | None = None) -> float:
    """All hours without leave from one day to another; by what was received by `at`, when that is given."""
    quarters = 0
    for sheet in sheets:
        if sheet.kind == ABSENT and sheet.enrolment == enrolment:
            places = sheet.within(first, last)
            quarters += sum(sheet.columns[HOURS][4 * places.start : 4 * places.stop : 4])
    if at is None:
        return quarters / 4
    return sum(line.unauthorised for line in _received(sheets, ABSENT, enrolment, first, last, at))


def days_missed(sheets: Sheets, monday: int, at: datetime) -> int:
    """How many days of a week have hours that were missed, in any enrolment, by what was received by `at`."""
    return sum(1 for _ in _received(sheets, ABSENT, None, monday, monday + 6, at))


def was_seen(sheets: Sheets, enrolment: str, monday: int, at: datetime) -> bool:
    """Whether there is a presence in the week of a Monday, received by `at`."""
    return any(_received(sheets, PRESENT, enrolment, monday, monday + 6, at))


def last_seen(sheets: Sheets, at: datetime) -> int | None:
    """The last day with a presence up to that of `at`, by what was received by then."""
    until, today = micros(at), number_of(local_date(at))
    seen = None
    for sheet in sheets:
        if sheet.kind == PRESENT:
            numbers = sheet.numbers
            for place in range(bisect_right(numbers, today) - 1, -1, -1):
                if seen is not None and numbers[place] <= seen:
                    break
                if sheet.received_at(place, numbers[place]) <= until:
                    seen = numbers[place]
    return seen


def _received(
    sheets: Sheets, kind: str, enrolment: str | None, first: int, last: int, at: datetime
) -> Iterator[Line]:
    """The rows of some days that were received by `at`, of one enrolment or (None) of all."""
    until = micros(at)
    for sheet in sheets:
        if sheet.kind == kind and enrolment in (None, sheet.enrolment):
            numbers = sheet.numbers
            for place in sheet.within(first, last):
                if sheet.received_at(place, numbers[place]) <= until:
                    yield Line(sheet, place, numbers[place])


def micros(at: datetime) -> int:
    """A moment in microseconds since 1 January 2000 (UTC)."""
    return (at - EPOCH) // timedelta(microseconds=1)


def alone(
    sheets: Sheets,
    full: Iterable[str],
    at: datetime,
    gone: Iterable[tuple[str, str]] = (),
    but: Iterable[tuple[str, str]] = (),
) -> tuple[list[Part], set[str]]:
    """The rows received by `at` that are all there is of their fact, and the keys of which there is more.

    `full` are the keys of what is kept in full, `gone` the events that are annulled; of the events `but`
    the fact counts as more, too.
    """
    in_full = [key for key in full if is_attendance(key)]
    dead, apart = _named_in_bytes(gone), _named_in_bytes(but)
    voices = Counter((sheet.kind, sheet.enrolment) for sheet in sheets)
    more: set[str] = set()
    parts = []
    for sheet in sheets:
        numbers = sheet.numbers
        facts = numbers if sheet.kind == ABSENT else [_week_of(number) for number in numbers]
        places = _known(sheet, numbers, micros(at))
        if dead:
            places = [place for place in places if sheet.identity(place) not in dead]
        several = voices[sheet.kind, sheet.enrolment] > 1
        shared = set(facts) if several else set(_shared(sheet, facts, apart, in_full))
        if shared:
            more |= {
                _key(sheet.kind, sheet.enrolment, _first_of(sheet.kind, facts[place]))
                for place in places
                if facts[place] in shared
            }
            places = [place for place in places if facts[place] not in shared]
        if places:
            parts.append(Part(sheet, numbers, places))
    return parts, more


def _named_in_bytes(events: Iterable[tuple[str, str]]) -> set[tuple[str, bytes]]:
    return {(source, _bytes(event_id)) for source, event_id in events}


def _shared(
    sheet: Sheet, facts: Sequence[int], apart: set[tuple[str, bytes]], in_full: Iterable[str]
) -> Iterator[int]:
    """The facts of which there is, or may be, more than one row of this sheet; each by its day or week."""
    if len(set(facts)) < len(facts):
        yield from (fact for fact, count in Counter(facts).items() if count > 1)
    if apart:
        yield from (fact for place, fact in enumerate(facts) if sheet.identity(place) in apart)
    for key in in_full:
        prefix, _, rest = key.partition(":")
        enrolment, _, when = rest.rpartition(":")
        span = _span(when)
        if span and enrolment == sheet.enrolment and PREFIX[prefix] == sheet.kind:
            yield span[0] if sheet.kind == ABSENT else _week_of(span[0])


def _known(sheet: Sheet, numbers: Sequence[int], until: int) -> Sequence[int]:
    """The places of the rows received by a moment; of most that is sure without looking."""
    longest = (max(sheet.columns[RECEIVED]) + 1) << 32
    sure = bisect_right(numbers, (until - longest) // (DAY_SECONDS * SECOND))
    late = [place for place in range(sure, len(numbers)) if sheet.received_at(place, numbers[place]) <= until]
    return range(len(numbers)) if len(late) == len(numbers) - sure else [*range(sure), *late]


def _week_of(number: int) -> int:
    return (number + 5) // 7


def _first_of(kind: str, fact: int) -> int:
    """The first day of a fact that is named by its day or its week."""
    return fact if kind == ABSENT else 7 * fact - 5


def read(sheets: Sheets, key: str) -> list[Version]:
    """The versions of one fact that have a row."""
    return [sheet.version(place) for sheet, places in _rows(sheets, key) for place in places]


def kept(sheets: Sheets, key: str, chain: Sequence[Version]) -> tuple[Sheets, tuple[Version, ...]]:
    """The sheets with this chain in the place of what they had of it, and what has to be kept in full."""
    for sheet, places in _rows(sheets, key):
        shorter = sheet.without(places)
        others = (one for one in sheets if one is not sheet)
        sheets = tuple(sorted((*others, shorter), key=_place)) if shorter.columns[DAYS] else tuple(others)
    full = []
    for version in chain:
        row = _row(version, key)
        if row is None:
            full.append(version)
        else:
            sheets = _longer(sheets, version, _enrolment(key), row)
    return sheets, tuple(full)


def keys(sheets: Sheets) -> Iterator[str]:
    """The subject keys of all rows, some of them more than once."""
    for sheet in sheets:
        for number in sheet.numbers:
            yield _key(sheet.kind, sheet.enrolment, number)


def brought(before: Sheets, after: Sheets) -> list[Line]:
    """The rows that other sheets do not hold, or hold as received at another moment."""
    if before is after:
        return []
    former = {_place(sheet): sheet for sheet in before}
    found: list[Line] = []
    for sheet in after:
        known = former.get(_place(sheet))
        if known is not None and known.columns == sheet.columns:
            continue
        numbers, places = sheet.numbers, range(len(sheet.numbers))
        if known is not None and all(map(bytes.startswith, sheet.columns, known.columns)):
            places = places[len(known.numbers) :]
            known = None
        there = set(known.receipts) if known else ()
        found += [
            Line(sheet, place, numbers[place])
            for place in places
            if not there or sheet.receipt(place, numbers[place]) not in there
        ]
    return found


def holding(sheets: Sheets, events: Iterable[tuple[str, str]]) -> Iterator[str]:
    """The subject keys of the rows of some events, each named by its source and id."""
    wanted = _named_in_bytes(events)
    for sheet in sheets:
        for place, number in enumerate(sheet.numbers):
            if sheet.identity(place) in wanted:
                yield _key(sheet.kind, sheet.enrolment, number)


def is_attendance(key: str) -> bool:
    """Whether a subject key names a fact that may have a row."""
    return key.startswith(("pres:", "abs:"))


def _rows(sheets: Sheets, key: str) -> list[tuple[Sheet, range]]:
    if not sheets or not is_attendance(key):
        return []
    prefix, _, rest = key.partition(":")
    enrolment, _, when = rest.rpartition(":")
    span = _span(when)
    if span is None:
        return []
    found = [
        (sheet, sheet.within(*span))
        for sheet in sheets
        if sheet.enrolment == enrolment and sheet.kind == PREFIX[prefix]
    ]
    return [(sheet, places) for sheet, places in found if places]


@lru_cache(maxsize=4096)
def _named(enrolment: str) -> tuple[str | None, str | None, str | None]:
    """The BRIN and number of an enrolment, or the vo site."""
    brin, colon, number = enrolment.partition(":")
    return (brin, number, None) if colon else (None, None, brin)


@lru_cache(maxsize=4096)
def _span(when: str) -> tuple[int, int] | None:
    """The first and the last day of `2026-W36` or `2026-09-21`; None for anything else."""
    try:
        if "W" in when:
            year, _, week = when.partition("-W")
            first = date.fromisocalendar(int(year), int(week), 1)
            return number_of(first), number_of(first + 6 * DAY)
        return (number_of(date.fromisoformat(when)),) * 2
    except ValueError:
        return None


def monday(number: int) -> int:
    """The Monday of the week of a day, both counted from 1 January 2000, a Saturday."""
    return number - (number + 5) % 7


def number_of(day: date) -> int:
    """A day counted from 1 January 2000."""
    return day.toordinal() - FIRST


@lru_cache(maxsize=4096)
def day_of(number: int) -> date:
    """The day with this count from 1 January 2000."""
    return date.fromordinal(number + FIRST)


@lru_cache(maxsize=4096)
def _text(number: int) -> str:
    return day_of(number).isoformat()


@lru_cache(maxsize=4096)
def _week(number: int) -> str:
    return iso_week(day_of(number))


def _key(kind: str, enrolment: str, number: int) -> str:
    if kind == PRESENT:
        return f"pres:{enrolment}:{_week(number)}"
    return f"abs:{enrolment}:{_text(number)}"


def _enrolment(key: str) -> str:
    return key.partition(":")[2].rpartition(":")[0]


def _place(sheet: Sheet) -> tuple[str, str, str, str]:
    return sheet.kind, sheet.enrolment, sheet.source, sheet.sender


def _longer(sheets: Sheets, version: Version, enrolment: str, row: bytes) -> Sheets:
    place = version.kind, enrolment, version.source, version.sender
    for sheet in sheets:
        if _place(sheet) == place:
            longer = sheet.with_row(row)
            return tuple(longer if one is sheet else one for one in sheets)
    return tuple(sorted((*sheets, Sheet(*place).with_row(row)), key=_place))


PRESENCE = (frozenset({"mboBrin", "enrolmentNo", "date"}), frozenset({"voSite", "date"}))
ABSENCE = frozenset({"unauthorisedHours", "authorisedHours"})
OPTIONAL = frozenset({"lateCount", "allLessonsMissed"})


def _fields(sheet: Sheet, day: int, hours: Sequence[int]) -> dict[str, Any]:
    brin, colon, number = sheet.enrolment.partition(":")
    fields: dict[str, Any] = {"mboBrin": brin, "enrolmentNo": number} if colon else {"voSite": brin}
    fields["date"] = _text(day)
    if sheet.kind == ABSENT:
        unauthorised, authorised, late, missed = hours
        fields["unauthorisedHours"], fields["authorisedHours"] = unauthorised / 4, authorised / 4
        if late != NO_COUNT:
            fields["lateCount"] = late
        if missed != NOT_SAID:
            fields["allLessonsMissed"] = bool(missed)
    return fields


def _row(version: Version, key: str) -> bytes | None:
    """The row that says exactly what the version says; None when there is none."""
    if version.supersedes is not None or version.via is not None or version.kind not in (PRESENT, ABSENT):
        return None
    try:
        return _written(version, key)
    except (error, KeyError, TypeError, ValueError, OverflowError):
        return None


def _written(version: Version, key: str) -> bytes:
    """Raises one of many when something does not fit."""
    fields = version.fields
    number = number_of(date.fromisoformat(fields["date"]))
    hours = _hours(version)
    enrolment = f"{fields['mboBrin']}:{fields['enrolmentNo']}" if "mboBrin" in fields else fields["voSite"]
    if _text(number) != fields["date"] or _key(version.kind, enrolment, number) != key:
        raise ValueError(key)
    if version.seq == NO_NUMBER or version.occurred_at.microsecond or version.recorded_at.microsecond:
        raise ValueError(version.seq)
    midnight = EPOCH + timedelta(days=number)
    received = (version.received_at - midnight) // timedelta(microseconds=1)
    occurred, recorded = _seconds(version.occurred_at, midnight), _seconds(version.recorded_at, midnight)
    return ROW.pack(
        number,
        _uuid(version.event_id),
        received >> 32,
        received & 0xFFFF_FFFF,
        occurred >> 16,
        occurred & 0xFFFF,
        recorded >> 16,
        recorded & 0xFFFF,
        NO_NUMBER if version.seq is None else version.seq,
        *hours,
    )


def _seconds(at: datetime, midnight: datetime) -> int:
    apart = at - midnight
    return apart.days * DAY_SECONDS + apart.seconds


def _id(uid: bytes) -> str:
    text = uid.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _bytes(text: str) -> bytes:
    """A UUID in bytes; nothing when it is none."""
    try:
        return _uuid(text)
    except ValueError:
        return b""


def _uuid(text: str) -> bytes:
    """Raises ValueError unless it is a UUID as it is mostly written."""
    digits = text.replace("-", "")
    found = bytes.fromhex(digits)
    places = text[8:9] + text[13:14] + text[18:19] + text[23:24]
    if len(text) != 36 or len(found) != 16 or places != "----" or text != text.lower():
        raise ValueError(text)
    return found


def _hours(version: Version) -> tuple[int, int, int, int]:
    fields = version.fields
    names = fields.keys()
    if version.kind == PRESENT:
        if names not in PRESENCE:
            raise ValueError(names)
        return 0, 0, 0, 0
    if names - ABSENCE - OPTIONAL not in PRESENCE:
        raise ValueError(names)
    late, missed = fields.get("lateCount", NO_COUNT), fields.get("allLessonsMissed", NOT_SAID)
    if "lateCount" in names and (type(late) is not int or late == NO_COUNT):
        raise ValueError(late)
    if "allLessonsMissed" in names and type(missed) is not bool:
        raise ValueError(missed)
    return _quarters(fields["unauthorisedHours"]), _quarters(fields["authorisedHours"]), late, int(missed)


def _quarters(hours: float) -> int:
    quarters = hours * 4
    if quarters != int(quarters):
        raise ValueError(hours)
    return int(quarters)
