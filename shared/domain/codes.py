"""The closed lists of code values, as law, national practice and this project use them."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """Where a learner stands; the order is the order of the rules, first match wins."""

    CLOSED = "CLOSED"
    ATTENDING = "ATTENDING"
    NO_SHOW = "NO_SHOW"
    ENROLLED = "ENROLLED"
    OTHER_DESTINATION = "OTHER_DESTINATION"
    OFFERED = "OFFERED"
    APPLIED = "APPLIED"
    DROPPED_OUT = "DROPPED_OUT"
    STAYS_IN_VO = "STAYS_IN_VO"
    UNPLACED = "UNPLACED"
    EXPECTED = "EXPECTED"
    OUT_OF_SIGHT = "OUT_OF_SIGHT"


class Flag(StrEnum):
    """What stands beside the state, independent of it."""

    QUALIFIED = "qualified"
    VULNERABLE = "vulnerable"
    OUT_OF_REGION = "out_of_region"
    FEEDBACK_OVERDUE = "feedback_overdue"
    ABSENCE_16H = "absence_16h"
    ABSENCE_4W = "absence_4w"
    NEEDS_WARM_HANDOVER = "needs_warm_handover"
    ASSUMED = "assumed"
    CONFLICT = "conflict"


class Role(StrEnum):
    """Who acts and who is told."""

    VO_SCHOOL = "vo_school"
    MBO_INSTITUTION = "mbo_institution"
    VSV_BROKER = "vsv_broker"
    RMC_DESK = "rmc_desk"
    LEERPLICHT_DESK = "leerplicht_desk"
    REGION_COORDINATOR = "region_coordinator"
    PARTNER_CLIENT = "partner_client"
    PRIVACY_OFFICER = "privacy_officer"


class Severity(StrEnum):
    """How pressing an alert is."""

    LOW = "LOW"
    MED = "MED"
    HIGH = "HIGH"


class AlertStatus(StrEnum):
    """The life of an alert."""

    RAISED = "RAISED"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    RESOLVED = "RESOLVED"


class How(StrEnum):
    """Why an alert resolved."""

    AUTO = "AUTO"
    MANUAL = "MANUAL"
    CORRECTED = "CORRECTED"
    EXPIRED = "EXPIRED"
    SUPERSEDED = "SUPERSEDED"


class CaseStatus(StrEnum):
    """The life of a case at the desk."""

    NEW = "NEW"
    ASSIGNED = "ASSIGNED"
    CONTACTING = "CONTACTING"
    INTAKE = "INTAKE"
    GUIDANCE = "GUIDANCE"
    AFTERCARE = "AFTERCARE"
    CLOSED = "CLOSED"
    TRANSFERRED = "TRANSFERRED"
    PARKED = "PARKED"
    MERGED = "MERGED"


class CaseFlag(StrEnum):
    """What stands beside the status of a case."""

    GROUND_REMOVED = "ground_removed"
    CLOSURE_PROPOSED = "closure_proposed"


class DestinationKind(StrEnum):
    """Another destination than mbo; also the code with which a case is closed."""

    EDUCATION_FULLTIME = "EDUCATION_FULLTIME"
    LEARN_WORK = "LEARN_WORK"
    WORK_NO_QUALIFICATION = "WORK_NO_QUALIFICATION"
    CARE_OR_CUSTODY = "CARE_OR_CUSTODY"
    NO_DAYTIME_ACTIVITY = "NO_DAYTIME_ACTIVITY"
    MOVED_OR_UNTRACEABLE = "MOVED_OR_UNTRACEABLE"
    OTHER = "OTHER"
    DAY_ACTIVITY = "DAY_ACTIVITY"
    VO_CONTINUED = "VO_CONTINUED"
    HIGHER_EDUCATION = "HIGHER_EDUCATION"
    ABROAD = "ABROAD"
    DECEASED = "DECEASED"


class ConfirmedBy(StrEnum):
    """Who vouches for a destination."""

    SCHOOL = "school"
    DESK = "desk"
    REGISTER = "register"


class VoType(StrEnum):
    """The kind of secondary education a learner leaves."""

    PRO = "PRO"
    VMBO_BB = "VMBO_BB"
    VMBO_KB = "VMBO_KB"
    VMBO_GL = "VMBO_GL"
    VMBO_TL = "VMBO_TL"
    HAVO = "HAVO"
    VWO = "VWO"
    VSO_VERVOLG = "VSO_VERVOLG"
    VSO_ARBEID = "VSO_ARBEID"
    VSO_DAG = "VSO_DAG"
    ISK = "ISK"
    VAVO = "VAVO"
    NONE = "NONE"


class Expected(StrEnum):
    """Where the school of origin expects the learner to go."""

    MBO = "MBO"
    VO = "VO"
    HBO = "HBO"
    WORK = "WORK"
    DAY_ACTIVITY = "DAY_ACTIVITY"
    ABROAD = "ABROAD"
    UNKNOWN = "UNKNOWN"


class VoEndReason(StrEnum):
    """Why the enrolment in secondary education ended."""

    DIPLOMA = "DIPLOMA"
    OTHER_VO = "OTHER_VO"
    TO_MBO = "TO_MBO"
    REMOVED = "REMOVED"
    MOVED_ABROAD = "MOVED_ABROAD"
    DECEASED = "DECEASED"
    OTHER = "OTHER"


class ExamOutcome(StrEnum):
    """The outcome of the final exam; NONE is no result."""

    PASSED = "PASSED"
    FAILED = "FAILED"
    PARTIAL = "PARTIAL"
    PRO_DIPLOMA = "PRO_DIPLOMA"
    VSO_CERTIFICATE = "VSO_CERTIFICATE"
    NONE = "NONE"


class ApplicationStatus(StrEnum):
    """The steps of an application for mbo."""

    INTEREST = "INTEREST"
    RECEIVED = "RECEIVED"
    INTAKE_PLANNED = "INTAKE_PLANNED"
    INTAKE_DONE = "INTAKE_DONE"
    WAITLISTED = "WAITLISTED"
    PLACED_PROVISIONAL = "PLACED_PROVISIONAL"
    OFFERED = "OFFERED"
    NOT_ENROLLABLE = "NOT_ENROLLABLE"
    WITHDRAWN = "WITHDRAWN"
    ENROLLED = "ENROLLED"
    ENDED = "ENDED"


class CloseReason(StrEnum):
    """Why an application came to nothing."""

    ENTRY_REQUIREMENT = "ENTRY_REQUIREMENT"
    EXTRA_REQUIREMENT = "EXTRA_REQUIREMENT"
    CAPACITY = "CAPACITY"
    LATE = "LATE"
    NO_SHOW_INTAKE = "NO_SHOW_INTAKE"
    OTHER = "OTHER"
    OTHER_PROGRAMME_SAME = "OTHER_PROGRAMME_SAME"
    OTHER_INSTITUTION = "OTHER_INSTITUTION"
    STAYS_IN_VO = "STAYS_IN_VO"
    WORK = "WORK"
    UNKNOWN = "UNKNOWN"


class Track(StrEnum):
    """The learning route of an mbo programme (leerweg)."""

    BOL = "BOL"
    BBL = "BBL"
    OVO = "OVO"
    EX = "EX"


class LeavingReason(StrEnum):
    """Why an mbo enrolment ended (reden uitval 1-9, and ours)."""

    PERSONAL_OUTSIDE = "1"
    PERSONAL_SCHOOL = "2"
    SCHOOL = "3"
    WRONG_CHOICE = "4"
    LABOUR_MARKET = "5"
    AGREED_RESULT = "6"
    UNKNOWN = "7"
    NO_DROPOUT = "8"
    FEES_UNPAID = "9"
    DIPLOMA = "DIPLOMA"
    SWITCH = "SWITCH"
    REMOVED = "REMOVED"
    DECEASED = "DECEASED"
    BSA_NEGATIVE = "BSA_NEGATIVE"


class DossierStage(StrEnum):
    """How far the digital transfer file is; its content never comes here."""

    A_STARTED = "A_STARTED"
    A_DONE = "A_DONE"
    B_DONE = "B_DONE"
    APPROVED = "APPROVED"
    SENT = "SENT"
    PROCESSED = "PROCESSED"
    REFUSED = "REFUSED"


class WarmHandover(StrEnum):
    """Whether the schools have to speak in person about this learner, and whether they did."""

    NOT_NEEDED = "NOT_NEEDED"
    NEEDED = "NEEDED"
    DONE = "DONE"


class ReportType(StrEnum):
    """The kind of a statutory absence report (verzuimsoort); the historic V1 and V2 are refused."""

    V3 = "V3"
    V4 = "V4"
    LRV = "LRV"
    RMC = "RMC"
    L = "L"
    O = "O"  # noqa: E741 the letter that the law's register uses


class ReportStatus(StrEnum):
    """What became of an absence report: registered, in treatment, closed, noted or withdrawn."""

    R = "R"
    B = "B"
    G = "G"
    K = "K"
    I = "I"  # noqa: E741 the letter that the law's register uses


class ClosingReason(StrEnum):
    """Why an absence report was closed."""

    BACK_IN_SCHOOL = "BACK_IN_SCHOOL"
    ENDED_OTHER_EDUCATION = "ENDED_OTHER_EDUCATION"
    ENDED_WORK = "ENDED_WORK"
    ENDED_OTHER = "ENDED_OTHER"
    DECEASED = "DECEASED"
    LONG_TERM_ILL = "LONG_TERM_ILL"
    LEGITIMATE = "LEGITIMATE"


class RegisterKind(StrEnum):
    """What the national register tells a desk of a young person."""

    ENROLMENT_ADDED = "ENROLMENT_ADDED"
    ENROLMENT_CHANGED = "ENROLMENT_CHANGED"
    ENROLMENT_ENDED = "ENROLMENT_ENDED"
    STARTKWALIFICATIE = "STARTKWALIFICATIE"
    MOVED = "MOVED"
    DECEASED = "DECEASED"


class ContactResult(StrEnum):
    """What came of an attempt to reach a learner."""

    REACHED = "REACHED"
    NOT_REACHED = "NOT_REACHED"


class Outcome(StrEnum):
    """What became of an accepted event; a further copy of the same event gives none."""

    APPLIED = "applied"
    DUPLICATE = "duplicate"
    STALE = "stale"
    CONFLICT = "conflict"
    ANNULLED = "annulled"
    LATE = "late"
    GONE = "gone"
    QUARANTINED = "quarantined"
    DEAD = "dead"
