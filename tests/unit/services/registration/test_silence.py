"""When an institution was last heard of: once a day for each family."""

from __future__ import annotations

from datetime import UTC, datetime

from services.registration.silence import FirstOfDay, Heard, families
from shared.domain.catalogue import KINDS
from shared.domain.envelope import Checked
from tests.unit.services.registration.door import SOURCE

MONDAY = datetime(2026, 9, 21, 21, 59, tzinfo=UTC)  # 23:59 in the Netherlands
TUESDAY = datetime(2026, 9, 21, 22, 0, tzinfo=UTC)


def checked(name: str) -> Checked:
    return Checked("ev-1", SOURCE, KINDS[name], MONDAY, dict(KINDS[name].example))


def test_a_family_is_the_part_before_the_first_dot() -> None:
    assert families(checked("mbo.enrolment.started")) == ("mbo",)
    assert families(checked("attendance.present")) == ("attendance",)


def test_a_list_of_leavers_also_counts_for_its_site() -> None:
    listed = checked("vo.learner.listed")
    assert families(listed) == ("vo", f"vo.learner.listed:{listed.data['voSite']}")


def test_a_mark_is_made_until_it_is_known_to_be_stored() -> None:
    heard, event = Heard(), checked("attendance.present")
    marks = heard.first(event, MONDAY)
    assert marks == (FirstOfDay(event.sender, "attendance", MONDAY),)
    assert heard.first(event, MONDAY) == marks
    heard.stored(marks)
    assert heard.first(event, MONDAY) == ()


def test_midnight_in_the_netherlands_begins_a_new_day() -> None:
    heard, event = Heard(), checked("attendance.present")
    heard.stored(heard.first(event, MONDAY))
    assert heard.first(event, TUESDAY) != ()


def test_a_mark_of_yesterday_that_is_stored_late_does_not_count_for_today() -> None:
    heard, event = Heard(), checked("attendance.present")
    late = heard.first(event, MONDAY)
    heard.first(event, TUESDAY)
    heard.stored(late)
    assert heard.first(event, TUESDAY) != ()
