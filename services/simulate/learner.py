"""One invented learner: what the schools post about him or her in a year, one list of events."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from random import Random
from typing import Any

import msgspec

from services.simulate.region import Origin, Region, seat, vo_type
from shared.domain.calendar import AMSTERDAM, DAY, iso_week, next_working_day
from shared.domain.catalogue import KINDS
from shared.domain.codes import VoType
from shared.domain.world import Institution, World, first_lesson_day, is_lesson_day
from shared.runtime.reference import reference

Event = dict[str, Any]
RECORDED = time(16)
HAPPENED = time(14)
WEAK = frozenset({VoType.PRO, VoType.ISK, VoType.VSO_VERVOLG, VoType.VSO_ARBEID, VoType.VSO_DAG})
"""Where the states that nobody wants are three times as frequent."""
LEVELS = {VoType.VMBO_BB: (2,), VoType.VMBO_KB: (3, 4), VoType.VMBO_GL: (4,), VoType.VMBO_TL: (4,)}
"""The levels that a learner of this kind applies for; the others apply for the lowest two."""
RESITS = 0.12
"""The share of examinations that is passed after a re-sit only."""


class Posting(msgspec.Struct, frozen=True):
    """An event and the day on which it is posted."""

    day: date
    event: Event


class Life:
    """What one learner goes through; each method posts what the schools would."""

    def __init__(self, region: Region, world: World, year: int, seed: int, number: int) -> None:
        self.chance = Random(f"{seed}/{year}/{region.code}/{number}")  # noqa: S311
        self.region = region
        self.world = world
        self.year = year
        self.number = number
        self.postings: list[Posting] = []
        digest = sha256(f"{seed}/{year}/{region.code}/{number}".encode()).digest()
        self.ref = urlsafe_b64encode(digest).rstrip(b"=").decode()
        self.origin: Origin = region.origin(self.chance)
        self.vo_type = vo_type(self.origin, self.chance)
        self.home = region.home(self.origin, self.chance)
        self._seqs: dict[str, int] = {}
        self._applications = 0

    def between(self, first: date, last: date) -> date:
        """A working day in a period."""
        return next_working_day(first + timedelta(days=self.chance.randint(0, (last - first).days)))

    def tell(self, day: date, kind: str, sender: str, /, **fields: Any) -> Event:
        """Post one event on a day."""
        data: Event = {
            "studentRef": self.ref,
            "keyVersion": 1,
            "transitionYear": self.year,
            "senderOrg": sender,
            "occurredAt": _moment(day, HAPPENED),
            **fields,
        }
        key = KINDS[kind].subject_key(data)
        self._seqs[key] = data["sourceSeq"] = self._seqs.get(key, 0) + 1
        event = {
            "specversion": "1.0",
            "id": f"e-{self.year}-{self.number:05}-{len(self.postings):03}",
            "source": source(sender),
            "type": KINDS[kind].wire_type,
            "time": _moment(day, RECORDED),
            "datacontenttype": "application/json",
            "data": data,
        }
        self.postings.append(Posting(day, event))
        return event

    def again(self, event: Event, day: date, **changes: Any) -> None:
        """Post a later version of the same fact."""
        kind = event["type"].removeprefix("nl.school-transitions.").rpartition(".v")[0]
        fields = {
            name: value
            for name, value in event["data"].items()
            if name not in {"studentRef", "keyVersion", "transitionYear", "occurredAt", "sourceSeq"}
        }
        self.tell(day, kind, fields.pop("senderOrg"), **(fields | changes))

    def listed(self, expected: str = "MBO") -> Event:
        """On the list of expected movers, between October and the end of January."""
        born = self.between(date(self.year - 17, 8, 1), date(self.year - 16, 7, 31))
        if self.vo_type in WEAK:
            born = born.replace(year=born.year - self.chance.randint(0, 2), day=min(born.day, 28))
        return self.tell(
            self.between(date(self.year - 1, 10, 1), date(self.year, 1, 30)),
            "vo.learner.listed",
            self.origin.site[:4],
            voSite=self.origin.site,
            voType=self.vo_type.value,
            grade=5 if self.vo_type in WEAK else 4,
            birthDate=born.isoformat(),
            municipality=self.home,
            expectedDestination=expected,
            vulnerable=self.chance.random() < (0.6 if self.vo_type in WEAK else 0.1),
        )

    def leaves_school(self) -> None:
        """The result of the exam, and the end of the enrolment in vo."""
        school = self.origin.site[:4]
        if self.vo_type not in WEAK:
            if self.chance.random() < RESITS:
                self._result(self.between(date(self.year, 6, 11), date(self.year, 6, 12)), "FAILED")
                self._result(self.between(date(self.year, 7, 1), date(self.year, 7, 3)), "PASSED")
            else:
                self._result(self.between(date(self.year, 6, 11), date(self.year, 6, 12)), "PASSED")
        end = self.between(date(self.year, 7, 6), date(self.year, 7, 10))
        reason = "DIPLOMA" if self.vo_type not in WEAK else "TO_MBO"
        self.tell(
            end,
            "vo.learner.deregistered",
            school,
            voSite=self.origin.site,
            endDate=end.isoformat(),
            reason=reason,
        )

    def _result(self, day: date, outcome: str) -> None:
        self.tell(
            day,
            "vo.exam.result",
            self.origin.site[:4],
            voSite=self.origin.site,
            outcome=outcome,
            resultDate=day.isoformat(),
        )

    def found(self, day: date, kind: str) -> None:
        """The desk of the region has found the learner, and says where."""
        self.tell(
            day,
            "destination.confirmed",
            self.region.desk,
            kind=kind,
            validFrom=day.isoformat(),
            confirmedBy="desk",
            hoursPerWeek=24,
            reviewDate=date(self.year + 1, 1, 31).isoformat(),
        )

    def application(self, institution: Institution) -> Callable[..., Event]:
        """A new application; what is returned posts its steps: `step(day, status)`."""
        self._applications += 1
        wanted = LEVELS.get(self.vo_type, (1, 2))
        crebo, level = self.chance.choice(
            [one for one in sorted(reference().levels.items()) if one[1] in wanted]
        )
        ref = f"{institution.org}:{self.number * 10 + self._applications:08}"

        def step(day: date, status: str, **more: Any) -> Event:
            return self.tell(
                day,
                "mbo.application.status",
                institution.org,
                applicationRef=ref,
                mboBrin=institution.org,
                crebo=crebo,
                level=level,
                track="BBL" if self.number % 7 == 0 else "BOL",
                intakeYear=self.year,
                status=status,
                statusDate=day.isoformat(),
                **more,
            )

        return step

    def enrols(self, institution: Institution, step: Callable[..., Event], day: date) -> Enrolment:
        """An agreement, and an enrolment from the first lesson day on."""
        told = step(day, "ENROLLED")
        start = max(first_lesson_day(self.world, seat(institution), self.year, told_at(day)), day)
        enrolment = Enrolment(self, institution, f"E{self.number * 10 + self._applications:07}", start)
        self.tell(
            day,
            "mbo.enrolment.started",
            institution.org,
            mboBrin=institution.org,
            enrolmentNo=enrolment.number,
            site=seat(institution).site,
            crebo=told["data"]["crebo"],
            level=told["data"]["level"],
            track=told["data"]["track"],
            startDate=start.isoformat(),
            applicationRef=told["data"]["applicationRef"],
        )
        return enrolment


class Enrolment:
    """One enrolment in mbo; presence is posted when the institution can."""

    def __init__(self, life: Life, institution: Institution, number: str, start: date) -> None:
        self.life = life
        self.institution = institution
        self.number = number
        self.start = start

    def attends(self, first: date, last: date) -> None:
        """Seen in every lesson week of a period: the first lesson day of each."""
        if not self.institution.presence:
            return
        weeks: set[str] = set()
        day = max(first, self.start)
        while day <= last:
            lesson = is_lesson_day(self.life.world, seat(self.institution), day, told_at(day))
            if lesson and iso_week(day) not in weeks:
                weeks.add(iso_week(day))
                self.life.tell(
                    day,
                    "attendance.present",
                    self.institution.org,
                    mboBrin=self.institution.org,
                    enrolmentNo=self.number,
                    date=day.isoformat(),
                )
            day += DAY

    def ends(self, day: date, reason: str) -> Event:
        """The enrolment ends without a diploma."""
        return self.life.tell(
            day,
            "mbo.enrolment.ended",
            self.institution.org,
            mboBrin=self.institution.org,
            enrolmentNo=self.number,
            endDate=day.isoformat(),
            reasonCode=reason,
        )


def source(org: str) -> str:
    """The system of an organisation, as a URN."""
    return f"urn:nld:oin:00000099000000001000:systeem:sis-{org}"


def told_at(day: date) -> datetime:
    """A moment on a day, for what was known then."""
    return datetime.combine(day, RECORDED, AMSTERDAM)


def _moment(day: date, at: time) -> str:
    return datetime.combine(day, at, AMSTERDAM).isoformat()
