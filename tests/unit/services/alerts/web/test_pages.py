"""The pages as text, from one story: what an officer reads, and what nobody may."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from msgspec.structs import replace

from services.alerts.web import story
from services.alerts.web.facts import ANNULLED, CONFLICT, COUNTS, REPLACED, facts_of
from services.alerts.web.offers import Offer
from services.alerts.web.offers import of_case as of_case_offers
from services.alerts.web.officers import Officer
from services.alerts.web.records import CaseRow, LearnerRow
from services.alerts.web.render import Frame, html
from services.alerts.web.sheets import CaseSheet, Sheets, choices
from services.alerts.web.sight import facts_for, of_case, of_learner, sees_timeline
from services.alerts.web.targets import Work
from services.replay.lines import Reading
from services.replay.play import play, world_of
from shared.domain.codes import CaseFlag, Role
from shared.domain.ids import handle, learner_id
from shared.domain.learner import Learner
from shared.domain.world import World

HISTORIES = Path(__file__).parents[4] / "histories"
DESK = Officer("issuer rmc", "Samira Voorbeeld", Role.RMC_DESK, "38")
BROKER = Officer("issuer makelaar", "Noor Voorbeeld", Role.VSV_BROKER, "38")
COLLEGE = Officer("issuer roc", "Joris Voorbeeld", Role.MBO_INSTITUTION, org="99MA")
SCHOOL = Officer("issuer vo", "Els Voorbeeld", Role.VO_SCHOOL, org="99VA", sites=("99VA00",))


def told(name: str, at: str, who: int = 0) -> tuple[Learner, World, datetime]:
    """A learner of a story at a moment: the first, or the one with this number."""
    reading = Reading()
    for _ in reading.events(HISTORIES / f"{name}.json"):
        pass
    moment = datetime.fromisoformat(at).astimezone(UTC)
    world = world_of(reading, None)
    return list(play(reading, world, moment))[who], world, moment


def row_of(learner: Learner) -> LearnerRow:
    """The learner as it is read."""
    ref = learner.student_ref
    return LearnerRow(
        learner, learner_id(ref), handle(ref), 0, 1, ("R38",), datetime(2030, 1, 1, tzinfo=UTC).date()
    )


@pytest.fixture(scope="module")
def out_of_sight() -> tuple[Learner, World, datetime]:
    """Nobody has heard of Gijs since his diploma; the desk picked the alert up and reached him."""
    return told("out-of-sight", "2026-10-09T09:00:00+02:00")


def sheet_of(learner: Learner, world: World, at: datetime) -> CaseSheet:
    """The sheet of the learner's case."""
    case = learner.cases[-1]
    return Sheets(world, at, {}).of_case(CaseRow(case, learner_id(case.student_ref), 1), row_of(learner))


def frame(at: datetime, *, late: bool = False) -> Frame:
    """What stands around a page."""
    complete = at - timedelta(minutes=5 if late else 0, seconds=10)
    return Frame("Samira Voorbeeld", "Doorstroompunt (RMC)", "token", at, True, at, complete, late)


class Structure(HTMLParser):
    """What a page is made of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        self.tags.append(tag)
        self.attributes += attrs


def cases_page(sheets: list[CaseSheet], at: datetime, **more: object) -> str:
    """The list as text."""
    values: dict[str, object] = {
        "frame": frame(at),
        "region": "regio 38 Limburg-Noord",
        "today": at.date(),
        "counts": [(one, sum(map(one.holds, sheets))) for one in choices(DESK.subject)],
        "chosen": "",
        "sheets": sheets,
        "after": None,
        "paged": False,
    }
    return html("cases.html", **(values | more))


def test_a_row_says_who_why_where_and_until_when(out_of_sight: tuple[Learner, World, datetime]) -> None:
    learner, world, at = out_of_sight
    page = cases_page([sheet_of(learner, world, at)], at)
    for said in (
        handle(learner.student_ref),
        "16-17 jaar",
        "Roermond",
        "Uit beeld: nergens ingeschreven, geen bericht",
        "daarna 20 werkdagen niets",
        "Vmbo Oost",
        "nog geen instelling",
        "uit beeld",
        "contact zoeken",
        "werkdagen te laat",
        "Oefenklok:",
    ):
        assert said in page


def test_a_page_tells_nothing_that_leads_to_a_person(out_of_sight: tuple[Learner, World, datetime]) -> None:
    learner, world, at = out_of_sight
    pages = cases_page([sheet_of(learner, world, at)], at) + case_page(learner, world, at)
    assert learner.student_ref not in pages
    assert "2009-11-20" not in pages
    assert "20 november 2009" not in pages


def case_page(learner: Learner, world: World, at: datetime, offers: Sequence[Offer] = ()) -> str:
    """The page of the learner's case."""
    facts = facts_for(DESK, learner, world, at)
    return html(
        "case.html",
        frame=frame(at),
        sheet=sheet_of(learner, world, at),
        work=Work("/desk/cases/c", 1, "", "key"),
        offers=offers,
        notes=(),
        lines=story.story(story.of_facts(facts)),
        kinds=story.KINDS,
        kind="",
    )


