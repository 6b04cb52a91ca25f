"""Attendance as it is kept: ten of eleven million events a year, so a row of bytes each (docs/adr/0014).

A `Roll` holds the presences, or the absences, that one sender told through one source of one enrolment. In
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

from shared.domain.calendar import DAY, iso_week
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

COLUMNS = tuple(map(Struct, (">H", "16s", ">H", ">I", ">h", ">H", ">h", ">H", ">I", "4B")))
"""Days since 2000; the UUID; microseconds from that day's midnight (UTC) to the receipt, in two parts, so
that what hardly differs stands together and compresses; seconds to when it happened, and to when it was
recorded, likewise; the number of the source; unauthorised and authorised hours in quarters, times late, and
whether all lessons were missed."""
DAYS, IDS, RECEIVED, RECEIVED_LOW, *_, HOURS = range(len(COLUMNS))

Row = tuple[bytes, ...]


class Roll(msgspec.Struct, frozen=True, array_like=True):
    """Rows by column, in the order of day and id. `enrolment` is written as in subject keys."""

    kind: str
    enrolment: str
    source: str
    sender: str
    columns: tuple[bytes, ...] = (b"",) * len(COLUMNS)

    @property
    def numbers(self) -> tuple[int, ...]:
        """The days of the rows, counted from 1 January 2000."""
        days = self.columns[DAYS]
        return unpack(f">{len(days) // 2}H", days)

    @property
    def received(self) -> Iterator[int]:
        """When each row was received, in microseconds since 1 January 2000 (UTC)."""
        high, low = self.columns[RECEIVED], self.columns[RECEIVED_LOW]
        count = len(high) // 2
        for day, late, later in zip(
            self.numbers, unpack(f">{count}H", high), unpack(f">{count}I", low), strict=True
        ):
            yield day * DAY_SECONDS * SECOND + (late << 32) + later

    @property
    def receipts(self) -> Iterator[tuple[bytes, int]]:
        """The id and the moment of receipt of each row."""
        ids = self.columns[IDS]
        return ((ids[16 * place : 16 * place + 16], at) for place, at in enumerate(self.received))

    def effect(self, place: int, number: int) -> Presence | Absence:
        """What one row means."""
        brin, colon, enrolment = self.enrolment.partition(":")
        named = (brin, enrolment, None) if colon else (None, None, brin)
        if self.kind == PRESENT:
            return Presence(_day(number), *named)
        unauthorised, authorised = self.columns[HOURS][4 * place : 4 * place + 2]
        return Absence(_day(number), unauthorised / 4, authorised / 4, *named)

    def version(self, place: int) -> Version:
        """The event of one row."""
        day, uid, late, later, was, was_low, noted, noted_low, seq, *hours = (
            value
            for column, layout in zip(self.columns, COLUMNS, strict=True)
            for value in layout.unpack_from(column, place * layout.size)
        )
        midnight = EPOCH + timedelta(days=day)
        text = uid.hex()
        return Version(
            kind=self.kind,
            event_id=f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}",
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

    def with_row(self, row: Row) -> Roll:
        """One more row, in its place."""
        columns, first = self.columns, int.from_bytes(row[DAYS], "big")
        place = next(
            (at for at in self.within(first, first) if columns[IDS][16 * at : 16 * at + 16] > row[IDS]),
            bisect_right(self.numbers, first),
        )
        return self._with(
            column[: layout.size * place] + value + column[layout.size * place :]
            for column, value, layout in zip(columns, row, COLUMNS, strict=True)
        )

    def without(self, places: range) -> Roll:
        """The same without these rows."""
        return self._with(
            column[: layout.size * places.start] + column[layout.size * places.stop :]
            for column, layout in zip(self.columns, COLUMNS, strict=True)
        )

    def _with(self, columns: Iterable[bytes]) -> Roll:
        return Roll(self.kind, self.enrolment, self.source, self.sender, tuple(columns))


Rolls = tuple[Roll, ...]


class Line(msgspec.Struct, frozen=True):
    """One row of a roll, where it stands there, and its day since 2000."""

    roll: Roll
    place: int
    number: int

    @property
    def version(self) -> Version:
        """The event that it was."""
        return self.roll.version(self.place)

    @property
    def effect(self) -> Presence | Absence:
        """What it means."""
        return self.roll.effect(self.place, self.number)


def micros(at: datetime) -> int:
    """A moment in microseconds since 1 January 2000 (UTC)."""
    return (at - EPOCH) // timedelta(microseconds=1)


def lines(rolls: Rolls, others: Iterable[str], at: datetime) -> tuple[list[Line], set[str]]:
    """The rows received by `at` that are all there is of their fact, and the keys of which there is more.

    `others` are the keys of what is kept in full.
    """
    more = {key for key in others if is_attendance(key)}
    voices = Counter((roll.kind, roll.enrolment) for roll in rolls)
    found: list[Line] = []
    until = micros(at)
    for roll in rolls:
        numbers = roll.numbers
        facts = numbers if roll.kind == ABSENT else [(number + 5) // 7 for number in numbers]
        if more or voices[roll.kind, roll.enrolment] > 1 or len(set(facts)) < len(facts):
            told = Counter(facts)
            names = [_key(roll.kind, roll.enrolment, number) for number in numbers]
            if voices[roll.kind, roll.enrolment] > 1:
                more.update(names)
            more.update(name for name, fact in zip(names, facts, strict=True) if told[fact] > 1)
            kept = [name not in more for name in names]
        else:
            kept = [True] * len(numbers)
        found += [
            Line(roll, place, number)
            for place, (number, received, sole) in enumerate(zip(numbers, roll.received, kept, strict=True))
            if sole and received <= until
        ]
    return found, more


def read(rolls: Rolls, key: str) -> list[Version]:
    """The versions of one fact that have a row."""
    return [roll.version(place) for roll, places in _rows(rolls, key) for place in places]


def kept(rolls: Rolls, key: str, chain: Sequence[Version]) -> tuple[Rolls, tuple[Version, ...]]:
    """The rolls with this chain in the place of what they had of it, and what has to be kept in full."""
    for roll, places in _rows(rolls, key):
        shorter = roll.without(places)
        others = (one for one in rolls if one is not roll)
        rolls = tuple(sorted((*others, shorter), key=_place)) if shorter.columns[DAYS] else tuple(others)
    full = []
    for version in chain:
        row = _row(version, key)
        if row is None:
            full.append(version)
        else:
            rolls = _longer(rolls, version, _enrolment(key), row)
    return rolls, tuple(full)


def keys(rolls: Rolls) -> Iterator[str]:
    """The subject keys of all rows, some of them more than once."""
    for roll in rolls:
        for number in roll.numbers:
            yield _key(roll.kind, roll.enrolment, number)


def touched(before: Rolls, after: Rolls) -> set[str]:
    """The keys of the facts of which other rolls hold other rows, or rows received at another moment."""
    former = {_place(roll): roll for roll in before}
    found = set()
    for roll in after:
        known = former.get(_place(roll))
        if known is None:
            found |= set(keys((roll,)))
        elif known.columns != roll.columns:
            numbers, count = roll.numbers, len(known.numbers)
            if all(map(bytes.startswith, roll.columns, known.columns)):
                places: Iterable[int] = range(count, len(numbers))
            else:
                there = set(known.receipts)
                places = (place for place, row in enumerate(roll.receipts) if row not in there)
            found |= {_key(roll.kind, roll.enrolment, numbers[place]) for place in places}
    return found


def is_attendance(key: str) -> bool:
    """Whether a subject key names a fact that may have a row."""
    return key.startswith(("pres:", "abs:"))


def _rows(rolls: Rolls, key: str) -> list[tuple[Roll, range]]:
    if not rolls or not is_attendance(key):
        return []
    prefix, _, rest = key.partition(":")
    enrolment, _, when = rest.rpartition(":")
    span = _span(when)
    if span is None:
        return []
    found = [
        (roll, roll.within(*span))
        for roll in rolls
        if roll.enrolment == enrolment and roll.kind == PREFIX[prefix]
    ]
    return [(roll, places) for roll, places in found if places]


@lru_cache(maxsize=4096)
def _span(when: str) -> tuple[int, int] | None:
    """The first and the last day of `2026-W36` or `2026-09-21`; None for anything else."""
    try:
        if "W" in when:
            year, _, week = when.partition("-W")
            first = date.fromisocalendar(int(year), int(week), 1)
            return _number(first), _number(first + 6 * DAY)
        return (_number(date.fromisoformat(when)),) * 2
    except ValueError:
        return None


def _number(day: date) -> int:
    return day.toordinal() - FIRST


@lru_cache(maxsize=4096)
def _day(number: int) -> date:
    return date.fromordinal(number + FIRST)


@lru_cache(maxsize=4096)
def _text(number: int) -> str:
    return _day(number).isoformat()


@lru_cache(maxsize=4096)
def _week(number: int) -> str:
    return iso_week(_day(number))


def _key(kind: str, enrolment: str, number: int) -> str:
    if kind == PRESENT:
        return f"pres:{enrolment}:{_week(number)}"
    return f"abs:{enrolment}:{_text(number)}"


def _enrolment(key: str) -> str:
    return key.partition(":")[2].rpartition(":")[0]


def _place(roll: Roll) -> tuple[str, str, str, str]:
    return roll.kind, roll.enrolment, roll.source, roll.sender


def _longer(rolls: Rolls, version: Version, enrolment: str, row: Row) -> Rolls:
    place = version.kind, enrolment, version.source, version.sender
    for roll in rolls:
        if _place(roll) == place:
            longer = roll.with_row(row)
            return tuple(longer if one is roll else one for one in rolls)
    return tuple(sorted((*rolls, Roll(*place).with_row(row)), key=_place))


PRESENCE = (frozenset({"mboBrin", "enrolmentNo", "date"}), frozenset({"voSite", "date"}))
ABSENCE = frozenset({"unauthorisedHours", "authorisedHours"})
OPTIONAL = frozenset({"lateCount", "allLessonsMissed"})


def _fields(roll: Roll, day: int, hours: Sequence[int]) -> dict[str, Any]:
    brin, colon, number = roll.enrolment.partition(":")
    fields: dict[str, Any] = {"mboBrin": brin, "enrolmentNo": number} if colon else {"voSite": brin}
    fields["date"] = _text(day)
    if roll.kind == ABSENT:
        unauthorised, authorised, late, missed = hours
        fields["unauthorisedHours"], fields["authorisedHours"] = unauthorised / 4, authorised / 4
        if late != NO_COUNT:
            fields["lateCount"] = late
        if missed != NOT_SAID:
            fields["allLessonsMissed"] = bool(missed)
    return fields


def _row(version: Version, key: str) -> Row | None:
    """The row that says exactly what the version says; None when there is none."""
    if version.supersedes is not None or version.via is not None or version.kind not in (PRESENT, ABSENT):
        return None
    try:
        return _written(version, key)
    except (error, KeyError, TypeError, ValueError, OverflowError):
        return None


def _written(version: Version, key: str) -> Row:
    """Raises one of many when something does not fit."""
    fields = version.fields
    number = _number(date.fromisoformat(fields["date"]))
    hours = _hours(version)
    enrolment = f"{fields['mboBrin']}:{fields['enrolmentNo']}" if "mboBrin" in fields else fields["voSite"]
    if _text(number) != fields["date"] or _key(version.kind, enrolment, number) != key:
        raise ValueError(key)
    if version.seq == NO_NUMBER or version.occurred_at.microsecond or version.recorded_at.microsecond:
        raise ValueError(version.seq)
    midnight = EPOCH + timedelta(days=number)
    received = (version.received_at - midnight) // timedelta(microseconds=1)
    occurred, recorded = _seconds(version.occurred_at, midnight), _seconds(version.recorded_at, midnight)
    seq = NO_NUMBER if version.seq is None else version.seq
    day, uid, high, low, was, was_low, noted, noted_low, seqs, quarters = COLUMNS
    return (
        day.pack(number),
        uid.pack(_uuid(version.event_id)),
        high.pack(received >> 32),
        low.pack(received & 0xFFFF_FFFF),
        was.pack(occurred >> 16),
        was_low.pack(occurred & 0xFFFF),
        noted.pack(recorded >> 16),
        noted_low.pack(recorded & 0xFFFF),
        seqs.pack(seq),
        quarters.pack(*hours),
    )


def _seconds(at: datetime, midnight: datetime) -> int:
    apart = at - midnight
    return apart.days * DAY_SECONDS + apart.seconds


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
