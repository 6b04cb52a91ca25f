"""What an event can mean: a closed set. A new effect is a design decision, a new event type is not.

An event type turns its stored fields into one of these; `state.py` and the rules know nothing else.
Dates are local dates in Europe/Amsterdam. Where a name differs from the wire, the field says so: the
fields of an event are converted straight into its effect.
"""

from __future__ import annotations

from datetime import date

import msgspec

from shared.domain.codes import (
    ApplicationStatus,
    CloseReason,
    ClosingReason,
    ConfirmedBy,
    ContactResult,
    DestinationKind,
    DossierStage,
    ExamOutcome,
    Expected,
    LeavingReason,
    RegisterKind,
    ReportStatus,
    ReportType,
    Role,
    Track,
    VoEndReason,
    VoType,
    WarmHandover,
)


def _enrolment(brin: str | None, number: str | None, vo_site: str | None) -> str:
    """An enrolment in mbo by institution and number; in vo it is the site."""
    return f"{brin}:{number}" if number else str(vo_site)


class Listing(msgspec.Struct, frozen=True, rename="camel"):
    """The school of origin expects this learner to move."""

    vo_site: str
    vo_type: VoType
    grade: int
    birth_date: date
    municipality: str
    expected: Expected = msgspec.field(name="expectedDestination")
    vulnerable: bool = False
    qualified: bool = msgspec.field(name="hasStartkwalificatie", default=False)
    combined_route: bool = False


class Exam(msgspec.Struct, frozen=True, rename="camel"):
    """A result of the final exam."""

    vo_site: str
    outcome: ExamOutcome
    result_date: date


class VoEnd(msgspec.Struct, frozen=True, rename="camel"):
    """The enrolment in secondary education ends; `end_date` is its last day."""

    vo_site: str
    end_date: date
    reason: VoEndReason


class Application(msgspec.Struct, frozen=True, rename="camel"):
    """The newest step of one application."""

    ref: str = msgspec.field(name="applicationRef")
    brin: str = msgspec.field(name="mboBrin")
    crebo: str
    intake_year: int
    status: ApplicationStatus
    status_date: date
    level: int | None = None
    start_date: date | None = None
    close_reason: CloseReason | None = None


class EnrolmentStart(msgspec.Struct, frozen=True, rename="camel"):
    """An enrolment in mbo; it may lie in the future."""

    brin: str = msgspec.field(name="mboBrin")
    number: str = msgspec.field(name="enrolmentNo")
    site: str
    crebo: str
    level: int
    track: Track
    start_date: date
    planned_end_date: date | None = None
    application_ref: str | None = None

    @property
    def enrolment(self) -> str:
        """The enrolment as subject keys name it: `99MA:E0004711`."""
        return f"{self.brin}:{self.number}"


class EnrolmentEnd(msgspec.Struct, frozen=True, rename="camel"):
    """An enrolment in mbo ends; `end_date` is its last day."""

    brin: str = msgspec.field(name="mboBrin")
    number: str = msgspec.field(name="enrolmentNo")
    end_date: date
    reason: LeavingReason = msgspec.field(name="reasonCode")
    diploma_level: int | None = None

    @property
    def enrolment(self) -> str:
        """The enrolment as subject keys name it: `99MA:E0004711`."""
        return f"{self.brin}:{self.number}"


class Presence(msgspec.Struct, frozen=True, rename="camel"):
    """The learner was seen in a lesson: the first time of that week."""

    day: date = msgspec.field(name="date")
    brin: str | None = msgspec.field(name="mboBrin", default=None)
    number: str | None = msgspec.field(name="enrolmentNo", default=None)
    vo_site: str | None = None

    @property
    def enrolment(self) -> str:
        """The enrolment as subject keys name it: `99MA:E0004711`, or the vo site."""
        return _enrolment(self.brin, self.number, self.vo_site)


class Absence(msgspec.Struct, frozen=True, rename="camel"):
    """The lesson hours that the learner missed on one day; a lesson of at most 60 minutes is one hour."""

    day: date = msgspec.field(name="date")
    unauthorised: float = msgspec.field(name="unauthorisedHours")
    authorised: float = msgspec.field(name="authorisedHours")
    brin: str | None = msgspec.field(name="mboBrin", default=None)
    number: str | None = msgspec.field(name="enrolmentNo", default=None)
    vo_site: str | None = None

    @property
    def enrolment(self) -> str:
        """The enrolment as subject keys name it: `99MA:E0004711`, or the vo site."""
        return _enrolment(self.brin, self.number, self.vo_site)


class AbsenceReport(msgspec.Struct, frozen=True, rename="camel"):
    """A statutory absence report and what became of it; days are local dates, `hours` lesson hours."""

    number: str = msgspec.field(name="reportNo")
    type: ReportType
    begin_date: date
    status: ReportStatus
    brin: str | None = msgspec.field(name="mboBrin", default=None)
    enrolment_no: str | None = None
    vo_site: str | None = None
    end_date: date | None = None
    hours: float | None = None
    closing_reason: ClosingReason | None = None

    @property
    def enrolment(self) -> str:
        """The enrolment as subject keys name it: `99MA:E0004711`, or the vo site."""
        return _enrolment(self.brin, self.enrolment_no, self.vo_site)


class Destination(msgspec.Struct, frozen=True, rename="camel"):
    """A confirmed destination other than mbo."""

    kind: DestinationKind
    valid_from: date
    confirmed_by: ConfirmedBy
    hours_per_week: float | None = None
    review_date: date | None = None


class Contact(msgspec.Struct, frozen=True, rename="camel"):
    """An attempt of a broker or desk to reach the learner."""

    day: date = msgspec.field(name="date")
    result: ContactResult
    by: Role
    case_id: str | None = None


class Home(msgspec.Struct, frozen=True, rename="camel"):
    """From `valid_from` on the learner lives in this municipality (CBS code)."""

    municipality: str
    valid_from: date


class Dossier(msgspec.Struct, frozen=True, rename="camel"):
    """How far the transfer file for one institution is."""

    brin: str = msgspec.field(name="mboBrin")
    stage: DossierStage
    warm_handover: WarmHandover | None = None


class RegisterChange(msgspec.Struct, frozen=True, rename="camel"):
    """What the weekly delivery of the national register says; it holds from `valid_from`.

    `brin` is None when the register names no mbo institution.
    """

    number: int = msgspec.field(name="deltaNo")
    kind: RegisterKind
    valid_from: date
    brin: str | None = msgspec.field(name="mboBrin", default=None)
    crebo: str | None = None


class Consent(msgspec.Struct, frozen=True, rename="camel"):
    """Leave to share what the law does not name, given or taken back."""

    scope: str
    granted: bool
    day: date = msgspec.field(name="date")


class Link(msgspec.Struct, frozen=True, rename="camel"):
    """Two references are one person, known by `new_ref` from now on."""

    old_ref: str
    new_ref: str


class LessonCalendar(msgspec.Struct, frozen=True, rename="camel"):
    """The lessons of one site in one study year; it says nothing of a learner."""

    site: str
    study_year: int
    first_lesson_day: date
    free_days: tuple[date, ...]


class Retraction(msgspec.Struct, frozen=True, rename="camel"):
    """An earlier event of the same source was posted in error."""

    target_event_id: str
    reason: str


Effect = (
    Listing
    | Exam
    | VoEnd
    | Application
    | EnrolmentStart
    | EnrolmentEnd
    | Presence
    | Absence
    | AbsenceReport
    | Destination
    | Contact
    | Home
    | Dossier
    | RegisterChange
    | Consent
    | Link
    | LessonCalendar
    | Retraction
)