def test_pages_have_one_heading_landmarks_and_no_inline_style(
    out_of_sight: tuple[Learner, World, datetime],
) -> None:
    learner, world, at = out_of_sight
    for page in (cases_page([sheet_of(learner, world, at)], at), case_page(learner, world, at)):
        made = Structure(page)
        assert made.tags.count("h1") == 1
        assert {"header", "nav", "main", "footer"} <= set(made.tags)
        assert not {"style", "script"} & set(made.tags)
        names = [name for name, _ in made.attributes]
        assert not [name for name in names if name == "style" or name.startswith("on")]
        ids = [value for name, value in made.attributes if name == "id"]
        assert len(ids) == len(set(ids))


def test_an_empty_and_a_late_list_say_so(out_of_sight: tuple[Learner, World, datetime]) -> None:
    _, _, at = out_of_sight
    assert "Niets te doen." in cases_page([], at)
    assert "Vertraging: bijgewerkt tot" in cases_page([], at, frame=frame(at, late=True))


def test_words_of_others_are_shown_as_words(out_of_sight: tuple[Learner, World, datetime]) -> None:
    _, _, at = out_of_sight
    page = cases_page([], at, region="<script>alert(1)</script>")
    assert "<script>" not in page


def test_a_desk_reads_the_timeline_while_a_case_is_open(
    out_of_sight: tuple[Learner, World, datetime],
) -> None:
    learner, world, at = out_of_sight
    placed, elsewhere, then = told("placed", "2026-06-01T09:00:00+02:00")
    assert sees_timeline(DESK, learner)
    assert facts_for(DESK, learner, world, at)
    assert not sees_timeline(DESK, placed)
    assert facts_for(DESK, placed, elsewhere, then) == []
    assert facts_for(BROKER, placed, elsewhere, then)


def test_parties_read_their_own_part_only() -> None:
    learner, world, at = told("two-applications", "2026-06-01T09:00:00+02:00")
    theirs = facts_for(COLLEGE, learner, world, at)
    assert theirs
    assert {fact.version.sender for fact in theirs} == {"99MA"}
    shown = of_learner(row_of(learner), COLLEGE, world)
    assert all("state" not in year and "cases" not in year for year in shown["years"])
    kinds = {fact.version.kind for fact in facts_for(SCHOOL, learner, world, at)}
    assert "mbo.application.status" in kinds
    assert "attendance.present" not in kinds


def test_a_broker_reads_of_a_case_only_how_it_stands(out_of_sight: tuple[Learner, World, datetime]) -> None:
    learner, _, _ = out_of_sight
    row = CaseRow(learner.cases[-1], learner_id(learner.student_ref), 1)
    assert {"alerts", "flags"} <= of_case(row, DESK).keys()
    assert not {"alerts", "flags", "destination"} & of_case(row, BROKER).keys()


def test_every_event_says_whether_it_counts() -> None:
    standings = set()
    for name in ("corrected", "contradiction", "two-applications", "placed"):
        learner, world, at = told(name, "2026-10-30T09:00:00+01:00")
        standings |= {fact.standing for fact in facts_of(learner.record, world, at)}
    assert standings == {COUNTS, REPLACED, ANNULLED, CONFLICT}


def test_a_story_runs_from_new_to_old(out_of_sight: tuple[Learner, World, datetime]) -> None:
    learner, world, at = out_of_sight
    lines = list(story.of_facts(facts_of(learner.record, world, at)))
    for alert in learner.alerts:
        lines += story.of_alert(alert, world, {})
    for case in learner.cases:
        lines += story.of_case(case, {})
    told_lines = story.story(lines)
    assert [line.order for line in told_lines] == sorted((line.order for line in lines), reverse=True)
    assert {line.kind for line in told_lines} == set(story.KINDS)
    said = [line.what for line in told_lines]
    assert "Gesproken (poging 1)" in said
    assert any(line.startswith("Dossier geopend door A10") for line in said)


@pytest.mark.parametrize(
    ("flag", "said"),
    [
        (CaseFlag.CLOSURE_PROPOSED, "De leerling is weer in beeld: uit beeld. Kan dit dossier dicht?"),
        (CaseFlag.GROUND_REMOVED, "De aanleiding van dit dossier is vervallen. Kan het dicht?"),
    ],
)
def test_a_proposal_to_close_stands_above_what_can_be_done(
    out_of_sight: tuple[Learner, World, datetime], flag: CaseFlag, said: str
) -> None:
    learner, world, at = out_of_sight
    case = replace(learner.cases[-1], flags=(flag,))
    page = case_page(replace(learner, cases=(case,)), world, at, of_case_offers(DESK, case))
    assert page.index(said) < page.index("Dossier sluiten") < page.index("Contact vastleggen")
    assert said not in case_page(replace(learner, cases=(case,)), world, at)
