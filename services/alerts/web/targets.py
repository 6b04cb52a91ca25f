"""What an officer acts on: an alert or a case, with the learner, how it stands, and what may be done."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from services.alerts.web import changes, forms, offers, records, sight
from services.alerts.web.access import Look, missing
from services.alerts.web.changes import Looks, Seen
from services.alerts.web.forms import Filled, Form
from services.alerts.web.offers import Offer
from services.alerts.web.officers import Officer
from services.alerts.web.records import LearnerRow
from services.alerts.web.sheets import Sheets
from services.alerts.web.visits import Visit
from shared.domain import deeds, words
from shared.domain.action import Action, Refused
from shared.domain.alert import Alert
from shared.domain.case import Case, act_of
from shared.domain.codes import CaseStatus
from shared.domain.routing import desk_role, role_at
from shared.domain.words import ROLES, explain, level_name

ALERTS, CASES = "alerts", "cases"
"""What can be acted on, as addresses name it."""

ACTS = {
    offers.ACKNOWLEDGEMENTS: "acknowledge",
    offers.SNOOZES: "snooze",
    offers.CASES: "open",
    offers.ASSIGNMENTS: "assign",
    offers.ATTEMPTS: "contact-attempt",
}
"""What is asked at each place; at the transitions of a case that is told by where it goes."""


class Work(msgspec.Struct, frozen=True):
    """What every form about one alert or case carries: where it is asked, and what the officer saw.

    `key` makes a form that is sent twice one action.
    """

    address: str
    revision: int
    seen: str
    key: str


class Target(msgspec.Struct, frozen=True):
    """One alert or case; exactly one of the two."""

    sheets: Sheets
    officer: Officer
    row: LearnerRow
    revision: int
    alert: Alert | None = None
    case: Case | None = None

    @property
    def id(self) -> str:
        """Its id in addresses."""
        return self.alert.alert_id if self.alert else self._case.case_id

    @property
    def address(self) -> str:
        """Its page."""
        return f"/desk/{ALERTS if self.alert else CASES}/{self.id}"

    @property
    def year(self) -> int:
        """The transition year it is about."""
        return self.alert.year if self.alert else self._case.year

    @property
    def back(self) -> str:
        """The words of the link to its page."""
        return "Terug naar de melding" if self.alert else "Terug naar het dossier"

    @property
    def subject(self) -> str:
        """What it is, in a few words."""
        if self.alert:
            return f"melding {self.alert.code} {explain(self.alert, self.sheets.world).title}"
        return f"dossier, {changes.status_words(self._case)}"

    @property
    def _case(self) -> Case:
        assert self.case is not None  # noqa: S101 one of the two is there
        return self.case

    def looks(self) -> Looks:
        """How it stands."""
        if self.alert is None:
            return changes.of_case(self._case, self.row.learner.alerts, self.sheets.names)
        now = self.sheets.situation(self.row.learner, self.year)
        holder = level_name(self.alert.level, role_at(now, self.alert.level))
        return changes.of_alert(self.alert, holder, self.sheets.names)

    def work(self) -> Work:
        """What a form about it carries."""
        seen = changes.write(Seen(self.revision, self.looks(), self.sheets.at))
        return Work(self.address, self.revision, seen, secrets.token_urlsafe(12))

    def offers(self) -> list[Offer]:
        """What may be done now."""
        if self.alert is None:
            return offers.of_case(self.officer, self._case)
        now = self.sheets.situation(self.row.learner, self.year)
        return offers.of_alert(self.officer, self.alert, self.row.learner.cases, ROLES[desk_role(now)][0])

    def offer(self, path: str, to: str | None) -> Offer | None:
        """The one that is asked for at this place, when it is among them."""
        own = (one for one in self.offers() if one.path == path)
        return next((one for one in own if one.to is None or one.to.value == to), None)

    def closed_offer(self, path: str, to: str | None) -> Offer:
        """What was asked for and cannot be done any more, to show what was filled in. Raises Problem 404."""
        if path != offers.TRANSITIONS:
            return Offer(ACTS[path], words.ACTS[ACTS[path]][0], path)
        status = next((one for one in CaseStatus if one.value == to), None)
        if status is None:
            raise missing()
        act = act_of(Action(self.sheets.at, self.officer.role, "", self.year, "move", to=status))
        named = words.CASE_STATUSES[status][0].partition(" tot ")[0]
        said = words.ACTS[act if act in words.ACTS else "to"][0]
        return Offer(act, said.format(status=named), path, status)

    def form(self, offer: Offer) -> Form:
        """What has to be filled in for it."""
        today = self.sheets.today
        match offer.act:
            case "contact-attempt":
                return forms.contact(today)
            case "snooze":
                return forms.snooze(today)
            case "park":
                return forms.park()
            case "transfer":
                return forms.transfer(self._case, self.sheets.world.reference)
            case "close":
                return forms.close(self._case, today)
            case "to-aftercare":
                return forms.aftercare(self._case, today, self._months())
            case _:
                return Form(offer.words.partition(" naar ")[0] if offer.act == "open" else offer.words)

    def wanted(self, offer: Offer, filled: Filled) -> Mapping[str, Any]:
        """The fields of the action, beside who asks and when."""
        about: dict[str, Any] = {"alert" if self.alert else "case_id": self.id, **filled.read}
        if offer.path != offers.TRANSITIONS or offer.act == "transfer":
            return about
        return about | {"to": offer.to}

    def refuses(self, action: Action) -> Refused | None:
        """Why it would not be done, as it stands here; the lane has the last word."""
        learner = self.row.learner
        done = deeds.do(action, learner.alerts, learner.cases, self.officer.region, 0, self._months())
        return done if isinstance(done, Refused) else None

    def _months(self) -> int:
        return self.sheets.situation(self.row.learner, self.year).policy.aftercare_months


def named(offer: Offer) -> str:
    """The action of the domain that an offer asks for."""
    if offer.act == "transfer" or offer.path != offers.TRANSITIONS:
        return offer.act
    return "move"


async def load(at: Visit, looking: Look, kind: str, target_id: str) -> Target:
    """The alert or case with this id. Raises Problem 404."""
    if kind == CASES:
        return await _case(at, looking, target_id)
    found = await records.alert(looking, target_id)
    row = await records.learner(looking, found.learner_id) if found and found.learner_id else None
    if found is None or row is None or not sight.sees_alert(at.officer, found):
        raise missing()
    looking.show(row.learner.student_ref, target_id)
    sheets = at.sheets(await names(at, looking, row))
    return Target(sheets, at.officer, row, found.revision, alert=found.alert)


async def _case(at: Visit, looking: Look, case_id: str) -> Target:
    sight.must_see_cases(at.officer)
    found = await records.case(looking, case_id)
    row = await records.learner(looking, found.learner_id) if found else None
    if found is None or row is None:
        raise missing()
    looking.show(row.learner.student_ref, case_id)
    sheets = at.sheets(await names(at, looking, row))
    return Target(sheets, at.officer, row, found.revision, case=found.case)


async def names(at: Visit, looking: Look, row: LearnerRow, more: Sequence[str] = ()) -> Mapping[str, str]:
    """The names of the colleagues who had a hand in it."""
    learner = row.learner
    wanted = [alert.acknowledged_by for alert in learner.alerts]
    wanted += [case.assigned_to for case in learner.cases]
    wanted += [turn.by for case in learner.cases for turn in case.history]
    return await at.desk.register.names(looking.conn, [*wanted, *more])
