"""What an event can mean: a closed set. A new effect is a design decision, a new event type is not.

An event type turns its stored fields into one of these; `state.py` and the rules know nothing else.
Dates are local dates in Europe/Amsterdam.
"""

from __future__ import annotations

from datetime import date

import msgspec

from shared.domain.codes import (
    ApplicationStatus,
    CloseReason,
    ConfirmedBy,
    ContactResult,
    DestinationKind,
    ExamOutcome,
    Expected,
    LeavingReason,
    Role,
    Track,
    VoEndReason,
    VoType,
)


class Listing(msgspec.Struct, frozen=True):
    """The school of origin expects this learner to move."""

    vo_site: str
    vo_type: VoType
    grade: int
    birth_date: date
    municipality: str
    expected: Expected
    vulnerable: bool
    qualified: bool
    combined_route: bool


class Exam(msgspec.Struct, frozen=True):
    """A result of the final exam."""

    vo_site: str
    outcome: ExamOutcome
    result_date: date


class VoEnd(msgspec.Struct, frozen=True):
    """The enrolment in secondary education ends; `end_date` is its last day."""

    vo_site: str
    end_date: date
    reason: VoEndReason


class Application(msgspec.Struct, frozen=True):
    """The newest step of one application."""

    ref: str
    brin: str
    crebo: str
    level: int | None
    intake_year: int
    status: ApplicationStatus
    status_date: date
    start_date: date | None
    close_reason: CloseReason | None


class EnrolmentStart(msgspec.Struct, frozen=True):
    """An enrolment in mbo; it may lie in the future."""

    enrolment: str
    brin: str
    site: str
    crebo: str
    level: int
    track: Track
    start_date: date
    planned_end_date: date | None
    application_ref: str | None


class EnrolmentEnd(msgspec.Struct, frozen=True):
    """An enrolment in mbo ends; `end_date` is its last day."""

    enrolment: str
    brin: str
    end_date: date
    reason: LeavingReason
    diploma_level: int | None


class Presence(msgspec.Struct, frozen=True):
    """The learner was seen in a lesson: the first time of that week."""

    enrolment: str
    day: date


class Destination(msgspec.Struct, frozen=True):
    """A confirmed destination other than mbo."""

    sender: str
    kind: DestinationKind
    valid_from: date
    confirmed_by: ConfirmedBy
    review_date: date | None


class Contact(msgspec.Struct, frozen=True):
    """An attempt of a broker or desk to reach the learner."""

    day: date
    result: ContactResult
    by: Role
    case_id: str | None


class Retraction(msgspec.Struct, frozen=True):
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
    | Destination
    | Contact
    | Retraction
)
