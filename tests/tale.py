"""A small language for tests: facts of one learner, told with the moments at which they were received.

Two schools and two institutions that do not exist: 99VA (Roermond, region 38) and 99VB (Venlo, region 38);
99MA (Roermond, sends presence) and 99MB (Eindhoven, region 37, sends none).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from shared.domain.action import Action
from shared.domain.advance import Step, advance
from shared.domain.alert import Alert
from shared.domain.case import Case
from shared.domain.catalogue import KINDS
from shared.domain.codes import CaseStatus, Role
from shared.domain.envelope import arrival_of
from shared.domain.event import Arrival
from shared.domain.facts import Record, merge
from shared.domain.learner import Learner, newcomer, take
from shared.domain.picture import Picture, picture
from shared.domain.situation import Situation, situation
from shared.domain.state import Projection, projection
from shared.domain.world import Institution, Municipality, Reference, Site, World
from shared.runtime.reference import policies

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
REF = "LXEWQrcmsEQBYnyp-6wy9chTD7GQPMTbAiWHF5IaSIE"
SOURCE = "urn:nld:oin:00000099000000001000:systeem:sis-voorbeeld"
OTHER_SOURCE = "urn:nld:oin:00000099000000002000:systeem:relay-voorbeeld"
YEAR = 2026


def moment(text: str) -> datetime:
    """`2026-04-13 06:00` in Europe/Amsterdam, as a moment in UTC; a day alone is noon."""
    text = text if " " in text else f"{text} 12:00"
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=AMSTERDAM).astimezone(UTC)


def local(at: datetime | None) -> str | None:
    """The other way round, for readable expectations."""
    return at.astimezone(AMSTERDAM).strftime("%Y-%m-%d %H:%M") if at else None


def _site(code: str, municipality: str, holidays: str = "zuid") -> Site:
    return Site(code, municipality, holidays)


WORLD = World(
    institutions={
        "99VA": Institution("99VA", Role.VO_SCHOOL, "Vmbo Oost", False, (_site("99VA00", "0957"),)),
        "99VB": Institution("99VB", Role.VO_SCHOOL, "Vmbo Noord", False, (_site("99VB00", "0983"),)),
        "99MA": Institution("99MA", Role.MBO_INSTITUTION, "ROC West", True, (_site("99MA00", "0957"),)),
        "99MB": Institution("99MB", Role.MBO_INSTITUTION, "ROC Ver", False, (_site("99MB00", "0772"),)),
        "RMC38": Institution("RMC38", Role.RMC_DESK, "Regio 38", False, region="38"),
    },
    reference=Reference(
        municipalities={
            "0957": Municipality("0957", "Roermond", "38", "zuid"),
            "0983": Municipality("0983", "Venlo", "38", "zuid"),
            "0772": Municipality("0772", "Eindhoven", "37", "zuid"),
            "0363": Municipality("0363", "Amsterdam", "21", "noord"),
        },
        regions={"38": "Limburg-Noord", "37": "Zuidoost-Brabant", "21": "Agglomeratie Amsterdam"},
    ),
    policies=policies(),
)
"""The small world of the tests; 2026/27 begins on 24 August in holiday region zuid."""


@dataclass
class Tale:
    """One learner's facts, in the order of telling."""

    ref: str = REF
    year: int = YEAR
    source: str = SOURCE
    arrivals: list[Arrival] = field(default_factory=list)
    numbers: Iterable[int] = field(default_factory=lambda: count(1))

    def tell(self, name: str, at: str, sender: str, **fields: Any) -> str:
        """One event, received at `at`; `occurred`, `seq`, `supersedes`, `source` and `id` may be given."""
        received = moment(at)
        occurred = fields.pop("occurred", None)
        source = fields.pop("source", self.source)
        event_id = fields.pop("id", f"e{next(iter(self.numbers))}")
        data: dict[str, Any] = {
            "studentRef": self.ref,
            "keyVersion": 1,
            "transitionYear": self.year,
            "senderOrg": sender,
            "occurredAt": (moment(occurred) if occurred else received).isoformat(),
        }
        if "seq" in fields:
            data["sourceSeq"] = fields.pop("seq")
        if "supersedes" in fields:
            data["supersedes"] = fields.pop("supersedes")
        data |= fields
        self.arrivals.append(arrival_of(KINDS[name].wire_type, event_id, source, received, received, data))
        return str(event_id)

    def listed(self, at: str, site: str = "99VA00", **fields: Any) -> str:
        """On the list of expected movers: sixteen years old, from Roermond, expected in mbo."""
        usual = {
            "voSite": site,
            "voType": "VMBO_KB",
            "grade": 4,
            "birthDate": "2009-11-20",
            "municipality": "0957",
            "expectedDestination": "MBO",
        }
        return self.tell("vo.learner.listed", at, site[:4], **(usual | fields))

    def changed(self, at: str, site: str = "99VA00", **fields: Any) -> str:
        """The school says something else; what is not given is as in `listed`."""
        usual = {
            "voSite": site,
            "voType": "VMBO_KB",
            "grade": 4,
            "birthDate": "2009-11-20",
            "municipality": "0957",
            "expectedDestination": "MBO",
        }
        return self.tell("vo.learner.changed", at, site[:4], **(usual | fields))

    def left(self, at: str, end: str, reason: str = "DIPLOMA", site: str = "99VA00", **fields: Any) -> str:
        """The enrolment in vo ends."""
        told = {"voSite": site, "endDate": end, "reason": reason}
        return self.tell("vo.learner.deregistered", at, site[:4], **(told | fields))

    def exam(self, at: str, outcome: str = "PASSED", site: str = "99VA00", **fields: Any) -> str:
        """A result, on the day it was received."""
        told = {"voSite": site, "outcome": outcome, "resultDate": at[:10]}
        return self.tell("vo.exam.result", at, site[:4], **(told | fields))

    def applied(
        self, at: str, status: str = "RECEIVED", mbo: str = "99MA", no: int = 1, **fields: Any
    ) -> str:
        """A step of an application, on the day it was received."""
        told = {
            "applicationRef": f"{mbo}:{no:08}",
            "mboBrin": mbo,
            "crebo": "25655",
            "level": 2,
            "track": "BOL",
            "intakeYear": self.year,
            "status": status,
            "statusDate": at[:10],
        }
        return self.tell("mbo.application.status", at, mbo, **(told | fields))

    def started(
        self, at: str, start: str = "2026-08-24", mbo: str = "99MA", no: str = "E1", **fields: Any
    ) -> str:
        """An enrolment in mbo."""
        told = {
            "mboBrin": mbo,
            "site": f"{mbo}00",
            "enrolmentNo": no,
            "crebo": "25655",
            "level": 2,
            "track": "BOL",
            "startDate": start,
        }
        return self.tell("mbo.enrolment.started", at, mbo, **(told | fields))

    def ended(
        self, at: str, end: str, reason: str = "7", mbo: str = "99MA", no: str = "E1", **fields: Any
    ) -> str:
        """The enrolment in mbo ends."""
        told = {"mboBrin": mbo, "enrolmentNo": no, "endDate": end, "reasonCode": reason}
        return self.tell("mbo.enrolment.ended", at, mbo, **(told | fields))

    def present(self, at: str, mbo: str = "99MA", no: str = "E1", **fields: Any) -> str:
        """Seen in a lesson on the day it was received."""
        sender, where = _enrolled(mbo, no, fields)
        return self.tell("attendance.present", at, sender, **(where | {"date": at[:10]} | fields))

    def absent(
        self,
        at: str,
        hours: float = 8,
        authorised: float = 0,
        mbo: str = "99MA",
        no: str = "E1",
        **fields: Any,
    ) -> str:
        """Lesson hours missed on the day it was received, in mbo; give `voSite` for a school."""
        told = {"date": at[:10], "unauthorisedHours": float(hours), "authorisedHours": float(authorised)}
        sender, where = _enrolled(mbo, no, fields)
        return self.tell("attendance.absent", at, sender, **(where | told | fields))

    def report(
        self, at: str, status: str = "R", begin: str = "", mbo: str = "99MA", no: str = "E1", **fields: Any
    ) -> str:
        """A step of an absence report; the number is the same unless `reportNo` is given."""
        told = {"reportNo": "R1", "type": "V3", "beginDate": begin or at[:10], "status": status}
        sender, where = _enrolled(mbo, no, fields)
        return self.tell("attendance.report", at, sender, **(where | told | fields))

    def placed(self, at: str, kind: str = "WORK_NO_QUALIFICATION", **fields: Any) -> str:
        """A confirmed destination, valid from the day it was received."""
        told = {"kind": kind, "validFrom": at[:10], "confirmedBy": "desk"}
        return self.tell("destination.confirmed", at, "RMC38", **(told | fields))

    def contact(self, at: str, result: str = "REACHED", **fields: Any) -> str:
        """A contact from a municipal system."""
        told = {"date": at[:10], "result": result, "by": "rmc_desk"}
        return self.tell("contact.recorded", at, "RMC38", **(told | fields))

    def moved(self, at: str, to: str, since: str, sender: str = "99VA", **fields: Any) -> str:
        """Lives elsewhere from a day on."""
        return self.tell("learner.moved", at, sender, municipality=to, validFrom=since, **fields)

    def dossier(
        self, at: str, stage: str = "B_DONE", handover: str | None = None, mbo: str = "99MA", **fields: Any
    ) -> str:
        """A step of the transfer file, by the school."""
        told = {"mboBrin": mbo, "stage": stage} | ({"warmHandover": handover} if handover else {})
        return self.tell("dossier.progress", at, "99VA", **(told | fields))

    def register(
        self, at: str, kind: str, since: str, mbo: str | None = "99MA", no: int = 1, **fields: Any
    ) -> str:
        """A line of the weekly delivery of the register."""
        told: dict[str, Any] = {"deltaNo": no, "kind": kind, "validFrom": since}
        told |= {"mboBrin": mbo} if mbo else {}
        return self.tell("register.delta", at, "RMC38", **(told | fields))

    def consent(self, at: str, granted: bool = True, **fields: Any) -> str:
        """Leave to share the transfer file."""
        told = {"scope": "DOSSIER_SHARING", "granted": granted, "date": at[:10]}
        return self.tell("consent.changed", at, "99VA", **(told | fields))

    def retract(self, at: str, target: str, sender: str = "99MA", **fields: Any) -> str:
        """An earlier event was posted in error."""
        return self.tell(
            "event.retracted", at, sender, targetEventId=target, reason="POSTED_IN_ERROR", **fields
        )

    def record(self) -> Record:
        """Everything told so far, merged."""
        record = Record(self.ref)
        for arrival in self.arrivals:
            record = merge(record, arrival).record
        return record

    def picture(self, at: str) -> Picture:
        """What was known at a moment."""
        return picture(self.record().years, self.year, moment(at))

    def situation(self, at: str, world: World = WORLD) -> Situation:
        """What the facts said at a moment."""
        return situation(self.picture(at), self.year, world, moment(at))

    def projection(self, at: str, world: World = WORLD) -> Projection:
        """State and flags at a moment."""
        return projection(self.situation(at, world))

    def state(self, at: str, world: World = WORLD) -> str:
        """The state at a moment."""
        return str(self.projection(at, world).state)

    def walk(self, until: str, *actions: Action, world: World = WORLD) -> Step:
        """The whole walk up to a moment."""
        return advance(take(newcomer(self.ref), self.record()), world, moment(until), actions)


