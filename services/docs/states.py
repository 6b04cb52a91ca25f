"""The states: the list of questions that gives one, and the steps between them that the stories tell."""

from __future__ import annotations

from collections import defaultdict

from services.docs.markdown import code, first, page, table
from services.docs.stories import TIME, Step, told
from shared.domain.codes import State
from shared.domain.state import FLAGS, STATES
from shared.domain.words import FLAGS as FLAG_WORDS
from shared.domain.words import STATES as WORDS


def text() -> str:
    """The page."""
    steps, _ = told()
    ladder = table(
        ("", "State", "In words", "Holds when"),
        (
            (number, state, WORDS[state][0], first(holds.__doc__))
            for number, (state, holds) in enumerate(STATES, start=1)
        ),
    )
    flags = table(("Flag", "In words"), ((code(str(flag)), FLAG_WORDS[flag][0]) for flag, _ in FLAGS))
    return page(
        "States",
        "A state is the first of these questions that is answered with yes; the last one always is. It "
        "follows from the facts and the day alone, so any state can follow any other when facts are "
        "corrected.",
        ladder,
        f"```mermaid\n{questions()}\n```",
        "## Steps that the stories tell",
        "Which state gave way to which, in the stories of `tests/histories`, by which event; `time` where "
        "a day was reached. Beside these every transition closes on 31 July of the next year.",
        f"```mermaid\n{diagram(steps)}\n```",
        _steps(steps),
        "## Flags beside the state",
        flags,
    )


def questions() -> str:
    """The list as a diagram: yes to the right, no to the next question."""
    lines = ["flowchart TD"]
    for number, (state, holds) in enumerate(STATES):
        question = first(holds.__doc__).rstrip(".").replace('"', "'").replace(";", ",")
        if number + 1 < len(STATES):
            lines.append(f'  q{number}{{{{"{question}?"}}}} -- yes --> {state}([{state}])')
            follows = f"q{number + 1}" if number + 2 < len(STATES) else f"{STATES[-1][0]}([{STATES[-1][0]}])"
            lines.append(f"  q{number} -- no --> {follows}")
    return "\n".join(lines)


def diagram(steps: dict[Step, set[str]]) -> str:
    """The steps as a state diagram; solid or not, an arrow says what brought it about."""
    causes: defaultdict[tuple[State, State], set[str]] = defaultdict(set)
    for step in steps:
        causes[step.before, step.after].add(step.cause)
    order = {state: number for number, (state, _) in enumerate(STATES)}
    pairs = sorted(causes, key=lambda pair: (order[pair[0]], order[pair[1]]))
    lines = ["stateDiagram-v2", "  direction LR"]
    lines += [f"  {before} --> {after} : {_label(causes[before, after])}" for before, after in pairs]
    return "\n".join(lines)


def _label(causes: set[str]) -> str:
    """Short enough for an arrow; the table below says all."""
    events = sorted(causes - {TIME})
    said = [*([TIME] if TIME in causes else []), *events]
    return said[0] if len(said) == 1 else f"{said[0]} and {len(said) - 1} more"


def _steps(steps: dict[Step, set[str]]) -> str:
    return table(
        ("From", "To", "By", "Told in"),
        (
            (step.before, step.after, step.cause if step.cause == TIME else code(step.cause), _stories(names))
            for step, names in sorted(steps.items())
        ),
    )


def _stories(names: set[str]) -> str:
    few = sorted(names)[:3]
    return ", ".join(few) + (f" and {len(names) - len(few)} more" if len(names) > len(few) else "")
