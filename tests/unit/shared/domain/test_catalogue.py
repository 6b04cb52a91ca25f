"""Every event type of the catalogue: found by name, with an example that is true."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import pytest

from shared.domain import catalogue, events
from shared.domain.catalogue import BY_TYPE, KINDS, collect
from shared.domain.envelope import arrival_of
from shared.domain.event import EventKind

AT = datetime(2026, 9, 28, 9, tzinfo=UTC)
EACH = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
OF_A_LEARNER = pytest.mark.parametrize(
    "kind", [kind for kind in KINDS.values() if kind.of_learner], ids=lambda kind: kind.name
)


def test_these_events_are_known() -> None:
    assert set(KINDS) == {
        "attendance.absent",
        "attendance.present",
        "attendance.report",
        "calendar.published",
        "consent.changed",
        "contact.recorded",
        "destination.confirmed",
        "dossier.progress",
        "event.retracted",
        "learner.linked",
        "learner.moved",
        "mbo.application.status",
        "mbo.enrolment.ended",
        "mbo.enrolment.started",
        "register.delta",
        "vo.exam.result",
        "vo.learner.changed",
        "vo.learner.deregistered",
        "vo.learner.listed",
    }
    assert BY_TYPE["nl.school-transitions.vo.learner.listed.v1"] is KINDS["vo.learner.listed"]


@OF_A_LEARNER
def test_the_example_can_be_stored_and_says_something(kind: EventKind) -> None:
    kind.payload.model_validate(kind.example)
    arrival = arrival_of(kind.wire_type, "e1", "urn:x", AT, AT, kind.example)
    meaning = kind.effect(arrival.version.fields)
    assert type(meaning).__doc__
    assert arrival.subject_key == kind.subject_key(kind.example)
    assert arrival.version.occurred_at == datetime(2026, 9, 28, 7, tzinfo=UTC)


@EACH
def test_each_event_type_has_a_file_a_text_and_a_test_of_one_name(kind: EventKind) -> None:
    module = kind.name.replace(".", "_")
    assert sys.modules[f"{events.__name__}.{module}"].__doc__
    assert (Path(__file__).parent / "events" / f"test_{module}.py").exists()


def offering(monkeypatch: pytest.MonkeyPatch, offered: object) -> None:
    """Let every module of the folder offer this."""
    module = ModuleType("offering")
    module.KIND = offered  # type: ignore[attr-defined]
    monkeypatch.setattr(catalogue, "import_module", lambda _: module)


def test_a_file_without_an_event_type_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    offering(monkeypatch, "something else")
    with pytest.raises(ValueError, match="offers no KIND"):
        collect()


def test_one_name_in_two_files_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    offering(monkeypatch, KINDS["vo.exam.result"])
    with pytest.raises(ValueError, match=r"vo\.exam\.result stands in two files"):
        collect()
