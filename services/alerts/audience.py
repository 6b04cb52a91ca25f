"""Who may see what of a learner, as the entries that row-level security compares.

Each entry is a complete entitlement (project decision): `R38` the desks and coordinator of a region,
`R38/99VA00` its brokers for one school site, `R38/-` its brokers for learners without a site, `99VA00`
the school of origin, `99MA` an institution, `R-` the coordinator of the platform, who has the learners
without a region.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from shared.domain.alert import Alert
from shared.domain.case import Case
from shared.domain.codes import Role
from shared.domain.picture import Picture
from shared.domain.watch import subject_of
from shared.domain.world import Institution

NOBODY = "R-"


class Places(msgspec.Struct, frozen=True):
    """Where one learner is known in one transition year: school sites and institutions."""

    sites: tuple[str, ...] = ()
    institutions: tuple[str, ...] = ()


NOWHERE = Places()


def places(picture: Picture) -> Places:
    """The school sites and institutions that have a fact that counts in this picture."""
    sites = {known.effect.vo_site for known in picture.listings}
    sites |= {known.effect.vo_site for known in picture.exams}
    sites |= {known.effect.vo_site for known in picture.vo_ends}
    institutions = {known.effect.brin for known in picture.applications}
    institutions |= {known.effect.brin for known in picture.starts}
    return Places(tuple(sorted(sites)), tuple(sorted(institutions)))


def of_learner(region: str | None, where: Iterable[Places], at_work: Iterable[str] = ()) -> list[str]:
    """Who may see that this learner exists: the region, the schools and institutions involved.

    `at_work` are the regions with an open case or alert: the desk to which one was handed on has to see whom
    it is about. An institution sees its own part only; what that is, the reader decides by the facts' sender.
    """
    where = list(where)
    sites = sorted({site for there in where for site in there.sites})
    institutions = {org for there in where for org in there.institutions}
    others = [entry for one in sorted({*at_work} - {region}) for entry in _entries(one, sites)]
    return _entries(region, sites) + others + sites + sorted(institutions)


def of_alert(alert: Alert, where: Places) -> list[str]:
    """Who may see this alert: its region, and the school or institution that it was sent to."""
    told = {
        recipient.site or recipient.org
        for recipient in alert.recipients
        if recipient.role in (Role.VO_SCHOOL, Role.MBO_INSTITUTION)
    }
    return _entries(alert.region, where.sites) + sorted(entry for entry in told if entry)


def of_institution_alert(alert: Alert, institution: Institution) -> list[str]:
    """Who may see an alert about an institution: its region, and whoever signs in there.

    Users of a school are known by its sites, those of an mbo institution by its code.
    """
    subject = subject_of(alert)
    if subject == institution.org and institution.role is Role.VO_SCHOOL:
        return _entries(alert.region, ()) + [site.site for site in institution.sites]
    return [*_entries(alert.region, ()), subject]


def of_case(case: Case, where: Places) -> list[str]:
    """Who may see this case: desks and brokers of its region, nobody else."""
    return _entries(case.region, where.sites)


def regions(audience: Iterable[str]) -> set[str]:
    """The regions in an audience, to wake the desks that look at them: `38`; `-` is nobody's."""
    return {entry[1:] for entry in audience if entry.startswith("R") and "/" not in entry}


def _entries(region: str | None, sites: Iterable[str]) -> list[str]:
    if region is None:
        return [NOBODY]
    desk = f"R{region}"
    return [desk, *(f"{desk}/{site}" for site in sites or ("-",))]
