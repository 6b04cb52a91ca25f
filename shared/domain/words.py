"""Everything the platform says to people about alerts, states and cases: plain Dutch first, English second.

The sentences are those of the desk's design reference (section 3). Figures come from the alert itself, names
of organisations from the world. The wording is a value like any other: a page, the API, `replay` and a mail
say the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime

import msgspec

from shared.domain.alert import Alert
from shared.domain.calendar import local_date
from shared.domain.codes import (
    AlertStatus,
    CaseFlag,
    CaseStatus,
    CloseReason,
    ContactResult,
    DestinationKind,
    Expected,
    Flag,
    How,
    Role,
    Severity,
    State,
    VoType,
)
from shared.domain.duty import ADULT
from shared.domain.rules import EVERY
from shared.domain.world import World

Words = tuple[str, str]
"""The same in Dutch and in English."""

LANGUAGES = ("nl", "en")


class Explanation(msgspec.Struct, frozen=True):
    """An alert in words: what it is called, why it stands there, what ends it and what to do first.

    `ground` tells what kind of obligation lies behind it (L, R or P), `legal` which one.
    """

    title: str
    why: str
    ends: str
    step: str
    ground: str
    legal: str


class _Sentences(msgspec.Struct, frozen=True):
    title: Words
    why: Words
    ends: Words
    step: Words


STATES: Mapping[State, Words] = {
    State.ATTENDING: ("volgt onderwijs", "attending"),
    State.ENROLLED: ("ingeschreven", "enrolled"),
    State.EXPECTED: ("verwacht", "expected"),
    State.APPLIED: ("aangemeld", "applied"),
    State.OFFERED: ("aanbod", "offer"),
    State.STAYS_IN_VO: ("blijft op het vo", "stays in vo"),
    State.OTHER_DESTINATION: ("andere bestemming", "other destination"),
    State.CLOSED: ("afgesloten", "closed"),
    State.UNPLACED: ("niet geplaatst", "not placed"),
    State.NO_SHOW: ("niet verschenen", "no-show"),
    State.DROPPED_OUT: ("uitgevallen", "dropped out"),
    State.OUT_OF_SIGHT: ("uit beeld", "out of sight"),
}

FLAGS: Mapping[Flag, Words] = {
    Flag.QUALIFIED: ("heeft startkwalificatie", "qualified"),
    Flag.VULNERABLE: ("kwetsbare positie", "vulnerable"),
    Flag.OUT_OF_REGION: ("buiten de regio", "out of region"),
    Flag.FEEDBACK_OVERDUE: ("geen nieuws van het mbo", "feedback overdue"),
    Flag.ABSENCE_16H: ("16 uur verzuim", "absence 16h"),
    Flag.ABSENCE_4W: ("4 weken afwezig", "absence 4w"),
    Flag.NEEDS_WARM_HANDOVER: ("warme overdracht nodig", "needs warm handover"),
    Flag.ASSUMED: ("aanwezigheid aangenomen", "presence assumed"),
    Flag.CONFLICT: ("tegenstrijdig bericht", "conflict"),
}

NO_DUTY: Words = ("niet kwalificatieplichtig", "no duty to qualify")

CASE_FLAGS: Mapping[CaseFlag, Words] = {
    CaseFlag.GROUND_REMOVED: ("aanleiding vervallen", "ground removed"),
    CaseFlag.CLOSURE_PROPOSED: ("sluiten voorgesteld", "closure proposed"),
}

SEVERITIES: Mapping[Severity, Words] = {
    Severity.HIGH: ("hoog", "high"),
    Severity.MED: ("midden", "medium"),
    Severity.LOW: ("laag", "low"),
}

CASE_STATUSES: Mapping[CaseStatus, Words] = {
    CaseStatus.NEW: ("nieuw", "new"),
    CaseStatus.ASSIGNED: ("toegewezen", "assigned"),
    CaseStatus.CONTACTING: ("contact zoeken", "contacting"),
    CaseStatus.INTAKE: ("intake", "intake"),
    CaseStatus.GUIDANCE: ("begeleiding", "guidance"),
    CaseStatus.AFTERCARE: ("nazorg", "aftercare"),
    CaseStatus.CLOSED: ("gesloten", "closed"),
    CaseStatus.TRANSFERRED: ("overgedragen", "transferred"),
    CaseStatus.PARKED: ("geparkeerd tot {date}", "parked until {date}"),
    CaseStatus.MERGED: ("samengevoegd", "merged"),
}

DESTINATIONS: Mapping[str, Words] = {
    "RESOLVED_BEFORE_CONTACT": ("opgelost vóór contact", "resolved before contact"),
    "CORRECTED": ("vervallen na correctie", "void after correction"),
    DestinationKind.EDUCATION_FULLTIME: ("voltijds onderwijs", "full-time education"),
    DestinationKind.LEARN_WORK: ("leren en werken (bbl)", "learning and working"),
    DestinationKind.WORK_NO_QUALIFICATION: (
        "werk (12+ uur) zonder startkwalificatie",
        "work (12+ hours), no qualification",
    ),
    DestinationKind.CARE_OR_CUSTODY: ("zorg of detentie", "care or custody"),
    DestinationKind.NO_DAYTIME_ACTIVITY: ("geen school, werk of dagbesteding", "no daytime activity"),
    DestinationKind.MOVED_OR_UNTRACEABLE: ("verhuisd of onvindbaar", "moved or untraceable"),
    DestinationKind.OTHER: ("anders", "other"),
    DestinationKind.DAY_ACTIVITY: ("dagbesteding", "day activity"),
    DestinationKind.VO_CONTINUED: ("blijft op het vo", "vo continued"),
    DestinationKind.HIGHER_EDUCATION: ("hoger onderwijs", "higher education"),
    DestinationKind.ABROAD: ("buitenland", "abroad"),
    DestinationKind.DECEASED: ("overleden", "deceased"),
}
"""With what a case closes: destination codes, and the two reasons of a case that closes by itself."""

EXPECTATIONS: Mapping[str, Words] = {
    Expected.MBO: ("mbo", "mbo"),
    Expected.VO: ("blijft op het vo", "stays in vo"),
    Expected.HBO: ("hbo", "hbo"),
    Expected.WORK: ("werk", "work"),
    Expected.DAY_ACTIVITY: ("dagbesteding", "day activity"),
    Expected.ABROAD: ("buitenland", "abroad"),
    Expected.UNKNOWN: ("nog onbekend", "not known yet"),
}

CLOSE_REASONS: Mapping[str, Words] = {
    CloseReason.ENTRY_REQUIREMENT: ("vooropleiding voldoet niet", "prior education does not suffice"),
    CloseReason.EXTRA_REQUIREMENT: ("aanvullende eisen niet gehaald", "additional requirements not met"),
    CloseReason.CAPACITY: ("opleiding is vol", "programme is full"),
    CloseReason.LATE: ("te laat aangemeld", "applied too late"),
    CloseReason.NO_SHOW_INTAKE: ("niet op de intake verschenen", "did not come to the intake"),
    CloseReason.OTHER: ("andere reden", "other reason"),
    CloseReason.OTHER_PROGRAMME_SAME: (
        "andere opleiding, zelfde instelling",
        "other programme, same institution",
    ),
    CloseReason.OTHER_INSTITUTION: ("andere instelling", "other institution"),
    CloseReason.STAYS_IN_VO: ("blijft op het vo", "stays in vo"),
    CloseReason.WORK: ("gaat werken", "goes to work"),
    CloseReason.UNKNOWN: ("reden niet bekend", "reason not known"),
}
"""Why an application came to nothing, as the sentence of A04 has it."""

VO_TYPES: Mapping[str, Words] = {
    VoType.PRO: ("pro", "pro"),
    VoType.VMBO_BB: ("vmbo-b", "vmbo-b"),
    VoType.VMBO_KB: ("vmbo-k", "vmbo-k"),
    VoType.VMBO_GL: ("vmbo-gl", "vmbo-gl"),
    VoType.VMBO_TL: ("vmbo-tl", "vmbo-tl"),
    VoType.HAVO: ("havo", "havo"),
    VoType.VWO: ("vwo", "vwo"),
    VoType.VSO_VERVOLG: ("vso", "vso"),
    VoType.VSO_ARBEID: ("vso", "vso"),
    VoType.VSO_DAG: ("vso", "vso"),
    VoType.ISK: ("isk", "isk"),
    VoType.VAVO: ("vavo", "vavo"),
    VoType.NONE: ("geen vo", "no vo"),
}
"""The kind of secondary education, as people say it."""

EVENTS: Mapping[str, Words] = {
    "vo.learner.listed": ("op de lijst van verwachte overstappers", "on the list of expected movers"),
    "vo.learner.changed": ("de school zegt iets anders", "the school says something else"),
    "vo.learner.deregistered": ("uitgeschreven op het vo", "enrolment in vo ended"),
    "vo.exam.result": ("uitslag van het examen", "exam result"),
    "mbo.application.status": ("stap van een aanmelding", "step of an application"),
    "mbo.enrolment.started": ("inschrijving op het mbo", "enrolment in mbo"),
    "mbo.enrolment.ended": ("einde van een inschrijving op het mbo", "end of an enrolment in mbo"),
    "attendance.present": ("aanwezig in de les", "present in a lesson"),
    "attendance.absent": ("afwezig in de les", "absent from a lesson"),
    "attendance.report": ("verzuimmelding", "absence report"),
    "learner.moved": ("verhuisd naar een andere gemeente", "moved to another municipality"),
    "learner.linked": ("twee nummers van één leerling", "two references of one learner"),
    "dossier.progress": ("stap van het overstapdossier", "step of the transfer file"),
    "register.delta": ("wijziging in het landelijke register", "change in the national register"),
    "consent.changed": ("toestemming om te delen", "leave to share"),
    "calendar.published": ("lesrooster van een vestiging", "lesson calendar of a site"),
    "destination.confirmed": ("bevestigde bestemming", "confirmed destination"),
    "contact.recorded": ("contact met de leerling", "contact with the learner"),
    "event.retracted": ("bericht ingetrokken", "message withdrawn"),
}

MARKS: Mapping[str, Words] = {
    "L": ("wet of landelijke praktijk", "law or national practice"),
    "R": ("regionale praktijk", "regional practice"),
    "P": ("keuze van dit platform", "choice of this platform"),
}

ROLES: Mapping[Role, Words] = {
    Role.VO_SCHOOL: ("school", "school"),
    Role.MBO_INSTITUTION: ("instelling", "institution"),
    Role.VSV_BROKER: ("vsv-makelaar", "vsv broker"),
    Role.RMC_DESK: ("Doorstroompunt (RMC)", "Doorstroompunt (RMC)"),
    Role.LEERPLICHT_DESK: ("Leerplicht", "Attendance desk"),
    Role.REGION_COORDINATOR: ("regiocoördinator", "regional coordinator"),
    Role.PARTNER_CLIENT: ("leverancier", "supplier"),
    Role.PRIVACY_OFFICER: ("privacyfunctionaris", "privacy officer"),
}

ACTS: Mapping[str, Words] = {
    "acknowledge": ("Oppakken", "Pick up"),
    "snooze": ("Uitstellen", "Snooze"),
    "open": ("Dossier openen", "Open case"),
    "forward": ("Doorzetten naar {desk}", "Forward to {desk}"),
    "assign": ("Toewijzen aan mij", "Assign to me"),
    "contact-attempt": ("Contact vastleggen", "Log contact"),
    "to": ("Naar {status}", "To {status}"),
    "park": ("Parkeren", "Park"),
    "resume": ("Hervatten", "Resume"),
    "transfer": ("Overdragen", "Transfer"),
    "close": ("Sluiten", "Close"),
}
"""What a person can do, as a button says it."""

CONTACTS: Mapping[ContactResult, Words] = {
    ContactResult.REACHED: ("gesproken", "reached"),
    ContactResult.NOT_REACHED: ("niet bereikt", "not reached"),
}

SNOOZES: Mapping[str, Words] = {
    "APPOINTMENT_MADE": ("afspraak gemaakt", "appointment made"),
    "SCHOOL_IS_CHECKING": ("school zoekt het uit", "school is checking"),
    "MBO_WILL_REPORT": ("mbo komt met bericht", "mbo will report"),
    "STILL_DECIDING": ("leerling kiest nog", "still deciding"),
    "OTHER": ("anders", "other"),
}
"""Why an alert is put off; a closed list, so that nothing about a person is written down."""

_APP: Words = ("aanmelding", "application")
_NEW_APP: Words = ("nieuwe open aanmelding", "new open application")
_ENR: Words = ("inschrijving", "enrolment")
_NEW_ENR: Words = ("nieuwe inschrijving", "new enrolment")
_DEST: Words = ("bevestigde bestemming", "confirmed destination")


def _ends(*keys: Words) -> Words:
    return (
        "Verdwijnt vanzelf door: " + ", ".join(key[0] for key in keys),
        "Goes away by itself with: " + ", ".join(key[1] for key in keys),
    )


_ASK_SCHOOL: Words = ("Vraag {school} naar het plan", "Ask {school} for the plan")
_ASK_MBO: Words = (
    "Vraag {mbo} naar de status (mbo: stuur die)",
    "Ask {mbo} for the status (mbo: send it)",
)
_FIND: Words = (
    "Zoek samen een plek, entree heeft geen drempel",
    "Find a place together, entree has no threshold",
)
_ASK_SEEN: Words = (
    "Vraag {mbo} of de leerling er is ({mbo}: meld het)",
    "Ask {mbo} if the learner is there ({mbo}: report it)",
)
_ASK_ORG: Words = (
    "Vraag {org} of de leerling er is ({org}: meld het)",
    "Ask {org} if the learner is there ({org}: report it)",
)
_CHECK_LINK: Words = ("Controleer de koppeling", "Check the link")

ALERTS: Mapping[str, _Sentences] = {
    "A01": _Sentences(
        ("Lijst met verwachte overstappers ontbreekt", "List of expected movers is missing"),
        (
            "{school} had vorig jaar leerlingen in het laatste leerjaar, "
            "maar stuurde t/m {deadline} geen lijst.",
            "{school} had final-year learners last year but sent no list by {deadline}.",
        ),
        _ends(("eerste leerling op de lijst", "first listed learner")),
        _CHECK_LINK,
    ),
    "A02": _Sentences(
        ("Nog geen aanmelding voor het mbo", "No mbo application yet"),
        (
            "{school} verwacht: {expected}. De aanmelddatum was {deadline}; "
            "op {checked} is er geen aanmelding.",
            "{school} expects: {expected}. Application date was {deadline}; none on {checked}.",
        ),
        _ends(_APP, _DEST, ('"blijft op het vo"', '"stays in vo"')),
        _ASK_SCHOOL,
    ),
    "A03": _Sentences(
        ("Op tijd aangemeld, nog geen aanbod", "Applied in time, no offer yet"),
        (
            "Aangemeld op {applied}. Peildatum {deadline}; op {checked} geen aanbod.",
            "Applied {applied}. Checkpoint {deadline}; no offer on {checked}.",
        ),
        _ends(_ENR, _DEST, ("aanbod of voorlopige plaats", "offer or provisional place")),
        _ASK_MBO,
    ),
    "A04": _Sentences(
        ("Laatste aanmelding afgewezen, geen nieuwe", "Last application refused, no new one"),
        (
            "{mbo} op {date}: leidt niet tot inschrijving ({reason}). Niets anders open; "
            "t/m {deadline} geen nieuwe.",
            "{mbo} on {date}: will not lead to enrolment ({reason}). Nothing else open; "
            "none new by {deadline}.",
        ),
        _ends(_NEW_APP, _ENR, _DEST),
        _FIND,
    ),
    "A05": _Sentences(
        ("Aanmelding ingetrokken, geen nieuwe", "Application withdrawn, no new one"),
        (
            "De leerling trok op {date} de laatste open aanmelding in; t/m {deadline} geen nieuwe.",
            "The learner withdrew the last open application on {date}; none new by {deadline}.",
        ),
        _ends(_NEW_APP, _ENR, _DEST),
        _FIND,
    ),
    "A06": _Sentences(
        ("Lang geen nieuws over een aanmelding", "Long without news on an application"),
        (
            "Sinds {date} kwam er {days} werkdagen geen nieuws van {mbo}.",
            "No news from {mbo} for {days} working days since {date}.",
        ),
        _ends(("nieuwere status", "newer status")),
        _ASK_MBO,
    ),
    "A07": _Sentences(
        ("Zomerlek: nog niet ingeschreven", "Summer gap: not enrolled yet"),
        (
            "Het vo is afgerond of de uitslag is bekend. Op {deadline} geen inschrijving of bestemming.",
            "Vo has ended or the result is known. No enrolment or destination on {deadline}.",
        ),
        _ends(_ENR, _DEST),
        _FIND,
    ),
    "A08": _Sentences(
        ("Ingeschreven, maar niet verschenen", "Enrolled but not seen"),
        (
            "Ingeschreven bij {mbo} vanaf {start}. Na {days} lesdagen is geen aanwezigheid gemeld.",
            "Enrolled at {mbo} from {start}. No presence reported after {days} lesson days.",
        ),
        _ends(_DEST, ("aanwezigheid", "presence"), ("inschrijving elders", "enrolment elsewhere")),
        _ASK_SEEN,
    ),
    "A09": _Sentences(
        ("Op de teldatum nergens ingeschreven", "Enrolled nowhere on the count date"),
        (
            "Op {deadline} en {checked} is geen inschrijving (vo, mbo) of bestemming bekend.",
            "No enrolment (vo, mbo) or destination known on {deadline} and {checked}.",
        ),
        _ends(_ENR, _DEST),
        _FIND,
    ),
    "A10": _Sentences(
        ("Uit beeld: nergens ingeschreven, geen bericht", "Out of sight: enrolled nowhere, no news"),
        (
            "Laatste bericht: {event}, {date}; daarna {days} werkdagen niets. Contact alleen sluit dit niet.",
            "Last news: {event}, {date}; then nothing for {days} working days. "
            "Contact alone does not end this.",
        ),
        _ends(_NEW_APP, _ENR, _DEST),
        ("Bel eerst de laatste school", "Call the last school first"),
    ),
    "A11": _Sentences(
        ("16 uur verzuim in 4 lesweken", "16 hours absent in 4 lesson weeks"),
        (
            "{org} meldde {hours} uur ongeoorloofd verzuim van {beginDate} t/m {endDate}; de grens is 16.",
            "{org} reported {hours} unauthorised hours from {beginDate} to {endDate}; the limit is 16.",
        ),
        _ends(
            (
                "melding afgesloten, ter kennisgeving of ingetrokken",
                "report closed, noted or withdrawn",
            ),
            ("4 lesweken zonder nieuwe uren", "4 lesson weeks without new hours"),
        ),
        _ASK_ORG,
    ),
    "A12": _Sentences(
        ("Verzuimmelding ontbreekt", "Absence report is missing"),
        (
            "{org} moest dit verzuim uiterlijk {deadline} melden. Wij ontvingen niets.",
            "{org} had to report this absence by {deadline}. We received nothing.",
        ),
        _ends(("melding", "report")),
        ("Dien de melding in", "File the report"),
    ),
    "A13": _Sentences(
        ("4 lesweken zonder aanwezigheid", "4 lesson weeks without presence"),
        (
            "{from} t/m {to} zonder aanwezigheid bij {org}.",
            "{from} to {to} without presence at {org}.",
        ),
        _ends(
            ("aanwezig in 2 lesweken na elkaar", "present 2 lesson weeks running"),
            ("einde inschrijving", "end of enrolment"),
        ),
        _ASK_ORG,
    ),
    "A14": _Sentences(
        ("Uitgevallen: inschrijving gestopt", "Dropped out: enrolment ended"),
        (
            "Gestopt bij {mbo} op {end}, zonder startkwalificatie; "
            "t/m {deadline} geen nieuwe open aanmelding.",
            "Ended at {mbo} on {end}, no basic qualification; no new open application by {deadline}.",
        ),
        _ends(_NEW_ENR, _DEST, ("startkwalificatie", "basic qualification")),
        _FIND,
    ),
    "A15": _Sentences(
        ("Verwijderd van school", "Removed from school"),
        (
            "{org} beëindigde de inschrijving op {end}. Reden: verwijdering.",
            "{org} ended the enrolment on {end}. Reason: removal.",
        ),
        _ends(_NEW_ENR),
        _FIND,
    ),
    "A16": _Sentences(
        ("Warme overdracht nog niet gedaan", "Warm hand-over not done yet"),
        (
            "Overdracht naar {mbo} is nodig; op {deadline} niet als gedaan gemeld.",
            "Hand-over to {mbo} is needed; not reported done on {deadline}.",
        ),
        _ends(("overdracht gedaan", "hand-over done")),
        ("Spreek die af", "Arrange it"),
    ),
    "A17": _Sentences(
        ("Nog geen vervolgplan", "No plan yet"),
        (
            "{type}-leerling van {school}: op {deadline} geen aanmelding of bestemming.",
            "{type} learner of {school}: no application or destination on {deadline}.",
        ),
        _ends(_APP, _DEST),
        _ASK_SCHOOL,
    ),
    "A18": _Sentences(
        ("Wordt {age}: overdragen of sluiten", "Turns {age}: hand over or close"),
        ("Vanaf {date} bij het Doorstroompunt.", "From {date} with the Doorstroompunt."),
        _ends(("overdracht of sluiting", "transfer or closure")),
        ("Draag over", "Hand over"),
    ),
    "A19": _Sentences(
        ("Bron is stil", "Source is silent"),
        (
            "{org} stuurde {days} werkdagen niets, laatst {date}.",
            "{org} sent nothing for {days} working days, last {date}.",
        ),
        _ends(("nieuw bericht", "new message")),
        _CHECK_LINK,
    ),
    "A20": _Sentences(
        ("Gegevens spreken elkaar tegen", "Data contradict each other"),
        (
            "{org} stuurde twee verschillende berichten met nummer {seq}; geen van beide telt.",
            "{org} sent two different messages numbered {seq}; neither counts.",
        ),
        _ends(("verschil opgelost", "difference solved")),
        ("Stuur één juist bericht", "Send one right message"),
    ),
}
"""What is said of each alert; the wording is the desk's."""

