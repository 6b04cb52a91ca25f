"""From a learner's newest record to alerts and cases: the job of the alerts lane.

The lane brings records, due moments and the actions of people; `fold` walks each learner on and
collects what changed; `write` puts that into the lane's transaction. Nothing here reads a clock: a
learner is walked up to the watermark, the time before which nothing can arrive any more.
"""

from __future__ import annotations

import traceback
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import msgspec
import structlog

from services.alerts import events, outbox, store, terms
from services.alerts.audience import regions
from services.alerts.rows import Changed, Rows, rows_of, standing_still
from services.alerts.store import Handed, Held
from services.alerts.walk import BLOCKED, LED_ON, Answer, Asked, invalid, refusal, walk
from services.alerts.watches import Watches
from shared.domain.action import NOT_FOUND, Action
from shared.domain.advance import INSTANT
from shared.domain.facts import Link, Record
from shared.domain.ids import STUDENT_REF
from shared.domain.learner import Learner, awaited, bring, newcomer, stir, take
from shared.domain.world import Institution, World
from shared.runtime import metrics
from shared.runtime.codec import CODEC_HEADER, Outgoing, Raw, Unreadable, decode_record
from shared.runtime.database import Connection
from shared.runtime.job import ActionRow
from shared.runtime.topics import TRANSITION_STATES

EVER = datetime(2000, 1, 1, tzinfo=UTC)
"""Before anything: the watermark of a partition that never had one."""

log = structlog.get_logger()


class Item(msgspec.Struct, frozen=True):
    """One record of `transition-states`; without a record the learner was erased or has expired."""

    student_ref: str
    record: Record | None


class Change(msgspec.Struct):
    """What one batch changes of one learner; `before` is what its rows say.

    `looked`: it was due, so its timer row is set anew. `erased`: whose rows are deleted. `stopped`: why
    its walk stands still from now on; `freed`: it stood still, and goes on.
    """

    held: Held
    before: Learner
    rows: Rows | None = None
    moved: set[str] = msgspec.field(default_factory=set)
    looked: bool = False
    erased: list[str] = msgspec.field(default_factory=list)
    stopped: str | None = None
    freed: bool = False


