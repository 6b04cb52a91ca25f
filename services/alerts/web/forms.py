"""The forms of the desk: what each asks, and how what was filled in is read. Pure.

Every fault is found at once and stands beside its field; what was typed is kept as it was typed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import msgspec

from shared.domain.calendar import add_working_days
from shared.domain.case import (
    ATTEMPTS,
    ATTEMPTS_WD,
    Case,
    is_untraceable,
    months_later,
    unreached,
)
from shared.domain.codes import ContactResult, DestinationKind
from shared.domain.deeds import SNOOZE_WD
from shared.domain.words import ACTS, CONTACTS, DESTINATIONS, SNOOZES, spoken_date
from shared.domain.world import Reference

DAY, ONE, LIST, TEXT = "day", "one", "list", "text"
"""What a field is: a date, one of a few, one of many, a few lines of text."""

LONGEST = 100
"""So many characters of a field are kept; no honest input has more."""

LONGEST_TEXT = 2000
"""The same for text: more than may be stored, so that it can be shortened by whoever typed it."""

EXAMPLE = "Vul een datum in, zoals 21-9-2026."
HINT = "Bijvoorbeeld 21-9-2026."

_DUTCH_DAY = re.compile(r"([0-9]{1,2})[-/. ]([0-9]{1,2})[-/. ]([0-9]{4})")


class Option(msgspec.Struct, frozen=True):
    """One of what can be chosen."""

    value: str
    words: str


class Field(msgspec.Struct, frozen=True):
    """One question. `needed` is what is said when it stays open; without it, it may. `note` stands below."""

    name: str
    label: str
    kind: str
    options: tuple[Option, ...] = ()
    hint: str = ""
    note: str = ""
    value: str = ""
    needed: str = ""
    means: Callable[[str], Any] = str


class Form(msgspec.Struct, frozen=True):
    """One form. `check` is what an officer has to be sure of before it is done.

    `blamed` is the field at which a refusal is told.
    """

    title: str
    fields: tuple[Field, ...] = ()
    check: str = ""
    blamed: str = ""


class Filled(msgspec.Struct, frozen=True):
    """What was filled in: as typed, as read, and what is wrong with it."""

    values: Mapping[str, str]
    read: Mapping[str, Any]
    faults: Mapping[str, str]


def blank(form: Form) -> Filled:
    """Nothing filled in yet but what stands there beforehand."""
    return Filled({field.name: field.value for field in form.fields}, {}, {})


def kept(form: Form, given: Mapping[str, str]) -> Filled:
    """What was typed before, not judged again."""
    return Filled({field.name: _typed(field, given) for field in form.fields}, {}, {})


def read(form: Form, given: Mapping[str, str]) -> Filled:
    """What was filled in, read and checked."""
    values, understood, faults = {}, {}, {}
    for field in form.fields:
        text = values[field.name] = _typed(field, given)
        try:
            value = _read(field, text)
        except ValueError as fault:
            faults[field.name] = str(fault)
        else:
            if value is not None:
                understood[field.name] = value
    return Filled(values, understood, faults)


def blaming(form: Form, filled: Filled, detail: str) -> Filled:
    """The same, refused for a reason that stands at the field it is about; at none, under the empty name."""
    return msgspec.structs.replace(filled, faults={**filled.faults, form.blamed: detail})


def spoken(form: Form, filled: Filled) -> list[tuple[str, str]]:
    """What was filled in, in words: question and answer."""
    return [(field.label, _spoken(field, filled)) for field in form.fields if filled.values.get(field.name)]


def _typed(field: Field, given: Mapping[str, str]) -> str:
    text = given.get(field.name, "").replace("\r\n", "\n").strip()
    return text[: LONGEST_TEXT if field.kind == TEXT else LONGEST]


def _spoken(field: Field, filled: Filled) -> str:
    text, value = filled.values[field.name], filled.read.get(field.name)
    if isinstance(value, date):
        return spoken_date(value)
    return next((one.words for one in field.options if one.value == text), text)


def _read(field: Field, text: str) -> Any:
    if not text:
        if field.needed:
            raise ValueError(field.needed)
        return None
    if field.kind == DAY:
        return read_day(text)
    if field.kind == TEXT:
        return text
    if text not in {one.value for one in field.options}:
        raise ValueError(field.needed or "Kies een van de mogelijkheden.")
    return field.means(text)


def read_day(text: str) -> date:
    """A date as a browser sends it or as people write it: `2026-09-21`, `21-9-2026`. Raises ValueError."""
    try:
        found = _DUTCH_DAY.fullmatch(text)
        if found is not None:
            day, month, year = map(int, found.groups())
            return date(year, month, day)
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(EXAMPLE) from None


def written(day: date) -> str:
    """A date as people write it in a field: `21-9-2026`."""
    return f"{day.day}-{day.month}-{day.year}"


def contact(today: date) -> Form:
    """An attempt to reach the learner."""
    options = tuple(Option(result.value, words[0].capitalize()) for result, words in CONTACTS.items())
    return Form(
        ACTS["contact-attempt"][0],
        (
            Field(
                "result",
                "Hoe ging het?",
                ONE,
                options,
                needed="Kies Gesproken of Niet bereikt.",
                means=ContactResult,
            ),
            Field("date", "Op welke dag?", DAY, value=written(today), hint=HINT, needed=EXAMPLE),
        ),
        blamed="date",
    )


def snooze(today: date) -> Form:
    """Put an alert off; it is picked up with that."""
    last = spoken_date(add_working_days(today, SNOOZE_WD))
    reasons = tuple(Option(code, words[0].capitalize()) for code, words in SNOOZES.items())
    hint = f"{HINT} Ten hoogste {SNOOZE_WD} werkdagen: tot en met {last}. U pakt de melding hiermee ook op."
    return Form(
        ACTS["snooze"][0],
        (
            Field("until", "Tot welke dag?", DAY, hint=hint, needed=EXAMPLE),
            Field("reason", "Waarom?", ONE, reasons, needed="Kies een reden."),
        ),
        blamed="until",
    )


def park() -> Form:
    """Let a case rest until a day."""
    hint = f"{HINT} Op die dag gaat het dossier verder waar het was."
    field = Field("until", "Tot welke dag?", DAY, hint=hint, needed=EXAMPLE)
    return Form(ACTS["park"][0], (field,), blamed="until")


def aftercare(case: Case, today: date, months: int) -> Form:
    """The learner has a place; the desk keeps an eye on it for so many months, or as agreed."""
    until = spoken_date(months_later(today, months))
    hint = f"{HINT} Leeg betekent {months} maanden: tot {until}."
    return Form(
        "Naar nazorg",
        (_destination(case, today), Field("until", "Nazorg tot welke dag?", DAY, hint=hint)),
        blamed="destination",
    )


def close(case: Case, today: date) -> Form:
    """The end of a case."""
    check = "Een gesloten dossier gaat niet meer open. Bij een nieuwe melding komt er een nieuw dossier."
    return Form(ACTS["close"][0], (_destination(case, today),), check, blamed="destination")


def transfer(case: Case, reference: Reference) -> Form:
    """To the desk of another region."""
    regions = sorted((code, name) for code, name in reference.regions.items() if code != case.region)
    options = tuple(Option(code, f"{code} {name}") for code, name in regions)
    check = "Het dossier gaat naar een ander loket. U ziet daarna alleen nog dat het hier was."
    field = Field("region", "Naar welke regio?", LIST, options, needed="Kies een andere regio.")
    return Form(ACTS["transfer"][0], (field,), check, blamed="region")


def _destination(case: Case, today: date) -> Field:
    open_to = [one for one in DestinationKind if one is not DestinationKind.MOVED_OR_UNTRACEABLE]
    if is_untraceable(case, today):
        open_to = list(DestinationKind)
    return Field(
        "destination",
        "Wat is de bestemming?",
        ONE,
        tuple(Option(one.value, DESTINATIONS[one][0].capitalize()) for one in open_to),
        note="" if is_untraceable(case, today) else untraceable_after(case),
        value=case.destination or "",
        needed="Kies een bestemming.",
        means=DestinationKind,
    )


def untraceable_after(case: Case) -> str:
    """What is still lacking before a case may be closed because nobody found the learner."""
    missed = unreached(case)
    count = "nog geen" if not missed else f"{len(missed)}, sinds {spoken_date(missed[0])}"
    rule = f"na {ATTEMPTS} pogingen zonder resultaat in {ATTEMPTS_WD} werkdagen"
    return f"Verhuisd of onvindbaar kan pas {rule}. Nu: {count}."