WITH_OFFER: Words = (
    "Er is een aanbod van {mbo}, maar op {deadline} geen inschrijving.",
    "{mbo} made an offer; no enrolment on {deadline}.",
)
NO_NEWS: Words = (
    "Er kwam nooit een bericht dat telt. Contact alleen sluit dit niet.",
    "There never was news that counts. Contact alone does not end this.",
)
TRIED_AGAIN: Words = (
    "Gestopt bij {mbo} op {end}, zonder startkwalificatie; de aanmelding daarna sloot op {closed}.",
    "Ended at {mbo} on {end}, no basic qualification; the application after that closed on {closed}.",
)
OUTGROWN: Words = ("Vanaf {date} buiten de doelgroep.", "From {date} outside the target group.")
NO_HOME: Words = (
    "Woongemeente onbekend; voorlopig regio {region}.",
    "Home unknown; region {region} for now.",
)
ESCALATES: Words = (
    "Pakt niemand dit op, dan gaat het op {moment} naar {next}.",
    "If nobody picks this up, it goes to {next} on {moment}.",
)
DESK_JOINS: Words = (
    "Na lesdag {n} krijgt {desk} dit ook, opgepakt of niet.",
    "After lesson day {n} {desk} gets this too, picked up or not.",
)

_MONTHS: Mapping[int, Words] = {
    1: ("januari", "January"),
    2: ("februari", "February"),
    3: ("maart", "March"),
    4: ("april", "April"),
    5: ("mei", "May"),
    6: ("juni", "June"),
    7: ("juli", "July"),
    8: ("augustus", "August"),
    9: ("september", "September"),
    10: ("oktober", "October"),
    11: ("november", "November"),
    12: ("december", "December"),
}


