"""From the application to the enrolment: what the receiving institution posts of one learner."""

from __future__ import annotations

from datetime import date
from typing import Any

from services.simulate.learner import Life
from services.simulate.lessons import Lessons
from services.simulate.posting import Event
from services.simulate.region import seat
from services.simulate.school_year import Period
from shared.domain.calendar import DAY, add_working_days, next_working_day
from shared.domain.codes import VoType
from shared.domain.world import Institution
from shared.runtime.reference import reference

LEVELS = {VoType.VMBO_BB: (2,), VoType.VMBO_KB: (3, 4), VoType.VMBO_GL: (4,), VoType.VMBO_TL: (4,)}
"""The levels that a learner of this kind applies for; the others apply for the lowest two."""
NEWS = ("INTAKE_PLANNED", "INTAKE_DONE", "WAITLISTED", "WAITLISTED", "WAITLISTED", "WAITLISTED")
"""What an applicant hears while waiting, one after the other; then nothing more until it is decided."""
COMPLETED = 0.25
"""The share of enrolments of which the planned end is told later: the office works on in August."""
OFFICE: Period = (0, 8, 3), (0, 8, 28)
DELIVERY = 1
"""The register is delivered to the desks on this day of the week: Tuesday."""


class Application:
    """One application of a learner; each step is posted."""

    def __init__(self, life: Life, institution: Institution) -> None:
        life.applications += 1
        self.life = life
        self.institution = institution
        self.number = life.number * 10 + life.applications
        self.ref = f"{institution.org}:{self.number:08}"
        self.crebo, self.level = life.chance.choice(_programmes(LEVELS.get(life.vo_type, (1, 2))))
        self.track = "BBL" if life.number % 7 == 0 else "BOL"

    def step(self, day: date, status: str, **more: Any) -> Event:
        """The application comes to another status."""
        return self.life.tell(
            day,
            "mbo.application.status",
            self.institution.org,
            applicationRef=self.ref,
            mboBrin=self.institution.org,
            crebo=self.crebo,
            level=self.level,
            track=self.track,
            intakeYear=self.life.year.year,
            status=status,
            statusDate=day.isoformat(),
            **more,
        )

    def waits(self, since: date, until: date) -> None:
        """The institution keeps an applicant posted, within the terms for it, until something is decided."""
        day = since
        for status in NEWS:
            least, most = (11, 13) if day.month < 6 else (8, 9)
            day = add_working_days(day, self.life.chance.randint(least, most))
            if day >= until:
                break
            self.step(day, status)

    def enrols(self, day: date, start: date | None = None) -> Enrolment:
        """An agreement, and an enrolment from the first lesson day on, or from a later one."""
        self.step(day, "ENROLLED")
        begin = self.life.year.lessons_begin(seat(self.institution))
        return Enrolment(self, day, max(begin, day, start or begin))


class Enrolment:
    """One enrolment in mbo, its lessons, and what the register tells the desk of it."""

    def __init__(self, application: Application, told: date, start: date) -> None:
        life, institution = application.life, application.institution
        self.life = life
        self.institution = institution
        self.number = f"E{application.number:07}"
        self.start = start
        self.crebo = application.crebo
        agreed = {
            "mboBrin": institution.org,
            "enrolmentNo": self.number,
            "site": seat(institution).site,
            "crebo": self.crebo,
            "level": application.level,
            "track": application.track,
            "startDate": start.isoformat(),
            "applicationRef": application.ref,
        }
        life.tell(told, "mbo.enrolment.started", institution.org, **agreed)
        if life.chance.random() < COMPLETED:
            end = date(life.year.year + application.level, 7, 31).isoformat()
            day = life.within(OFFICE, add_working_days(told, 1))
            life.tell(day, "mbo.enrolment.started", institution.org, **agreed, plannedEndDate=end)
        self._delivered("ENROLMENT_ADDED", max(start, told), start)
        named = {"mboBrin": institution.org, "enrolmentNo": self.number}
        self.lessons = Lessons(life, institution.org, seat(institution), named, institution.presence)

    def attends(self, first: date | None = None, last: date | None = None) -> None:
        """Comes to the lessons, from the start on unless another day is given."""
        self.lessons.attends(max(self.start, first or self.start), last or self.life.year.last)

    def ends(self, day: date, reason: str) -> None:
        """The enrolment ends without a diploma; `day` is the last one in it."""
        self.life.tell(
            day,
            "mbo.enrolment.ended",
            self.institution.org,
            mboBrin=self.institution.org,
            enrolmentNo=self.number,
            endDate=day.isoformat(),
            reasonCode=reason,
        )
        self._delivered("ENROLMENT_ENDED", day, day + DAY)

    def _delivered(self, kind: str, day: date, first: date) -> None:
        """The desk receives a line of the register with the next delivery."""
        delivery = next_working_day(day + DAY * (1 + (DELIVERY - 1 - day.weekday()) % 7))
        self.life.tell(
            delivery,
            "register.delta",
            self.life.region.desk,
            deltaNo=int(self.number[1:]) * 2 + (kind == "ENROLMENT_ENDED"),
            kind=kind,
            validFrom=first.isoformat(),
            mboBrin=self.institution.org,
            crebo=self.crebo,
        )


def _programmes(levels: tuple[int, ...]) -> list[tuple[str, int]]:
    return [one for one in sorted(reference().levels.items()) if one[1] in levels]
