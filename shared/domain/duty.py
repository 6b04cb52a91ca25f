"""How long somebody has to be in education, day by day [L].

Compulsory education (leerplicht) ends on 31 July of the school year in which a learner turns 16; then
comes the duty to qualify (kwalificatieplicht), until the 18th birthday or a basic qualification. Source:
docs/domain.md 2 and 7.4. Days are local dates in Europe/Amsterdam.
"""

from __future__ import annotations

from datetime import date

from shared.domain.calendar import DAY, study_year
from shared.domain.person import birthday

ADULT = 18
LEAVING_AGE = 16


def compulsory_until(birth_date: date) -> date:
    """The last day of compulsory education."""
    return date(study_year(birthday(birth_date, LEAVING_AGE)) + 1, 7, 31)


def minor_until(birth_date: date) -> date:
    """The last day before the 18th birthday: the end of the duty to qualify."""
    return birthday(birth_date, ADULT) - DAY


def bound_until(birth_date: date | None, qualified: bool) -> date | None:
    """The last day on which absence breaks a duty; None when nobody knows the age (ruling 30)."""
    if birth_date is None:
        return None
    return compulsory_until(birth_date) if qualified else minor_until(birth_date)