def _enrolled(mbo: str, no: str, fields: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Who speaks of an enrolment, and how it is named."""
    if "voSite" in fields:
        return fields["voSite"][:4], {}
    return mbo, {"mboBrin": mbo, "enrolmentNo": no}


def act(at: str, action: str, alert: str | None = None, **fields: Any) -> Action:
    """What an RMC officer of region 38 does; give `role`, `region` or `org` for somebody else."""
    told = {
        "at": moment(at).isoformat(),
        "role": "rmc_desk",
        "region": "38",
        "studentRef": REF,
        "transitionYear": YEAR,
        "action": action,
        "alert": alert,
    }
    return msgspec.convert(told | fields, Action)


def alerts(learner: Learner) -> list[tuple[str, str, str | None, str | None]]:
    """Code, status, raised and how, in the order of raising."""
    return [(one.code, str(one.status), local(one.raised_at), one.how) for one in _by_time(learner.alerts)]


def alerts_of(learner: Learner, code: str) -> list[tuple[str, str, str | None, str | None]]:
    """The alerts of one code only: others may stand apart."""
    return [one for one in alerts(learner) if one[0] == code]


def cases(learner: Learner) -> list[tuple[str, str | None]]:
    """Status and moment of opening."""
    return [(str(case.status), local(case.opened_at)) for case in learner.cases]


def the_alert(learner: Learner, code: str) -> Alert:
    """The last alert of a code."""
    return [one for one in _by_time(learner.alerts) if one.code == code][-1]


def the_case(learner: Learner) -> Case:
    """The last case that is no stub."""
    return [case for case in learner.cases if case.status is not CaseStatus.TRANSFERRED][-1]


def _by_time(found: Iterable[Alert]) -> list[Alert]:
    return sorted(found, key=lambda one: (one.raised_at, one.code, one.episode))
