"""How real senders post: with corrections, mistakes, repeats and delays, and now and then not at all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import msgspec

from services.simulate.learner import Life
from services.simulate.posting import Event, Posting
from services.simulate.school_year import Period
from shared.domain.calendar import add_working_days

CORRECTED, DOUBLED, DELAYED = 0.03, 0.01, 0.02
"""The shares of events that are corrected, sent twice, or posted days after they were written down."""
RETRACTED, MUDDLED = 0.01, 0.002
"""The shares of learners of whom an event is taken back, or posted in two versions under one number."""
SUPERSEDING = 0.3
"""The share of corrections that name the event they replace."""
OUTAGE: Period = (0, 4, 7), (0, 4, 30)
"""When the system of the silent partner sends nothing: more than ten working days."""


def untidy(life: Life) -> None:
    """What schools post because they were wrong."""
    told = list(life.postings)
    mistaken = _correctable(told)
    for one in mistaken:
        if life.chance.random() < CORRECTED * len(told) / len(mistaken):
            _corrects(life, one)
    if life.chance.random() < RETRACTED:
        _takes_back(life, told)
    if life.chance.random() < MUDDLED:
        _muddles(life, told)


def as_sent(posting: Posting, life: Life) -> Iterator[Posting]:
    """The postings that come of it: late, twice, or when its sender can send again."""
    luck, day = life.chance.random(), posting.day
    if luck < DELAYED:
        day = add_working_days(day, life.chance.randint(2, 6))
    first, last = life.year.dates(OUTAGE)
    if first <= day <= last and posting.event["data"]["senderOrg"] == life.region.unseen[0].org:
        day = add_working_days(last, 1)
    yield msgspec.structs.replace(posting, day=day)
    if DELAYED <= luck < DELAYED + DOUBLED:
        yield msgspec.structs.replace(posting, day=add_working_days(day, 1))


def _correctable(told: list[Posting]) -> list[Posting]:
    """The newest version of each fact in which schools make mistakes."""
    newest: dict[str, Posting] = {}
    for one in told:
        data = one.event["data"]
        if one.kind == "mbo.application.status":
            newest[data["applicationRef"]] = one
        elif one.kind in ("vo.learner.listed", "vo.learner.changed"):
            newest["list"] = one
        elif one.kind == "attendance.absent":
            newest[data["date"]] = one
    return list(newest.values())


def _corrects(life: Life, one: Posting) -> None:
    kind = "vo.learner.changed" if one.kind == "vo.learner.listed" else one.kind
    day = add_working_days(one.day, life.chance.randint(1, 3))
    replaces = life.chance.random() < SUPERSEDING
    life.correct(one.event, day, kind, replaces, **_as_it_was(one.event["data"]))


def _as_it_was(data: Event) -> Event:
    """The detail that was wrong, as it should have been."""
    if "track" in data:
        return {"track": "BOL" if data["track"] == "BBL" else "BBL"}
    if "vulnerable" in data:
        return {"vulnerable": not data["vulnerable"]}
    unauthorised, authorised = data["unauthorisedHours"], data["authorisedHours"]
    return {"unauthorisedHours": 0.0, "authorisedHours": unauthorised or authorised - 1}


def _takes_back(life: Life, told: list[Posting]) -> None:
    """The end of an enrolment was posted for the wrong learner."""
    starts = [one.event["data"] for one in told if one.kind == "mbo.enrolment.started"]
    if not starts:
        return
    start = starts[-1]
    first = date.fromisoformat(start["startDate"])
    day = add_working_days(first, life.chance.randint(3, 25))
    wrong = life.tell(
        day,
        "mbo.enrolment.ended",
        start["senderOrg"],
        mboBrin=start["mboBrin"],
        enrolmentNo=start["enrolmentNo"],
        endDate=day.isoformat(),
        reasonCode="7",
    )
    life.tell(
        add_working_days(day, 1),
        "event.retracted",
        start["senderOrg"],
        targetEventId=wrong["id"],
        reason="POSTED_IN_ERROR",
    )


def _muddles(life: Life, told: list[Posting]) -> None:
    """Two versions of a status under one number, and after some days the one that counts."""
    steps = [one for one in told if one.kind == "mbo.application.status"]
    if not steps:
        return
    event, day = steps[-1].event, steps[-1].day
    other = life.correct(event, day, steps[-1].kind, replaces=False, track="OVO")
    other["data"]["sourceSeq"] = event["data"]["sourceSeq"]
    life.correct(event, add_working_days(day, life.chance.randint(2, 8)), steps[-1].kind, replaces=False)
