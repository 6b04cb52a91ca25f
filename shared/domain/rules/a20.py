"""A20 DATA_CONFLICT: a source contradicts itself, or nobody knows where the learner lives."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from shared.domain.alert import Alert, Recipient
from shared.domain.catalogue import KINDS
from shared.domain.codes import Severity
from shared.domain.event import Version
from shared.domain.person import unknown_home
from shared.domain.picture import Conflict, Known
from shared.domain.routing import FIRST, home_region, place_of, region_of, sender
from shared.domain.rule import Docket, Ground, Rule, Source
from shared.domain.situation import Situation

HOME = "home"
"""The ground of a home that no region is known of; it sets no flag `conflict` (ruling 30)."""


class DataConflict(Rule):
    """Fires at once and goes to who sent it: one alert for each fact in conflict, one for the home.

    A conflict is solved when the source withdraws one of its versions or sends another number. The home is
    known when somebody names a municipality of a region; where nobody named one, a school site is enough.

    Example: two different steps numbered 2 of one application: the institution hears of it at once. A list
    with municipality 9999: the region of the school looks after the learner, and the school is asked.
    """

    code = "A20"
    at_once = True
    name = "DATA_CONFLICT"
    severity = Severity.LOW
    source = Source(
        "P",
        "Twee verschillende berichten met hetzelfde nummer tellen geen van beide; wie ze stuurde, kan dat "
        "herstellen. De woongemeente bepaalt welke regio verantwoordelijk is.",
        "Of two different messages with one number neither counts; who sent them can put it right. The home "
        "municipality decides which region is responsible.",
    )

    def grounds(self, now: Situation, docket: Docket) -> tuple[Ground, ...]:
        found = [self._contradiction(now, conflict) for conflict in now.picture.conflicts]
        if _lacks_home(now):
            found.append(self._without_home(now))
        return tuple(found)

    def _contradiction(self, now: Situation, conflict: Conflict) -> Ground:
        versions = conflict.versions
        first = min(versions, key=lambda one: (one.received_at, one.event_id))
        return Ground(
            since=now.at,
            severity=self.severity,
            level=0,
            recipients=_senders(now, {one.sender for one in versions}),
            figures={"seq": first.seq or 0},
            because=tuple(sorted(one.event_id for one in versions)),
            parties={"org": first.sender},
            key=conflict.subject_key,
        )

    def _without_home(self, now: Situation) -> Ground:
        told, org = _who_knows(now)
        region = region_of(now)
        return Ground(
            since=now.at,
            severity=self.severity,
            level=0,
            recipients=_senders(now, {org}),
            figures={"region": region} if region else {},
            because=(told.event_id,),
            parties={"org": org},
            key=HOME,
        )

    def ended(self, now: Situation, alert: Alert) -> Version | None:
        """The fact is clear again, or the home (or at least the school) is known."""
        if alert.ground == HOME:
            return None if _lacks_home(now) else _where(now)
        if any(conflict.subject_key == alert.ground for conflict in now.picture.conflicts):
            return None
        return next((one for one in _versions(now) if _key(one) == alert.ground), None)


def _senders(now: Situation, orgs: set[str]) -> tuple[Recipient, ...]:
    return tuple(sender(now.world, org, FIRST) for org in sorted(orgs))


def _versions(now: Situation) -> Iterator[Version]:
    return (known.version for known in now.picture.everything)


def _key(version: Version) -> str:
    return KINDS[version.kind].subject_key({**version.fields, "senderOrg": version.sender})


def _lacks_home(now: Situation) -> bool:
    """Whether no region is known of where the learner lives; who never named a home may name a school."""
    if home_region(now) is not None:
        return False
    return now.home is not None or unknown_home(now.picture, now.today) is not None or now.vo_site is None


def _who_knows(now: Situation) -> tuple[Version, str]:
    """The fact that leaves the home open and who sent it; of a side entrant the institution (ruling 30)."""
    told = now.home.version if now.home else unknown_home(now.picture, now.today)
    if told is not None:
        return told, told.sender
    place = place_of(now)
    if place is not None:
        return place.version, place.brin or place.version.sender
    against = (one for conflict in now.picture.conflicts for one in conflict.versions)
    first = min((*_versions(now), *against), key=lambda one: (one.received_at, one.event_id))
    return first, first.sender


def _where(now: Situation) -> Version | None:
    """What says where the learner lives, else where he or she went to school."""
    told: list[Known[Any]] = [*now.picture.listings, *now.picture.vo_ends, *now.picture.exams]
    return now.home.version if now.home else next((known.version for known in told), None)


RULE = DataConflict()
