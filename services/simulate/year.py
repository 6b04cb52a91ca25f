"""A whole year: every learner's events, with the corrections, repeats and delays of real senders."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from random import Random

from services.simulate.fates import choose
from services.simulate.learner import Event, Life, Posting
from services.simulate.region import Region
from shared.domain.calendar import add_working_days
from shared.domain.world import World

CORRECTED, DOUBLED, DELAYED, RETRACTED = 0.03, 0.01, 0.02, 0.0015
"""The shares of events that are corrected, sent twice, posted days late, or posted in error."""


def postings(region: Region, world: World, year: int, learners: int, seed: int, last: date) -> list[Posting]:
    """Every posting up to the last day, in order of day; the same for the same arguments."""
    found = [
        posting
        for number in range(1, learners + 1)
        for posting in _of_learner(region, world, year, seed, number, last)
        if posting.day <= last
    ]
    return sorted(found, key=lambda one: (one.day, one.event["id"]))


def _of_learner(
    region: Region, world: World, year: int, seed: int, number: int, last: date
) -> Iterator[Posting]:
    life = Life(region, world, year, seed, number)
    choose(life)(life, last)
    _correct(life)
    _mistake(life, last)
    for posting in life.postings:
        yield from _as_sent(posting, life.chance)


def _correct(life: Life) -> None:
    """The newest version of some facts is followed by one with another detail."""
    newest: dict[str, Event] = {}
    for posting in life.postings:
        if posting.event["type"].endswith((".listed.v1", ".status.v1")):
            newest[posting.event["data"].get("applicationRef", "listed")] = posting.event
    share = CORRECTED * len(life.postings) / max(1, len(newest))
    for event in newest.values():
        if life.chance.random() < share:
            day = add_working_days(date.fromisoformat(event["time"][:10]), life.chance.randint(1, 3))
            detail = {"track": "BBL"} if "track" in event["data"] else {"vulnerable": True}
            life.again(event, day, **detail)


def _mistake(life: Life, last: date) -> None:
    """Now and then the end of an enrolment is posted for the wrong learner, and taken back."""
    starts = [one.event for one in life.postings if one.event["type"].endswith("enrolment.started.v1")]
    if not starts or life.chance.random() > RETRACTED * len(life.postings):
        return
    started = starts[-1]["data"]
    day = add_working_days(date.fromisoformat(started["startDate"]), life.chance.randint(3, 25))
    if add_working_days(day, 2) > last:
        return
    wrong = life.tell(
        day,
        "mbo.enrolment.ended",
        started["senderOrg"],
        mboBrin=started["mboBrin"],
        enrolmentNo=started["enrolmentNo"],
        endDate=day.isoformat(),
        reasonCode="7",
    )
    life.tell(
        add_working_days(day, 1),
        "event.retracted",
        started["senderOrg"],
        targetEventId=wrong["id"],
        reason="POSTED_IN_ERROR",
    )


def _as_sent(posting: Posting, chance: Random) -> Iterator[Posting]:
    luck = chance.random()
    if luck < DELAYED:
        yield Posting(add_working_days(posting.day, chance.randint(2, 6)), posting.event)
        return
    yield posting
    if luck < DELAYED + DOUBLED:
        yield Posting(add_working_days(posting.day, 1), posting.event)
