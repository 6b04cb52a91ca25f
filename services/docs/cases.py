"""The case table: every status with everything that a person can do, allowed or refused by name."""

from __future__ import annotations

from datetime import UTC, date, datetime

from services.docs.markdown import code, page, table
from shared.domain.action import Action, Refused
from shared.domain.case import ACTS, ENDS, MOVES, Case, act_of, move
from shared.domain.codes import CaseStatus, Role
from shared.domain.words import CASE_STATUSES

AT = datetime(2026, 9, 21, 10, tzinfo=UTC)
BEFORE = CaseStatus.GUIDANCE
"""What a parked case was in, in these examples."""


def text() -> str:
    """The page."""
    matrix = table(
        ("Status", *(code(act) for act in ACTS)),
        ((f"{status} ({_word(status)})", *(_outcome(status, act) for act in ACTS)) for status in CaseStatus),
    )
    needs = table(
        ("Act", "Refused without", "As people read it"),
        ((code(act), _needs(act)[0], _needs(act)[1]) for act in ACTS if _needs(act)[1]),
    )
    refused = move(_case(CaseStatus.CLOSED), _asked("assign"), 0)
    reason = refused.detail if isinstance(refused, Refused) else ""
    return page(
        "What a person can do with a case",
        "The literal table of moves in `shared/domain/case.py`. A cell tells the status after the act; "
        f"`stays` keeps it. Everything else is refused by name: `illegal-move`, “{reason}” for a case that "
        "is closed, with the status it has in its place.",
        matrix,
        "## What an act needs",
        needs,
        "## What nobody does by hand",
        "\n".join(
            [
                f"- {', '.join(sorted(ENDS))} are ends: nothing leaves them.",
                "- Before the intake a case closes by itself with its last open alert; a correction closes "
                "only a case that nobody had touched, and marks any other (`ground_removed`).",
                "- Parking ends on its day in the status that it interrupted; aftercare closes the case "
                "while the learner still has a place.",
                "- When the learner moves to another region the case goes along, and a stub (TRANSFERRED) "
                "stays.",
            ]
        ),
    )


def _outcome(status: CaseStatus, act: str) -> str:
    if (status, act) not in MOVES:
        return "refused"
    after = MOVES[status, act]
    if after is not None:
        return f"**{after}**"
    return "**as before**" if act == "resume" else "stays"


def _word(status: CaseStatus) -> str:
    return CASE_STATUSES[status][0].format(date="…")


NEEDS = {
    "contact-attempt": "`result`, and a `date` that is not ahead",
    "to-aftercare": "`destination`",
    "park": "`until`, after today",
    "transfer": "`region`, another one",
    "close": "`destination`; from AFTERCARE the one given on entering it will do",
}


def _needs(act: str) -> tuple[str, str]:
    """What has to come with an act, and what a person reads when it does not."""
    status = next(status for status, name in MOVES if name == act)
    found = move(_case(status), _asked(act), 0)
    return NEEDS.get(act, ""), found.detail if isinstance(found, Refused) else ""


def _asked(act: str) -> Action:
    """The bare act, without anything that it may need."""
    to = {f"to-{status.lower()}": status for status in CaseStatus} | {
        "park": CaseStatus.PARKED,
        "resume": BEFORE,
    }
    bare = Action(AT, Role.RMC_DESK, "", 2026, "move" if act in to else act, to=to.get(act))
    assert act in (act_of(bare), "resume")  # noqa: S101 the table is about what people ask
    return bare


def _case(status: CaseStatus) -> Case:
    parked = {"parked_in": BEFORE, "until": date(2026, 10, 1)} if status is CaseStatus.PARKED else {}
    return Case("", "", 2026, status, AT, "38", **parked)  # type: ignore[arg-type]
