"""The applications of a learner for mbo, each with the class in which it counts on a day.

Source: docs/domain.md 4 and 6, rulings 14, 23, 34, 43.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

import msgspec

from shared.domain import effect
from shared.domain.calendar import study_year
from shared.domain.codes import ApplicationStatus
from shared.domain.enrolment import Enrolment
from shared.domain.event import Version
from shared.domain.events.mbo_application_status import subject_key
from shared.domain.picture import Known, Picture, effect_of

CLOSED, OPEN, OFFER, POSITIVE = range(4)
"""Classes of an application, the best last (ruling 23)."""

CLASS: Mapping[ApplicationStatus, int] = {
    ApplicationStatus.RECEIVED: OPEN,
    ApplicationStatus.INTAKE_PLANNED: OPEN,
    ApplicationStatus.INTAKE_DONE: OPEN,
    ApplicationStatus.WAITLISTED: OPEN,
    ApplicationStatus.PLACED_PROVISIONAL: OFFER,
    ApplicationStatus.OFFERED: OFFER,
    ApplicationStatus.NOT_ENROLLABLE: CLOSED,
    ApplicationStatus.WITHDRAWN: CLOSED,
    ApplicationStatus.ENROLLED: POSITIVE,
    ApplicationStatus.ENDED: CLOSED,
}
"""The class of each status; INTEREST is no application."""


class Applied(msgspec.Struct, frozen=True):
    """One application and the class it counts in on the day, its enrolment taken into account.

    `enrolment` is the one that takes it up (ruling 34), also when that begins later or is over.
    """

    application: effect.Application
    version: Version
    first_date: date
    grade: int
    enrolment: Enrolment | None = None

    @property
    def key(self) -> str:
        """The subject key of the fact: what tells this application from others."""
        return subject_key(self.version.fields)

    @property
    def rank(self) -> tuple[int, date, str]:
        """The greatest is the best (ruling 23)."""
        return self.grade, self.application.status_date, self.application.ref


def taken_up(picture: Picture, enrolments: Iterable[Enrolment]) -> dict[str, Enrolment]:
    """By application the enrolment that takes it up, named or found (rulings 34 and 43)."""
    taken = {one.application_ref: one for one in enrolments if one.application_ref}
    for one in enrolments:
        if not one.application_ref and one.version is not one.end_version:
            ref = _best_of(picture, one, taken)
            if ref:
                taken[ref] = one
    return taken


def applications(picture: Picture, taken: Mapping[str, Enrolment], today: date) -> tuple[Applied, ...]:
    """Every application; `taken` are those that an enrolment took up."""
    return tuple(
        _applied(known, taken.get(known.effect.ref), today)
        for known in picture.applications
        if known.effect.status in CLASS
    )


def _applied(known: Known[effect.Application], enrolment: Enrolment | None, today: date) -> Applied:
    grade = _class_of(known.effect, enrolment, today)
    return Applied(known.effect, known.version, first_status_date(known), grade, enrolment)


def first_status_date(known: Known[effect.Application]) -> date:
    """When the application was first heard of."""
    first = effect_of(known.first)
    return min(
        known.effect.status_date, first.status_date if isinstance(first, effect.Application) else date.max
    )


def _best_of(picture: Picture, one: Enrolment, taken: Mapping[str, Enrolment]) -> str | None:
    """The application that an enrolment takes up which names none (ruling 43)."""
    fitting = [
        known
        for known in picture.applications
        if known.effect.brin == one.brin
        and known.effect.ref not in taken
        and known.effect.status in CLASS
        and known.effect.intake_year in (one.start.year, study_year(one.start))
        and first_status_date(known) <= one.start
    ]
    if not fitting:
        return None
    return max(
        fitting, key=lambda known: (CLASS[known.effect.status], known.effect.status_date, known.effect.ref)
    ).effect.ref


def _class_of(application: effect.Application, enrolment: Enrolment | None, today: date) -> int:
    """ENROLLED from the enrolment's start, ENDED from its end, also before it began (ruling 34)."""
    if enrolment is None:
        return CLASS[application.status]
    if enrolment.end is not None and enrolment.end < today:
        return CLOSED
    return CLASS[application.status] if today < enrolment.start else POSITIVE