def explain(alert: Alert, world: World, lang: str = "nl") -> Explanation:
    """An alert in plain words, from its own figures; `lang` is `nl` or `en`."""
    which = LANGUAGES.index(lang)
    said, source = ALERTS[alert.code], EVERY[alert.code].source
    figures = _figures(alert, world, which)
    return Explanation(
        title=said.title[which].format_map(figures),
        why=_why(alert)[which].format_map(figures),
        ends=said.ends[which],
        step=said.step[which].format_map(figures),
        ground=MARKS[source.mark][which],
        legal=source.nl if which == 0 else source.en,
    )


def level_name(level: int, role: Role, lang: str = "nl") -> str:
    """Who has an alert at this level; the desk is named by the learner's age."""
    which = LANGUAGES.index(lang)
    names: dict[int, Words] = {
        0: ("school of instelling", "school or institution"),
        1: ROLES[Role.VSV_BROKER],
        3: ROLES[Role.REGION_COORDINATOR],
    }
    return names.get(level, ROLES[role])[which]


def life(alert: Alert, lang: str = "nl", who: str = "") -> str:
    """How an alert stands: new, picked up, put off, or how it ended."""
    which = LANGUAGES.index(lang)
    if alert.how is not None:
        by = EVENTS.get(alert.resolved_kind or "", (alert.resolved_by or "", alert.resolved_by or ""))
        ended: dict[How, Words] = {
            How.AUTO: ("opgelost door {fact}", "resolved by {fact}"),
            How.MANUAL: ("gesloten door {who}", "closed by {who}"),
            How.CORRECTED: ("vervallen na correctie", "void after correction"),
            How.SUPERSEDED: ("opgegaan in {fact}", "taken over by {fact}"),
            How.EXPIRED: ("overstapjaar afgesloten", "transition year closed"),
        }
        return ended[alert.how][which].format(fact=by[which], who=who)
    if alert.snoozed_until is not None:
        return ("uitgesteld tot {}", "until {}")[which].format(
            spoken_date(local_date(alert.snoozed_until), lang)
        )
    if alert.status is AlertStatus.ACKNOWLEDGED:
        return ("opgepakt door {}", "picked up by {}")[which].format(who or alert.acknowledged_by or "")
    return ("nieuw", "new")[which]


