"""What happens in a life beside its fate: the hand-over between schools, a move, leave, another pseudonym."""

from __future__ import annotations

from datetime import date

from services.simulate.learner import Life
from services.simulate.school_year import Period
from shared.domain.calendar import add_working_days
from shared.domain.world import Institution
from shared.runtime.reference import reference

FILED = 0.25
"""The share of learners who are not vulnerable and have a transfer file all the same."""
TALKS: tuple[tuple[Period, int], ...] = (
    (((0, 6, 8), (0, 7, 8)), 80),
    (((0, 9, 2), (0, 9, 28)), 12),
    (((0, 10, 5), (0, 10, 14)), 4),
)
"""When schools speak of a vulnerable learner, and of how many in a hundred; of the others they never do."""
MOVES, FAR = 0.015, 0.3
"""The share of learners who move, and of those the share who leave the region."""
CONSENTS, REVOKED = 0.04, 0.15
"""The share of learners who give leave to share more, and of those the share who take it back."""
RELINKED = 0.003
"""The share of learners who get another pseudonym during the year."""


def hands_over(life: Life, institution: Institution, offered: date) -> None:
    """The transfer file of a learner on its way, and for the vulnerable a talk between the schools."""
    if not life.vulnerable and life.chance.random() >= FILED:
        return
    need = "NEEDED" if life.vulnerable else "NOT_NEEDED"
    day = life.within(((0, 4, 7), (0, 5, 29)), offered)
    for stage in ("A_DONE", "B_DONE", "SENT"):
        _files(life, day, institution, stage, need)
        day = add_working_days(day, life.chance.randint(2, 8))
    if life.vulnerable:
        draw = life.chance.randrange(100)
        for period, percent in TALKS:
            if 0 <= draw < percent:
                _files(life, life.within(period, day), institution, "PROCESSED", "DONE")
            draw -= percent


def _files(life: Life, day: date, institution: Institution, stage: str, need: str) -> None:
    told = {"mboBrin": institution.org, "stage": stage, "warmHandover": need}
    life.tell(day, "dossier.progress", life.school, **told)


def beside(life: Life) -> None:
    """What some schools of origin post of their learners beside everything else."""
    if life.is_listed:
        for happens in (_is_linked, _tells_home, _moves, _consents):
            happens(life)


def meets_another_key(life: Life) -> None:
    """Decide beforehand whether the learner begins the year under another pseudonym."""
    if life.chance.random() < RELINKED:
        life.linked = life.within(((0, 2, 2), (0, 5, 29)))


def _is_linked(life: Life) -> None:
    if life.linked:
        told = {"oldRef": life.former_ref, "newRef": life.ref}
        life.tell(life.linked, "learner.linked", life.school, **told)


def _tells_home(life: Life) -> None:
    """A school that did not know the home says it after some days."""
    listed = [one for one in life.postings if one.kind in ("vo.learner.listed", "vo.learner.changed")]
    if life.told_home != life.home and len(listed) == 1:
        day = add_working_days(life.known, life.chance.randint(3, 10))
        life.changes(listed[0].event, day, municipality=life.home)


def _moves(life: Life) -> None:
    if life.chance.random() >= MOVES:
        return
    day = life.within(((0, 2, 2), (0, 9, 11)), life.known)
    far = life.chance.random() < FAR
    there = [
        one.code
        for one in sorted(reference().municipalities.values(), key=lambda one: one.code)
        if (one.region != life.region.code) == far and one.code != life.home
    ]
    told = {"municipality": life.chance.choice(there), "validFrom": day.isoformat()}
    life.tell(day, "learner.moved", life.school, **told)


def _consents(life: Life) -> None:
    if life.chance.random() >= CONSENTS:
        return
    day = life.within(((0, 3, 2), (0, 5, 29)))
    told = {"scope": "DOSSIER_SHARING", "granted": True, "date": day.isoformat()}
    life.tell(day, "consent.changed", life.school, **told)
    if life.chance.random() < REVOKED:
        day = add_working_days(day, life.chance.randint(5, 40))
        life.tell(day, "consent.changed", life.school, **told | {"granted": False, "date": day.isoformat()})
