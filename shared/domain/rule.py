"""What a rule for an alert must offer. One rule is one file in `shared/domain/rules/`, which exposes `RULE`.

A rule asks questions of a situation and remembers nothing. It either looks once on fixed dates (`looks`), or
watches a ground that holds from a moment (`Ground.since`); when to raise, to resolve and to escalate is the
business of `decide.py`, the same for all.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from shared.domain.alert import Alert, Recipient
from shared.domain.case import Case
from shared.domain.codes import Severity, State
from shared.domain.event import Version
from shared.domain.situation import Situation


class Source(msgspec.Struct, frozen=True):
    """What an obligation rests on: L law or national practice, R regional practice, P our own choice."""

    mark: str
    nl: str
    en: str


class Ground(msgspec.Struct, frozen=True):
    """Why an alert has to be raised: what an officer must be told, and from when it holds.

    `since` (UTC) is the 00:00 after the term; it may lie ahead, or long ago when the ground became known
    late. `key` tells grounds of one code apart, empty where there can be only one.
    """

    since: datetime
    severity: Severity
    level: int
    recipients: tuple[Recipient, ...]
    figures: dict[str, str | int | float]
    because: tuple[str, ...]
    parties: dict[str, str] = {}
    key: str = ""


class Docket(msgspec.Struct, frozen=True):
    """What lies there of a learner already: the alerts of this transition year, and all cases."""

    alerts: tuple[Alert, ...] = ()
    cases: tuple[Case, ...] = ()


class Rule:
    """One rule. `code` is its number, `name` what it watches, `source` what it rests on.

    `dated` rules look once on each of their `looks`, others watch a ground. `at_once` rules do not wait for
    the next working morning. `opens_case` says that its alert brings a case as soon as it is raised at the
    desk (ruling 46 makes an exception). `skips_broker`: from the institution it steps up to the desk.
    `keeps_case`: while its alert is open, a case that holds it does not close by itself. `beyond_closing`: it
    also speaks of a transition that is closed. `states`: in no others can it have a ground, so there it is
    not asked; None: in any.
    """

    code: str
    name: str
    severity: Severity
    source: Source
    dated = False
    at_once = False
    opens_case = True
    keeps_case = True
    skips_broker = False
    beyond_closing = False
    states: frozenset[State] | None = None

    def looks(self, now: Situation) -> tuple[datetime, ...]:
        """The moments (UTC) at which it looks once in this year; none for a rule with a term."""
        return ()

    def grounds(self, now: Situation, docket: Docket) -> tuple[Ground, ...]:
        """What holds now, or will when a term is over, by what is known now; mostly one or none."""
        raise NotImplementedError

    def ended(self, now: Situation, alert: Alert) -> Version | None:
        """The fact that ends an open alert, when there is one."""
        raise NotImplementedError

    def lapses(self, now: Situation, alert: Alert, docket: Docket) -> datetime | None:
        """When an open alert ends without a fact (UTC): by time, or because the work is done."""
        return None

    def goes_on(self, ground: Ground, last: Alert) -> bool:
        """Whether a ground that no newer fact brought back is that of the last alert (ruling 12)."""
        return True

    def joins(self, now: Situation, alert: Alert) -> datetime | None:
        """When the desk joins whatever was picked up (UTC); only A08 does that."""
        return None
