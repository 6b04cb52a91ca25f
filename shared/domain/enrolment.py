"""The enrolments of a learner in mbo: from their own events, from the register, or from an application.

Source: docs/domain.md 6 and rulings 5, 34, 43, 47, 48.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime

import msgspec

from shared.domain import effect
from shared.domain.calendar import DAY
from shared.domain.codes import ApplicationStatus, ClosingReason, RegisterKind, ReportStatus
from shared.domain.event import Version
from shared.domain.picture import Known, Picture
from shared.domain.place import lesson_day, seat
from shared.domain.policy import Policy
from shared.domain.world import World, first_lesson_day


class Enrolment(msgspec.Struct, frozen=True):
    """One enrolment in mbo; `brin` is empty when only the register knows it and names no institution.

    `end` is its last day. `seen` is a presence on or after the start. `absent_from` is the day from
    which nobody was seen too long (NO_SHOW), `assumed_from` the one from which presence is assumed
    because the institution cannot send it; at most one of the two is there, and neither once seen. Nothing
    is assumed of who was reported absent.
    """

    key: str
    brin: str
    site: str | None
    level: int | None
    start: date
    end: date | None
    version: Version
    end_version: Version | None
    seen: Version | None
    absent_from: date | None = None
    assumed_from: date | None = None
    application_ref: str | None = None

    @property
    def took_place(self) -> bool:
        """False when it was ended before it began: then nobody left another school for it."""
        return self.end is None or self.start <= self.end


class Look(msgspec.Struct, frozen=True):
    """From where enrolments are looked at: the world, the moment (UTC) and its local day."""

    world: World
    policy: Policy
    at: datetime
    today: date


def enrolments(picture: Picture, look: Look) -> list[Enrolment]:
    """Those with events of their own, and those that only the register knows."""
    ends = {known.effect.enrolment: known for known in picture.ends}
    own = [_started(start, ends.pop(start.effect.enrolment, None), picture) for start in picture.starts]
    own += map(_only_ended, ends.values())
    if picture.register:
        own = list(_with_register(own, picture, look.world))
    return [_watched(one, picture, look) for one in own]


def promised(picture: Picture, taken: Mapping[str, Enrolment], year: int, look: Look) -> Iterator[Enrolment]:
    """Those of which only an application that says ENROLLED or ENDED is known."""
    for known in picture.applications:
        if known.effect.ref not in taken and known.effect.status in _ENROLLED:
            yield _watched(_by_application(known, picture, year, look), picture, look)


_ENROLLED = (ApplicationStatus.ENROLLED, ApplicationStatus.ENDED)


def _started(
    start: Known[effect.EnrolmentStart], end: Known[effect.EnrolmentEnd] | None, picture: Picture
) -> Enrolment:
    told = start.effect
    return Enrolment(
        key=told.enrolment,
        brin=told.brin,
        site=told.site,
        level=told.level,
        start=told.start_date,
        end=end.effect.end_date if end else None,
        version=start.version,
        end_version=end.version if end else None,
        seen=picture.first_seen(told.enrolment, told.start_date),
        application_ref=told.application_ref,
    )


def _only_ended(end: Known[effect.EnrolmentEnd]) -> Enrolment:
    """An end of which the start never came: it counts as an enrolment that ended."""
    told = end.effect
    return Enrolment(
        key=told.enrolment,
        brin=told.brin,
        site=None,
        level=told.diploma_level,
        start=told.end_date,
        end=told.end_date,
        version=end.version,
        end_version=end.version,
        seen=None,
    )


def _by_application(known: Known[effect.Application], picture: Picture, year: int, look: Look) -> Enrolment:
    told = known.effect
    main = seat(look.world.institutions.get(told.brin))
    start = told.start_date or first_lesson_day(look.world, main, year, look.at)
    ended = told.status is ApplicationStatus.ENDED
    return Enrolment(
        key=told.ref,
        brin=told.brin,
        site=main.site if main else None,
        level=told.level,
        start=start,
        end=told.status_date if ended else None,
        version=known.version,
        end_version=known.version if ended else None,
        seen=picture.first_seen(f"{told.brin}:", start),
        application_ref=told.ref,
    )


class _Span(msgspec.Struct):
    """A time for which the register knows somebody at an institution; `end` is the last day."""

    start: Known[effect.RegisterChange]
    end: Known[effect.RegisterChange] | None = None

    @property
    def first(self) -> date:
        day = self.start.effect.valid_from
        return day if self.start is not self.end else day - DAY

    @property
    def last(self) -> date | None:
        return self.end.effect.valid_from - DAY if self.end else None


def _with_register(own: Sequence[Enrolment], picture: Picture, world: World) -> Iterator[Enrolment]:
    """An enrolment and the register's word of it are one; the register also tells that a silent one ended."""
    spans = list(_spans(picture.register))
    for one in own:
        known = [span for span in spans if (span.start.effect.brin or "") == one.brin and _meet(span, one)]
        spans = [span for span in spans if span not in known]
        over = next((span.end for span in reversed(known) if span.end), None)
        if one.end is None and over and known[-1].end is over:
            one = msgspec.structs.replace(one, end=known[-1].last, end_version=over.version)
        yield one
    for span in spans:
        yield _by_register(span, picture, world)


