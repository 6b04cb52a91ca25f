"""When an institution was last heard of: once a day for each family."""

from __future__ import annotations

from datetime import UTC, datetime

from services.registration.silence import FirstOfDay, Heard, Kept, families, marked
from shared.domain.catalogue import KINDS
from shared.domain.envelope import Checked
from shared.domain.heard import Spell
from tests.tale import moment
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


def mark(family: str, at: str) -> FirstOfDay:
    return FirstOfDay("99VA", family, moment(at))


def test_of_one_family_the_first_of_a_day_stands() -> None:
    kept = marked(Kept({}, {}), [mark("vo", "2026-03-02 09:00")])
    assert marked(kept, [mark("vo", "2026-03-02 08:00")]).last == {"vo": moment("2026-03-02 09:00")}
    assert marked(kept, [mark("vo", "2026-03-03 08:00")]).last == {"vo": moment("2026-03-03 08:00")}


def test_anything_is_a_sign_of_the_institution_and_a_list_of_its_site() -> None:
    listed = [mark("vo", "2026-03-02 09:00"), mark("vo.learner.listed:99VA00", "2026-03-02 09:00")]
    kept = marked(Kept({}, {}), [*listed, mark("calendar", "2026-03-03 09:00")])
    assert kept.heard == {
        "99VA": (Spell(moment("2026-03-02 09:00"), moment("2026-03-03 09:00")),),
        "99VA00": (Spell(moment("2026-03-02 09:00"), moment("2026-03-02 09:00")),),
    }


def test_what_was_marked_before_changes_nothing() -> None:
    marks = [mark("vo", "2026-03-02 09:00")]
    kept = marked(Kept({}, {}), marks)
    assert marked(kept, marks) == kept