class Settle:
    """Settles learners: in memory by `fold`, in the database by `write`."""

    schema = "alerts"
    topic = TRANSITION_STATES
    group = "transfers-alerts"

    def __init__(self, world: World, address: str, capacity: int = 20_000) -> None:
        self.world = world
        self._address = address
        self._capacity = capacity
        self._held: dict[str, Held] = {}  # in order of use, the longest unused first
        self._written: set[str] = set()  # the learners of the batch that is about to be committed
        self._still: dict[str, int] = {}  # who cannot be judged, and in which partition
        self._news: list[tuple[str, str]] = []
        self._watches = Watches(address)
        self._begin()

    def _begin(self) -> None:
        self._changes: dict[str, Change] = {}
        self._answers: list[Answer] = []
        self._messages: list[Outgoing] = []
        self._taken: list[Handed] = []
        self._given: list[Handed] = []

    def decode(self, record: Raw, known: datetime) -> Item:
        """A record of the topic as an item. Raises Unreadable."""
        ref = (record.key or b"").decode(errors="replace")
        if not STUDENT_REF.fullmatch(ref):
            raise Unreadable("no-key")
        if record.value is None:
            return Item(ref, None)
        if CODEC_HEADER not in record.headers:
            raise Unreadable("unknown-codec")
        return Item(ref, decode_record(record.value))

    async def load(self, conn: Connection, keys: set[str]) -> None:
        """Bring these learners into memory, and let go of those that were not used for long."""
        for ref in keys & self._held.keys():
            self._held[ref] = self._held.pop(ref)
        await self._watches.load(conn)
        missing = keys - self._held.keys()
        if missing:
            self._evict(len(self._held) + len(missing) - self._capacity, keys)
            self._held |= await store.load(conn, missing)

    def _evict(self, surplus: int, keys: set[str]) -> None:
        if surplus > 0:
            unused = (ref for ref in self._held if ref not in keys and ref not in self._changes)
            for ref in list(islice(unused, surplus)):
                del self._held[ref]

    async def stir(self, conn: Connection, parts: Sequence[int], institutions: Sequence[Institution]) -> None:
        """Institutions changed: who has a fact there is looked at again, at the moment of the change."""
        changed = [
            (place, one.changed_at)
            for one in institutions
            if one.changed_at is not None
            for place in (one.org, *(site.site for site in one.sites))
        ]
        for ref, due in (await store.stir(conn, parts, changed)).items():
            if ref in self._held:
                self._held[ref].due = due

    def announcements(self) -> list[tuple[str, str]]:
        """Whom to wake after COMMIT: the desks of the regions touched, and who waits for an answer."""
        told, self._news = self._news, []
        return told

    def forget(self, parts: set[int]) -> None:
        """These partitions have another holder, or a transaction failed: what was folded is void."""
        self._held = {
            ref: held
            for ref, held in self._held.items()
            if held.part not in parts and ref not in self._changes and ref not in self._written
        }
        self._still = {ref: part for ref, part in self._still.items() if part not in parts}
        self._watches.forget()
        self._news = []
        self._begin()

    def fold(
        self,
        part: int,
        items: Sequence[Item | Handed],
        due: Sequence[str],
        actions: Sequence[ActionRow],
        until: datetime | None,
    ) -> None:
        """Walk whoever something arrived for or is due, and the watches, up to `until` (UTC)."""
        newest = self._receive(part, [one for one in items if isinstance(one, Item)])
        brought: defaultdict[str, list[Handed]] = defaultdict(list)
        for one in items:
            if isinstance(one, Handed):
                brought[one.student_ref].append(one)
        asked = self._read(actions)
        for ref in due:
            self._look(self._change(part, ref))
        for ref, handed in brought.items():
            self._bring(self._change(part, ref), handed)
        for ref in dict.fromkeys([*newest, *due, *asked, *brought]):
            self._settle(self._change(part, ref), newest.get(ref), until or EVER, asked[ref])
        self._watches.fold(part, self.world, until)

    async def write(self, conn: Connection) -> list[Outgoing]:
        """Write what the batch changed, in the lane's transaction; returns what is to be sent."""
        changes = list(self._changes.values())
        rows = [change.rows for change in changes if change.rows is not None]
        await store.erase(conn, [ref for change in changes for ref in change.erased])
        await store.hand_over(conn, self._taken, self._given)
        await store.save_learners(conn, [row.learner for row in rows])
        await store.save_alerts(conn, [alert for row in rows for alert in row.alerts])
        await store.save_cases(conn, [case for row in rows for case in row.cases])
        await store.save_timers(conn, _due(changes))
        await store.block(conn, [(one.held, one.stopped) for one in changes if one.stopped])
        await store.unblock(conn, [change.held for change in changes if change.freed])
        await store.answer(conn, self._answers)
        self._count(changes)
        messages = self._messages + self._watches.messages
        concerned = await self._watches.write(conn)
        self._news = [("action_done", str(answer.id)) for answer in self._answers]
        if await events.keep(conn, messages):
            self._news.append(("deliver", ""))
        if touched := _regions((*(who for row in rows for who in row.audiences), *concerned)):
            self._news.append(("desk", ",".join(sorted(touched))))
        self._written = set(self._changes)
        self._begin()
        return messages

    def _count(self, changes: Iterable[Change]) -> None:
        """How many learners of this process stand still."""
        for change in changes:
            if change.stopped:
                self._still[change.before.student_ref] = change.held.part
            elif change.freed or change.erased:
                self._still.pop(change.before.student_ref, None)
        metrics.LEARNERS_BLOCKED.set(len(self._still))

    def _receive(self, part: int, items: Iterable[Item]) -> dict[str, Record]:
        """The highest version of each learner among the items, when it is higher than the held one."""
        newest: dict[str, Record] = {}
        for item in items:
            ref = item.student_ref
            if item.record is None:
                newest.pop(ref, None)
                self._erase(self._change(part, ref))
            elif item.record.version > newest.get(ref, self._held[ref].learner.record).version:
                newest[ref] = item.record
        return newest

    def _read(self, actions: Iterable[ActionRow]) -> defaultdict[str, list[Asked]]:
        """The actions of each learner in the order of their moments."""
        asked: defaultdict[str, list[Asked]] = defaultdict(list)
        for row in sorted(actions, key=lambda row: (row.at, row.id)):
            try:
                action = msgspec.json.decode(row.body, type=Action)
            except msgspec.MsgspecError:
                self._answers.append(invalid(row.id, row.at))
                continue
            action = msgspec.structs.replace(
                action, at=row.at, student_ref=row.student_ref, action_id=str(row.id)
            )
            asked[row.student_ref].append(Asked(row.id, action, row.if_match))
        return asked

    def _change(self, part: int, ref: str) -> Change:
        change = self._changes.get(ref)
        if change is None:
            held = self._held[ref]
            held.part = part
            change = self._changes[ref] = Change(held, held.learner)
        return change

    def _erase(self, change: Change) -> None:
        ref = change.before.student_ref
        change.erased += [ref, *store.brought_to(change.held.learner)]
        change.held = self._held[ref] = Held(newcomer(ref), change.held.part)
        change.before = change.held.learner

    def _look(self, change: Change) -> None:
        """It is due: by its own walk, or because something changed in the world that concerns it."""
        held, change.looked = change.held, True
        own = held.learner.next_due
        if held.due is None or held.blocked or (own is not None and own <= held.due):
            return
        settled = held.learner.settled_until
        held.learner = stir(held.learner, held.due if settled is None else max(held.due, settled + INSTANT))

    def _settle(self, change: Change, record: Record | None, until: datetime, asked: list[Asked]) -> None:
        held = change.held
        if held.learner.record.linked is not None:
            self._answers += [refusal(one, "unavailable", LED_ON) for one in asked]
            return
        if record is not None and record.linked is not None:
            self._hand_over(change, record, record.linked, asked)
            return
        if record is None and not held.learner.record.version:
            self._answers += [refusal(one, NOT_FOUND.code, NOT_FOUND.detail) for one in asked]
            return
        if held.blocked and record is None and not change.looked:
            self._answers += [refusal(one, "unavailable", BLOCKED) for one in asked]
            return
        if record is not None:
            held.learner = take(held.learner, record)
        try:
            self._walk(change, until, asked)
        except Exception as defect:  # a defect of a rule stops this learner, and nobody else
            self._retry(change, until, asked, defect)

    def _bring(self, change: Change, handed: Sequence[Handed]) -> None:
        """Walks of old references arrive; where this one has become an old one itself, they go on with it."""
        held = change.held
        link = held.learner.record.linked
        for one in handed:
            self._taken.append(one)
            if link is not None:
                self._given.append(msgspec.structs.replace(one, student_ref=link.new_ref))
                continue
            held.learner = bring(held.learner, one.old)
            held.revisions = one.revisions | held.revisions
            held.delete_after = max(held.delete_after, one.delete_after)
            change.looked = True  # who stands still is tried again
            if not held.learner.record.version:  # nothing is known yet: the link is on its way
                held.learner = _revised(held.learner, change.before)
                change.rows = standing_still(held.learner, held.part, (), held.delete_after)

    def _hand_over(self, change: Change, record: Record, link: Link, asked: list[Asked]) -> None:
        """This reference leads to another one now: its walk ends here, and goes on there."""
        held, term = change.held, terms.alert_term(link.at.year + 1)
        self._answers += [refusal(one, "unavailable", LED_ON) for one in asked]
        self._given.append(Handed(link.new_ref, held.learner, held.revisions, term))
        gone = Learner(record.student_ref, record, revision=change.before.revision + 1)
        change.freed, change.stopped = held.blocked, None
        held.learner, held.revisions, held.blocked, held.audience = gone, {}, False, ()
        held.delete_after = term
        change.rows = standing_still(gone, held.part, (), term)

    def _retry(self, change: Change, until: datetime, asked: list[Asked], defect: Exception) -> None:
        """Once more without what people asked for; a learner who still cannot be judged stands still."""
        self._answers += [refusal(one, "unavailable", BLOCKED) for one in asked]
        try:
            self._walk(change, until, [])
        except Exception:
            report(defect)
            held = change.held
            held.blocked, change.stopped, change.freed = True, "cannot-judge", False
            held.learner = _revised(held.learner, change.before)
            change.rows = standing_still(held.learner, held.part, held.audience, held.delete_after)

    def _walk(self, change: Change, until: datetime, asked: list[Asked]) -> None:
        """Walk on; only when everything that follows from it is worked out, it counts."""
        held = change.held
        walked = walk(held.learner, held.revisions, self.world, until, asked)
        moved = change.moved | walked.moved
        learner = _revised(walked.learner, change.before)
        if learner is not change.before:
            found = Changed(change.before, learner, held.part, moved, walked.revisions)
            change.rows = rows_of(found)
            held.audience, held.delete_after = change.rows.learner.audience, change.rows.learner.delete_after
        change.freed, change.stopped, change.moved = change.freed or held.blocked, None, moved
        held.learner, held.revisions, held.blocked = learner, walked.revisions, False
        self._answers += walked.answers
        self._messages += [outbox.outbound(one, self._address, held.part) for one in walked.happenings]
        self._messages += [outbox.contact(one, held.part) for one in walked.contacts]


def _revised(learner: Learner, before: Learner) -> Learner:
    """The learner with the revision that its row gets, when it differs from what the row says."""
    if learner is before:
        return before
    return msgspec.structs.replace(learner, revision=before.revision + 1)


def report(defect: Exception) -> None:
    """Where it went wrong; what the exception says may be about a person, and stays out of the log."""
    place = traceback.extract_tb(defect.__traceback__)[-1]
    log.error(
        "learner_blocked", defect=type(defect).__name__, place=f"{Path(place.filename).name}:{place.lineno}"
    )


def _due(changes: Iterable[Change]) -> Iterator[tuple[Held, datetime | None]]:
    """The timer rows that have to be set anew, and to what.

    Whom a change of the world made due, and nobody has looked at since, stays due.
    """
    for change in changes:
        held = change.held
        due = None if held.blocked or awaited(held.learner) else held.learner.next_due
        if held.due is not None and held.due != change.before.next_due and not change.looked:
            due = held.due if due is None else min(due, held.due)
        if change.looked or due != held.due:
            held.due = due
            yield held, due


def _regions(audiences: Iterable[Sequence[str]]) -> set[str]:
    """The regions whose desks may see something of what changed."""
    return {region for who in audiences for region in regions(who)}
