"""What was known at a moment: the versions that counted then, with their meaning."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from shared.domain import picture as module
from shared.domain.codes import ApplicationStatus, ContactResult
from shared.domain.facts import Year
from shared.domain.picture import Picture, effect_of, picture
from tests.tale import SOURCE, Tale, moment

OTHER = "urn:nld:oin:00000099000000002000:systeem:relay-voorbeeld"


def statuses(known: Picture) -> list[str]:
    return [str(one.effect.status) for one in known.applications]


def test_nothing_known_is_an_empty_picture() -> None:
    assert picture({}, 2026, moment("2026-03-01")) == Picture()


def test_each_fact_stands_in_its_place() -> None:
    tale = Tale()
    tale.listed("2025-11-03")
    tale.applied("2026-03-02")
    tale.exam("2026-06-11")
    tale.left("2026-07-01", end="2026-07-10")
    tale.started("2026-07-02")
    tale.present("2026-08-24")
    tale.ended("2026-09-14", end="2026-09-11")
    tale.placed("2026-09-21")
    tale.contact("2026-09-22")
    tale.moved("2026-09-22", "0772", "2026-10-01")
    tale.dossier("2026-09-22")
    tale.register("2026-09-22", "MOVED", "2026-09-21", mbo=None)
    tale.consent("2026-09-22")
    of = {"mboBrin": "99MA", "enrolmentNo": "E1"}
    hours = {"date": "2026-09-01", "unauthorisedHours": 4, "authorisedHours": 0}
    tale.tell("attendance.absent", "2026-09-22", "99MA", **of, **hours)
    report = {"reportNo": "R1", "type": "V3", "beginDate": "2026-09-01", "status": "R"}
    tale.tell("attendance.report", "2026-09-22", "99MA", **of, **report)
    tale.tell("learner.linked", "2026-09-22", "99VA", oldRef="x" * 43, newRef=tale.ref)
    known = tale.picture("2026-10-01")
    rows = {"attended", "missed", "attended_in_full", "missed_in_full"}
    facts = set(known.__struct_fields__) - rows - {"conflicts", "elsewhere"} | {"presences", "absences"}
    assert {place: len(getattr(known, place)) for place in facts} == dict.fromkeys(facts, 1)
    assert len(list(known.everything)) == 16
    assert known.ends[0].effect.end_date == date(2026, 9, 11)
    assert not known.conflicts


def test_what_was_not_received_yet_is_not_known() -> None:
    tale = Tale()
    tale.applied("2026-03-02", seq=1)
    tale.applied("2026-05-04", "OFFERED", seq=2)
    assert statuses(tale.picture("2026-03-01")) == []
    assert statuses(tale.picture("2026-03-02")) == ["RECEIVED"]
    assert statuses(tale.picture("2026-05-04")) == ["OFFERED"]


def test_the_first_version_that_stands_is_remembered() -> None:
    tale = Tale()
    wrong = tale.applied("2026-03-02", seq=1)
    tale.applied("2026-03-09", seq=2)
    tale.applied("2026-05-04", "OFFERED", seq=3)
    tale.retract("2026-05-05", wrong)
    (before,) = tale.picture("2026-05-04").applications
    (after,) = tale.picture("2026-05-05").applications
    assert (before.first.seq, before.version.seq) == (1, 3)
    assert (after.first.seq, after.version.seq) == (2, 3)


def test_a_fact_of_which_every_version_is_annulled_is_not_known() -> None:
    tale = Tale()
    tale.retract("2026-05-05", tale.applied("2026-03-02"))
    assert statuses(tale.picture("2026-03-02")) == ["RECEIVED"]
    assert statuses(tale.picture("2026-05-05")) == []


def test_a_correction_that_is_retracted_brings_back_what_it_superseded() -> None:
    tale = Tale()
    first = tale.applied("2026-03-02", seq=1)
    correction = tale.applied("2026-03-09", "WITHDRAWN", no=2, supersedes=first)
    assert statuses(tale.picture("2026-03-09")) == ["WITHDRAWN"]
    tale.retract("2026-03-10", correction)
    assert statuses(tale.picture("2026-03-10")) == ["RECEIVED"]


def test_what_came_too_late_for_the_walk_counts_from_when_it_was_judged() -> None:
    tale = Tale()
    event = tale.applied("2026-03-02")
    retraction = tale.retract("2026-03-04", event)
    year = tale.record().years[2026]
    late = {(SOURCE, event): moment("2026-03-03"), (SOURCE, retraction): moment("2026-03-05")}
    days = ("2026-03-02", "2026-03-03", "2026-03-04", "2026-03-05")
    assert [len(picture({2026: year}, 2026, moment(day), late).applications) for day in days] == [0, 1, 1, 0]
    early = {(SOURCE, event): moment("2026-03-03")}
    alone = Year(year.full)
    assert [len(picture({2026: alone}, 2026, moment(day), early).applications) for day in days] == [
        0,
        1,
        1,
        1,
    ]


def test_a_contradiction_is_a_flag_and_no_fact() -> None:
    tale = Tale()
    tale.applied("2026-03-02", "OFFERED", seq=1)
    tale.applied("2026-03-03", "WITHDRAWN", seq=1)
    assert not tale.picture("2026-03-02").conflicts
    assert tale.picture("2026-03-03").conflicts
    assert statuses(tale.picture("2026-03-03")) == []


def test_attempts_to_reach_a_learner_do_not_replace_each_other() -> None:
    tale = Tale()
    tale.contact("2026-09-15", "NOT_REACHED")
    tale.contact("2026-09-16", "REACHED")
    wrong = tale.contact("2026-09-17", "REACHED")
    tale.retract("2026-09-18", wrong, sender="RMC38")
    results = sorted(known.effect.result for known in tale.picture("2026-09-18").contacts)
    assert results == [ContactResult.NOT_REACHED, ContactResult.REACHED]


def test_between_sources_the_newest_counts_and_the_first_is_the_first_of_all() -> None:
    tale = Tale()
    tale.applied("2026-03-02", seq=7)
    tale.applied("2026-03-09", "OFFERED", seq=1, source=OTHER)
    (known,) = tale.picture("2026-03-09").applications
    assert (known.effect.status, known.first.seq) == (ApplicationStatus.OFFERED, 7)


def test_one_id_with_another_content_is_another_meaning() -> None:
    """Two learners, or two tests, may use one id; what is remembered never stands in for another event."""
    found = []
    for status in ("RECEIVED", "OFFERED"):
        tale = Tale()
        tale.applied("2026-03-02", status, id="same")
        found += statuses(tale.picture("2026-03-02"))
    assert found == ["RECEIVED", "OFFERED"]


def test_no_more_is_remembered_than_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_MEANINGS", 1)
    tale = Tale()
    for number in range(3):
        tale.applied("2026-03-02", no=number)
    for chain in tale.record().years[2026].chains.values():
        assert effect_of(chain[0]) == effect_of(chain[0])
    assert len(module._MEANINGS) == 1


def test_no_more_chains_are_remembered_than_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_CHAINS", 1)
    tale = Tale()
    for number in range(3):
        tale.applied("2026-03-02", no=number)
        tale.applied("2026-03-03", "OFFERED", no=number)
    statuses = [str(known.effect.status) for known in tale.picture("2026-03-04").applications]
    assert statuses == ["OFFERED"] * 3
    assert len(module._CHAINS) == 1


def test_attendance_in_rows_is_asked_like_any_other() -> None:
    tale = Tale()
    tale.started("2026-08-20")
    for number, day in enumerate(("2026-08-24", "2026-09-01", "2026-09-07")):
        tale.present(day, id=str(UUID(int=0xA << 124 | number)))
        tale.absent(day, 1 + number, id=str(UUID(int=0xB << 124 | number)))
    tale.absent("2026-09-08", 0, 8, id=str(UUID(int=0xC << 124)))
    tale.absent("2026-09-09", 5, id="in-full")
    assert [key for key in tale.record().years[2026].full if key[:4] != "enr:"] == ["abs:99MA:E1:2026-09-09"]
    known = tale.picture("2026-09-09")
    assert [one.effect.day.day for one in known.presences] == [24, 1, 7]
    assert [one.effect.unauthorised for one in known.absences] == [1, 2, 3, 0, 5]
    assert [one.effect.unauthorised for one in known.without_leave] == [1, 2, 3, 5]
    assert (known.hours_missed, tale.picture("2026-09-02").hours_missed) == (11, 3)
    assert {day.isoformat() for day in known.weeks_seen} == {"2026-08-24", "2026-08-31", "2026-09-07"}
    last, first = known.last_seen(), known.first_seen("99MA:", date(2026, 8, 25))
    assert last is not None
    assert first is not None
    assert (last[0], first.fields["date"]) == (date(2026, 9, 7), "2026-09-01")
    assert known.first_seen("99MA:E1", date(2026, 9, 8)) is None


def test_hours_are_counted_by_what_was_received_and_not_taken_back() -> None:
    tale = Tale()
    for number, day in enumerate(("2026-09-01", "2026-09-02")):
        tale.absent(day, 4, id=str(UUID(int=0xB << 124 | number)))
    tale.absent("2026-09-10", 2, id=str(UUID(int=0xB << 124 | 9)), date="2026-08-31")
    tale.retract("2026-09-11", str(UUID(int=0xB << 124)))
    assert tale.picture("2026-09-03").hours_missed == 8
    assert tale.picture("2026-09-10").hours_missed == 10
    assert tale.picture("2026-09-11").hours_missed == 6


def test_what_is_in_rows_is_walked_to_like_any_other() -> None:
    tale = Tale()
    tale.started("2026-08-20", "2026-08-24")
    tale.present("2026-08-25", id=str(UUID(int=0xA << 124)))
    assert tale.walk("2026-08-26").learner.standings[2026].state == "ATTENDING"


def test_interest_takes_nothing_back() -> None:
    tale = Tale()
    tale.applied("2026-03-02", seq=1)
    tale.applied("2026-03-30", "INTEREST", seq=2)
    assert statuses(tale.picture("2026-04-20")) == ["RECEIVED"]
    alone = Tale()
    alone.applied("2026-03-02", "INTEREST", seq=1)
    alone.applied("2026-03-30", "INTEREST", seq=2)
    assert statuses(alone.picture("2026-04-20")) == ["INTEREST"]