def _meet(span: _Span, one: Enrolment) -> bool:
    """Whether both speak of one time; an end without a start may end whatever began before."""
    if span.start is span.end:
        return one.start <= span.first
    return (span.last is None or span.last >= one.start) and (one.end is None or one.end >= span.first)


def _spans(changes: Iterable[Known[effect.RegisterChange]]) -> Iterator[_Span]:
    """What the register's changes come to, institution by institution; an end without a start is one day."""
    spans: dict[str, _Span] = {}
    for known in sorted(changes, key=lambda one: (one.effect.valid_from, one.effect.number)):
        brin, kind = known.effect.brin or "", known.effect.kind
        if kind is RegisterKind.ENROLMENT_ENDED:
            span = spans.pop(brin, None) or _Span(known)
            span.end = known
            yield span
        elif kind in (RegisterKind.ENROLMENT_ADDED, RegisterKind.ENROLMENT_CHANGED):
            spans.setdefault(brin, _Span(known))
    yield from spans.values()


def _by_register(span: _Span, picture: Picture, world: World) -> Enrolment:
    told = span.start.effect
    brin = told.brin or ""
    return Enrolment(
        key=f"reg:{brin}:{told.number}",
        brin=brin,
        site=None,
        level=world.reference.levels.get(told.crebo or ""),
        start=span.first,
        end=span.last,
        version=span.start.version,
        end_version=span.end.version if span.end else None,
        seen=picture.first_seen(f"{brin}:", span.first) if brin else None,
    )


def _watched(one: Enrolment, picture: Picture, look: Look) -> Enrolment:
    """The enrolment with the day from which silence means something, when nobody was seen yet."""
    if one.seen or one.start > look.today or (one.end is not None and one.end < look.today):
        return one
    institution = look.world.institutions.get(one.brin)
    site = (look.world.site(one.site) if one.site else None) or seat(institution)
    policy = look.policy.where(org=one.brin)
    if institution is not None and institution.presence:
        day = lesson_day(look.world, site, one.start, policy.no_show_days + 1, look.at)
        return msgspec.structs.replace(one, absent_from=day)
    day = lesson_day(look.world, site, one.start, policy.assumed_days + 1, look.at)
    if any(_tells_otherwise(known.effect, one, day) for known in picture.reports):
        return one
    return msgspec.structs.replace(one, assumed_from=day)


def _tells_otherwise(report: effect.AbsenceReport, one: Enrolment, day: date) -> bool:
    """Whether an absence that began before `day` was reported there, and not taken back or mended."""
    mended = report.status is ReportStatus.I or report.closing_reason is ClosingReason.BACK_IN_SCHOOL
    return report.brin == one.brin and report.begin_date < day and not mended
