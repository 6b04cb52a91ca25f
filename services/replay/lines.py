"""What `transfers replay` reads: events, actions, institutions, each fault reported with its line.

A file holds JSON lines (one CloudEvent, action or institution a line), a JSON array of them, or a whole story
as in `tests/histories`, with its events, actions and institutions; its content tells which, not its name.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from services.replay.deed import read_action
from services.replay.pieces import values
from shared.domain.action import Action
from shared.domain.envelope import Fault, InvalidEvent, arrival, check, check_received, content_hash
from shared.domain.event import Arrival
from shared.domain.facts import Record
from shared.domain.heard import subjects
from shared.domain.payload import read_moment
from shared.domain.timetable import add
from shared.domain.world import Institution
from shared.runtime.reference import read_institution

REUSED = Fault("/id", "event-id-reused", "Dit id is al gebruikt voor een ander bericht van dit systeem.")


class Rejected(msgspec.Struct, frozen=True):
    """One line that does not count, and everything that is wrong with it."""

    file: str
    line: int
    code: str
    faults: tuple[Fault, ...]


class Place(msgspec.Struct, frozen=True):
    """Where something was written, for whoever has to mend it."""

    file: str
    line: int


class Sign(NamedTuple):
    """That something arrived of an institution, and perhaps of one of its sites."""

    at: datetime
    subjects: tuple[str, ...]


class Reading:
    """Everything that was read, by learner or institution; what is faulty stands in `rejected`."""

    def __init__(self) -> None:
        self.arrivals: defaultdict[str, list[Arrival]] = defaultdict(list)
        self.calendars: dict[str, Record] = {}
        self.signs: dict[tuple[str, str], Sign] = {}
        self.actions: list[tuple[Place, Action]] = []
        self.institutions: dict[str, Institution] = {}
        self.rejected: list[Rejected] = []
        self._known: dict[tuple[str, str], bytes] = {}
        self._asked: set[str] = set()  # of actions that two regions both exported, one counts

    def events(self, path: Path) -> Iterator[int]:
        """Read a file of events or a story; yields the number of each line, for a progress bar."""
        for place, value in self._values(path):
            yield place.line
            if isinstance(value, dict) and "events" in value and "specversion" not in value:
                self._story(place, value)
            else:
                self._event(place, value)

    def acted(self, path: Path) -> None:
        """Read a file of actions."""
        for place, value in self._values(path):
            self._action(place, value)

    def registered(self, path: Path) -> None:
        """Read a file of institutions, as `transfers institutions import` takes it."""
        for place, value in self._values(path):
            self._institution(place, value)

    def reject(self, place: Place, code: str, *faults: Fault) -> None:
        """Note what does not count."""
        self.rejected.append(Rejected(place.file, place.line, code, faults))

    def _values(self, path: Path) -> Iterator[tuple[Place, object]]:
        for number, value in values(path.read_bytes()):
            place = Place(path.name, number)
            if isinstance(value, InvalidEvent):
                self.reject(place, value.code, *value.faults)
            else:
                yield place, value

    def _story(self, place: Place, story: dict[str, Any]) -> None:
        """Each part of a story; what is wrong in it is named by its number in that part."""
        parts = {"events": self._told, "institutions": self._institution, "actions": self._action}
        for part, read in parts.items():
            items = story.get(part, [])
            if not isinstance(items, list):
                self.reject(place, "invalid-input", Fault(f"/{part}", "type", "Moet een lijst zijn."))
                continue
            for number, told in enumerate(items, start=1):
                read(Place(place.file, number), told)

    def _told(self, place: Place, told: object) -> None:
        try:
            event = _posted(told, place.line)
        except InvalidEvent as refused:
            self.reject(place, refused.code, *refused.faults)
            return
        self._event(place, event)

    def _event(self, place: Place, value: object) -> None:
        try:
            checked = check(value)
            received = _received_at(value, checked.time)
            check_received(checked, received)
        except InvalidEvent as refused:
            self.reject(place, refused.code, *refused.faults)
            return
        key, content = (checked.source, checked.event_id), content_hash(checked)
        if self._known.setdefault(key, content) != content:
            self.reject(place, "event-id-reused", REUSED)
            return
        said = subjects(checked.kind.name, checked.sender, checked.data)
        self.signs[key] = min(self.signs.get(key, Sign(received, said)), Sign(received, said))
        arrived = arrival(checked, received)
        if checked.kind.of_learner:
            self.arrivals[arrived.student_ref].append(arrived)
        else:
            org = arrived.student_ref
            self.calendars[org] = add(self.calendars.get(org, Record(org)), arrived).record

    def _action(self, place: Place, value: object) -> None:
        try:
            action = read_action(value)
        except InvalidEvent as refused:
            self.reject(place, refused.code, *refused.faults)
            return
        if action.action_id is None or action.action_id not in self._asked:
            self.actions.append((place, action))
        if action.action_id is not None:
            self._asked.add(action.action_id)

    def _institution(self, place: Place, value: object) -> None:
        try:
            told = read_institution(msgspec.json.encode(value).decode())
        except ValueError as wrong:
            self.reject(place, "invalid-input", Fault("", "type", str(wrong)))
            return
        self.institutions[told.org] = told


def _posted(told: object, number: int) -> dict[str, Any]:
    """An event of a story as it was received; equal moments keep their order. Raises InvalidEvent."""
    at = _moment(told, "at", timedelta(microseconds=number))
    post = told.get("post") if isinstance(told, dict) else None
    if not isinstance(post, dict):
        raise InvalidEvent((Fault("/post", "type", "Moet een CloudEvent zijn: een JSON-object."),))
    return {**post, "receivedtime": at.isoformat()}


def _received_at(value: object, time: datetime) -> datetime:
    """`receivedtime` when the line has one, else `time`. Raises InvalidEvent."""
    told = value.get("receivedtime") if isinstance(value, dict) else None
    return time if told is None else _moment(value, "receivedtime")


def _moment(value: object, name: str, later: timedelta = timedelta()) -> datetime:
    """The moment that a field tells, or a little later. Raises InvalidEvent."""
    try:
        return read_moment(value[name] if isinstance(value, dict) else "") + later
    except (KeyError, TypeError, ValueError, OverflowError):
        detail = "Moet een tijdstip met tijdzone zijn."
        raise InvalidEvent((Fault(f"/{name}", "date-time", detail),)) from None