def spoken_date(day: date, lang: str = "nl") -> str:
    """`1 april 2026` or `1 April 2026`."""
    return f"{day.day} {_MONTHS[day.month][LANGUAGES.index(lang)]} {day.year}"


def spoken_moment(moment: datetime, lang: str = "nl") -> str:
    """The local day of a moment, in words."""
    return spoken_date(local_date(moment), lang)


def org_name(world: World, code: str) -> str:
    """The name of a site or institution, with its code when nobody gave a name."""
    site = world.site(code) if len(code) > 4 else None
    institution = world.institutions.get(code[:4])
    return (site.name if site else None) or (institution.name if institution else None) or code


def _why(alert: Alert) -> Words:
    applies, words = VARIANTS.get(alert.code, (None, None))
    return words if applies and words and applies(alert) else ALERTS[alert.code].why


VARIANTS: Mapping[str, tuple[Callable[[Alert], bool], Words]] = {
    "A07": (lambda alert: "mbo" in alert.parties, WITH_OFFER),
    "A10": (lambda alert: "event" not in alert.figures, NO_NEWS),
    "A14": (lambda alert: "closed" in alert.figures, TRIED_AGAIN),
    "A18": (lambda alert: alert.figures["age"] != ADULT, OUTGROWN),
    "A20": (lambda alert: "seq" not in alert.figures, NO_HOME),
}
"""When an alert is explained in another sentence than the usual one."""


CODES: Mapping[str, Mapping[str, Words]] = {
    "expected": EXPECTATIONS,
    "reason": CLOSE_REASONS,
    "type": VO_TYPES,
}
"""The figures that are codes, and how each is said."""

UNNAMED: Mapping[str, Words] = {
    "school": ("de school", "the school"),
    "mbo": ("de instelling", "the institution"),
    "region": ("nog onbekend", "not known yet"),
}
"""How a sentence speaks of an organisation or a region that the alert does not name."""


def _figures(alert: Alert, world: World, which: int) -> dict[str, str]:
    spoken = {name: said[which] for name, said in UNNAMED.items()}
    spoken |= {name: _spoken(name, value, which) for name, value in alert.figures.items()}
    return spoken | {name: org_name(world, code) for name, code in alert.parties.items()}


def _spoken(name: str, value: str | float, which: int) -> str:
    if name in CODES:
        return CODES[name][str(value)][which]
    if name == "event":
        return EVENTS.get(str(value), (str(value), str(value)))[which]
    if isinstance(value, float):
        return str(value).replace(".", (",", ".")[which])
    try:
        return spoken_date(date.fromisoformat(str(value)), LANGUAGES[which])
    except ValueError:
        return str(value)
