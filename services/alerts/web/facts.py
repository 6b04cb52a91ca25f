"""What a fact says, in one short Dutch line, and where it stands: it counts, or something took its place.

Nothing here may be traced to a person: no birth date, no address, no reasons of absence.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

import msgspec

from shared.domain import effect
from shared.domain.codes import (
    ApplicationStatus,
    DestinationKind,
    DossierStage,
    ExamOutcome,
    RegisterKind,
    ReportStatus,
    VoEndReason,
    WarmHandover,
)
from shared.domain.event import Version
from shared.domain.facts import Identity, Record, annulled, conflicting, leading
from shared.domain.picture import effect_of
from shared.domain.words import CONTACTS, DESTINATIONS, EVENTS, EXPECTATIONS, ROLES, org_name, spoken_date
from shared.domain.world import World

COUNTS, REPLACED, ANNULLED, CONFLICT = "counts", "replaced", "annulled", "conflict"

STANDINGS = {
    COUNTS: "telt",
    REPLACED: "vervangen door een later bericht",
    ANNULLED: "ingetrokken door de afzender",
    CONFLICT: "tegenstrijdig bericht, telt niet",
}
"""Where an event stands among the versions of its fact."""

APPLICATION = {
    ApplicationStatus.INTEREST: "belangstelling",
    ApplicationStatus.RECEIVED: "aangemeld",
    ApplicationStatus.INTAKE_PLANNED: "intake gepland",
    ApplicationStatus.INTAKE_DONE: "intake gedaan",
    ApplicationStatus.WAITLISTED: "op de wachtlijst",
    ApplicationStatus.PLACED_PROVISIONAL: "voorlopig geplaatst",
    ApplicationStatus.OFFERED: "aanbod gedaan",
    ApplicationStatus.NOT_ENROLLABLE: "leidt niet tot inschrijving",
    ApplicationStatus.WITHDRAWN: "ingetrokken door de leerling",
    ApplicationStatus.ENROLLED: "ingeschreven",
    ApplicationStatus.ENDED: "beëindigd",
}
EXAM = {
    ExamOutcome.PASSED: "geslaagd",
    ExamOutcome.FAILED: "gezakt",
    ExamOutcome.PARTIAL: "deels gehaald",
    ExamOutcome.PRO_DIPLOMA: "diploma praktijkonderwijs",
    ExamOutcome.VSO_CERTIFICATE: "getuigschrift vso",
    ExamOutcome.NONE: "geen uitslag",
}
VO_END = {
    VoEndReason.DIPLOMA: "diploma",
    VoEndReason.OTHER_VO: "andere school voor vo",
    VoEndReason.TO_MBO: "naar het mbo",
    VoEndReason.REMOVED: "verwijdering",
    VoEndReason.MOVED_ABROAD: "verhuisd naar het buitenland",
    VoEndReason.DECEASED: "overleden",
    VoEndReason.OTHER: "andere reden",
}
DOSSIER = {
    DossierStage.A_STARTED: "deel A begonnen",
    DossierStage.A_DONE: "deel A klaar",
    DossierStage.B_DONE: "deel B klaar",
    DossierStage.APPROVED: "goedgekeurd",
    DossierStage.SENT: "verstuurd",
    DossierStage.PROCESSED: "verwerkt",
    DossierStage.REFUSED: "geweigerd",
}
HANDOVER = {
    WarmHandover.NOT_NEEDED: "warme overdracht niet nodig",
    WarmHandover.NEEDED: "warme overdracht nodig",
    WarmHandover.DONE: "warme overdracht gedaan",
}
REPORT = {
    ReportStatus.R: "geregistreerd",
    ReportStatus.B: "in behandeling",
    ReportStatus.G: "afgesloten",
    ReportStatus.K: "ter kennisgeving aangenomen",
    ReportStatus.I: "ingetrokken",
}
REGISTER = {
    RegisterKind.ENROLMENT_ADDED: "inschrijving erbij",
    RegisterKind.ENROLMENT_CHANGED: "inschrijving gewijzigd",
    RegisterKind.ENROLMENT_ENDED: "inschrijving beëindigd",
    RegisterKind.STARTKWALIFICATIE: "startkwalificatie gehaald",
    RegisterKind.MOVED: "verhuisd",
    RegisterKind.DECEASED: "overleden",
}
CONTACT = {result: words[0] for result, words in CONTACTS.items()}

Identities = frozenset[Identity]

HIDDEN = frozenset({DestinationKind.CARE_OR_CUSTODY})
"""What only the desks read by its name."""


class Fact(msgspec.Struct, frozen=True):
    """One event about a learner, in words; `year` is the transition year it speaks of."""

    version: Version
    year: int
    what: str
    sender: str
    standing: str


def facts_of(record: Record, world: World, at: datetime, *, desk: bool = True) -> list[Fact]:
    """Every event that is kept of a learner, newest first, as it stands at `at` (UTC).

    `desk`: whether the reader works at a desk, and may read of care or custody.
    """
    found = list(_facts(record, world, at, desk=desk))
    return sorted(found, key=lambda fact: (fact.version.occurred_at, fact.version.received_at), reverse=True)


def _facts(record: Record, world: World, at: datetime, *, desk: bool) -> Iterator[Fact]:
    for number, year in record.years.items():
        gone = annulled(stone for stone in year.tombstones if stone.received_at <= at)
        for chain in year.chains.values():
            received = [version for version in chain if version.received_at <= at]
            best, disputed = leading(received, gone), conflicting(received, gone)
            for version in received:
                yield Fact(
                    version,
                    number,
                    what(version, world, desk=desk),
                    sender_name(world, version.sender),
                    _standing(version, best, gone, disputed),
                )


def _standing(version: Version, best: Version | None, gone: Identities, disputed: Identities) -> str:
    if version.identity in gone:
        return ANNULLED
    if version.identity in disputed:
        return CONFLICT
    return COUNTS if version is best or version.kind == "contact.recorded" else REPLACED


def by_id(facts: Iterable[Fact], wanted: Iterable[str]) -> list[Fact]:
    """The events with these ids, newest first: what stands behind an alert."""
    ids = set(wanted)
    return [fact for fact in facts if fact.version.event_id in ids]


def sender_name(world: World, org: str) -> str:
    """The name of who sent an event: a school, an institution or a desk."""
    known = world.institutions.get(org)
    return known.name if known else org_name(world, org)


def what(version: Version, world: World, *, desk: bool = True) -> str:
    """One event in words."""
    name = EVENTS.get(version.kind, (version.kind, ""))[0]
    says = ": ".join(part for part in (name, _says(version, world, desk=desk)) if part)
    return says[:1].upper() + says[1:]


def _says(version: Version, world: World, *, desk: bool) -> str:
    match fact := effect_of(version):
        case effect.Listing():
            return f"verwacht: {EXPECTATIONS[fact.expected][0]}"
        case effect.Exam():
            return EXAM[fact.outcome]
        case effect.VoEnd():
            return f"{VO_END[fact.reason]}, tot en met {spoken_date(fact.end_date)}"
        case effect.Application():
            return f"{APPLICATION[fact.status]}, {_programme(world, fact, version.sender)}"
        case effect.EnrolmentStart():
            place = _programme(world, fact, version.sender)
            return f"vanaf {spoken_date(fact.start_date)}, {place}"
        case effect.EnrolmentEnd():
            return ", ".join(
                (f"tot en met {spoken_date(fact.end_date)}", *_elsewhere(world, fact, version.sender))
            )
        case effect.Presence():
            return spoken_date(fact.day)
        case effect.Absence():
            told = f"{fact.unauthorised:g} uur ongeoorloofd, {fact.authorised:g} uur geoorloofd"
            return f"{told}, {spoken_date(fact.day)}"
        case effect.AbsenceReport():
            return f"soort {fact.type}, {REPORT[fact.status]}, vanaf {spoken_date(fact.begin_date)}"
        case effect.Home():
            home = world.reference.municipalities.get(fact.municipality)
            return f"{home.name if home else fact.municipality}, vanaf {spoken_date(fact.valid_from)}"
        case effect.Dossier():
            handover = (HANDOVER[fact.warm_handover],) if fact.warm_handover else ()
            return ", ".join((DOSSIER[fact.stage], *_elsewhere(world, fact, version.sender), *handover))
        case effect.RegisterChange():
            where = (org_name(world, fact.brin),) if fact.brin else ()
            return ", ".join((REGISTER[fact.kind], *where, f"vanaf {spoken_date(fact.valid_from)}"))
        case effect.Consent():
            return f"{'gegeven' if fact.granted else 'ingetrokken'}, {spoken_date(fact.day)}"
        case effect.Destination():
            return f"{_destination(fact.kind, desk=desk)}, vanaf {spoken_date(fact.valid_from)}"
        case effect.Contact():
            return f"{CONTACT[fact.result]} door {ROLES[fact.by][0]}, {spoken_date(fact.day)}"
        case _:
            return ""


def _destination(kind: DestinationKind, *, desk: bool) -> str:
    return "andere bestemming" if kind in HIDDEN and not desk else DESTINATIONS[kind][0]


def _programme(world: World, fact: effect.Application | effect.EnrolmentStart, sender: str) -> str:
    level = fact.level or world.reference.levels.get(fact.crebo)
    programme = f"crebo {fact.crebo}" + (f" niveau {level}" if level else "")
    return ", ".join((*_elsewhere(world, fact, sender), programme))


def _elsewhere(
    world: World,
    fact: effect.Application | effect.EnrolmentStart | effect.EnrolmentEnd | effect.Dossier,
    sender: str,
) -> tuple[str, ...]:
    """The institution, unless it says so itself."""
    return () if fact.brin == sender else (org_name(world, fact.brin),)
