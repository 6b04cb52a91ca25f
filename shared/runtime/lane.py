"""The lane: the one loop that changes learners.

It reads the partitions that it holds, lets its job work in memory, and writes what changed in ONE
transaction together with the offsets. Every transaction first moves the offset rows: who holds an old
epoch, or another idea of the offset, writes nothing. After COMMIT one sender for each partition sends;
what it sends waits in the outbox until it is acknowledged.

Records, due moments, changes of institutions and the actions of people are all work of the lane that
holds the learner's partition. Reading and decoding go on while a transaction waits for the database.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import asyncpg
import msgspec
import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError

from shared.domain.world import Institution
from shared.runtime import metrics
from shared.runtime.adoption import Adoption, LaneFault, Newest
from shared.runtime.clock import Clock, machine_now
from shared.runtime.codec import Mark as Mark
from shared.runtime.codec import Outgoing as Outgoing
from shared.runtime.codec import Raw as Raw
from shared.runtime.codec import Unreadable as Unreadable
from shared.runtime.config import Settings
from shared.runtime.database import Connection, Listener, connect, passes
from shared.runtime.dead_letters import dead_letter
from shared.runtime.gauge import Gauge
from shared.runtime.institutions import Follower
from shared.runtime.intake import BATCH_BYTES, BATCH_RECORDS, YIELD_SECONDS, Intake
from shared.runtime.job import ActionRow as ActionRow
from shared.runtime.job import Again
from shared.runtime.job import Job as Job
from shared.runtime.kafka import LANE_BATCH, Producer, cluster_id, lane_consumer
from shared.runtime.ledger import DUE_LIMIT, Ledger, Move, Stand, tell
from shared.runtime.partition import Dead, Partition, Slice
from shared.runtime.sender import Parcel, Sender
from shared.runtime.tasks import begin, end
from shared.runtime.topics import PARTITIONS, partition_of

CHUNK_RECORDS = 500
FOLD_SECONDS = 0.5
UNSENT_MESSAGES = 20_000
PULSE_SECONDS = 1.0
COMMIT_PULSES = 5
ORPHAN_PULSES = 15
DRAIN_SECONDS = 8.0
BACKOFF_SECONDS = (0.1, 0.5, 1.0, 2.0, 5.0)
SETTLED = "settled"
STAGES = {"placement": "placed", "alerts": "settled"}
"""What has become of an event when the lane of this schema has committed it."""

Beat = Callable[[int, int, Mark], Sequence[Outgoing]]
Refused = Callable[[Raw, str], Sequence[Outgoing]]
Handed = Callable[[Connection, Collection[int]], Awaitable[Mapping[int, Sequence[Any]]]]

log = structlog.get_logger()


class Fenced(Exception):
    """Partitions have another holder; nothing of the transaction was written."""

    def __init__(self, parts: set[int]) -> None:
        super().__init__(sorted(parts))
        self.parts = parts


class Committed(msgspec.Struct, frozen=True):
    """What one transaction did for one partition: its outbox row, and the rows it took out."""

    slice: Slice
    move: Move
    row: int | None
    messages: Sequence[Outgoing]
    gone: frozenset[int]
    settled: bool


class Lane(ConsumerRebalanceListener):  # type: ignore[misc]
    """One lane; everything below runs in one event loop, and only `_work` touches the job.

    `measure`: the lane finds out by itself up to when the log is complete; otherwise marks tell it.
    `actions`: its schema has the table `action`; `handed` gives what other lanes left for these
    partitions, as items of the job, and is asked whenever actions are. `newest` makes the states again
    that outbox rows name. `beat` makes the messages that say how far a partition is; `refused` what goes
    along with a dead letter.
    """

    def __init__(
        self,
        job: Job,
        settings: Settings,
        clock: Clock,
        listener: Listener,
        follower: Follower,
        *,
        measure: bool = False,
        actions: bool = False,
        handed: Handed | None = None,
        newest: Newest | None = None,
        beat: Beat | None = None,
        refused: Refused | None = None,
    ) -> None:
        self._job = job
        self._settings = settings
        self._clock = clock
        self._follower = follower
        self._measure = measure
        self._actions = actions
        self._handed = handed
        self._beat = beat
        self._refused = refused
        self._client = f"{job.group}-{settings.instance}"
        self._held: dict[int, Partition] = {}
        self._wake = asyncio.Event()
        self._ledger = Ledger(job.schema, job.topic, names=newest is not None)
        self._producer = Producer(settings.kafka, self._client, batch=LANE_BATCH)
        self._consumer: AIOKafkaConsumer = lane_consumer(settings.kafka, job.group, settings.instance)
        self._intake = Intake(job, self._consumer, self._held, clock, self._wake, events=measure)
        self._gauge = Gauge(self._consumer, job.topic, job.group, clock)
        self._adoption = Adoption(
            job.topic,
            self._ledger,
            self._consumer,
            self._producer,
            newest,
            events=measure,
            exact_ends=settings.kafka.broker == "kafka",
        )
        self._conn: asyncpg.Connection[asyncpg.Record] | None = None
        self._side: asyncpg.Connection[asyncpg.Record] | None = None
        self._side_lock = asyncio.Lock()
        self._assigned: frozenset[int] | None = None
        self._wanted: dict[int, int | None] = {}  # to be adopted, with the epoch if it was ours before
        self._adopted = asyncio.Event()
        self._asked = False  # somebody inserted an action
        self._pulsed = False
        self._alone = 0  # records still to be tried one by one
        self._turn = 0  # the partition that is folded first
        self._stopping = False
        self._tasks: list[asyncio.Task[None]] = []
        follower.on_reach(self._wake.set)
        listener.on("outbox", self._hear_outbox)
        if actions:
            listener.on("actions", self._hear_action)

    # --- life

    @property
    def ready(self) -> bool:
        """It has its partitions and can send."""
        return self._adopted.is_set() and self._producer.ready

    @property
    def holds(self) -> frozenset[int]:
        """The partitions in its hands."""
        return frozenset(self._held)

    @property
    def worked_off(self) -> int:
        """The sum of the offsets of these partitions."""
        return sum(held.stand.next_offset for held in self._held.values())

    async def start(self) -> None:
        """Connect, join the group, begin."""
        self._conn = await connect(self._settings.database, self._client)
        self._adoption.cluster = await cluster_id(self._settings.kafka)
        await self._producer.start()
        self._consumer.subscribe([self._job.topic], listener=self)
        await self._consumer.start()
        loops = {"lane": self._work, "intake": self._intake.run, "pulse": self._pulse}
        self._tasks = [begin(loop(), name) for name, loop in loops.items()]

    async def stop(self) -> None:
        """End the transaction at hand, send what it left, and go."""
        self._stopping = True
        self._wake.set()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._drain(), DRAIN_SECONDS)
        for task in self._tasks:
            await end(task)
        await self._release()
        await self._consumer.stop()
        await self._producer.stop()
        for conn in (self._conn, self._side):
            if conn is not None:
                conn.terminate()

    async def _drain(self) -> None:
        if self._tasks:
            await asyncio.wait(self._tasks[:1])
        while any(held.unacknowledged for held in self._held.values()):
            self._wake.clear()
            await self._wake.wait()
        await self._ledger.drop(
            self._connection(), [row for held in self._held.values() for row in held.acknowledged]
        )

    def _connection(self) -> Connection:
        if self._conn is None:
            raise ConnectionError("not connected")
        return self._conn

    def _hear_action(self, _payload: str) -> None:
        self._asked = True
        self._wake.set()

    def _hear_outbox(self, schema: str) -> None:
        if schema == self._job.schema:
            self._renew()
            self._wake.set()

    # --- who holds what

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Hand over between two transactions; the fence guards a hand-over that takes too long."""
        if list(revoked):
            self._assign(frozenset())
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._adopted.wait(), DRAIN_SECONDS)

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Take over what the group gives."""
        self._assign(frozenset(place.partition for place in assigned))

    def _assign(self, assigned: frozenset[int]) -> None:
        self._assigned = assigned
        self._wanted = dict.fromkeys(assigned)
        self._adopted.clear()
        self._wake.set()

    def _renew(self) -> None:
        """The rows are to be read again: go on with what is still ours."""
        if self._adopted.is_set():
            self._wanted = {part: held.stand.epoch for part, held in self._held.items()}
            self._adopted.clear()

    async def _take_over(self) -> None:
        """Give up what is held, and hold what is wanted."""
        wanted = self._wanted
        barriers = {part: held.barrier for part, held in self._held.items()}
        await self._release()
        for part, (stand, sent) in (await self._adoption.adopt(self._connection(), wanted)).items():
            self._hold(stand, sent, barriers.get(part))
        self._asked = self._actions
        if wanted is self._wanted:
            log.info("partitions_taken_over", count=len(self._held))
            self._adopted.set()

    async def _release(self) -> None:
        held = dict(self._held)
        self._held.clear()
        for one in held.values():
            await one.sender.stop()
        self._job.forget(set(held))

    def _hold(self, stand: Stand, acknowledged: set[int], barrier: datetime | None) -> None:
        sender = Sender(stand.part, self._producer, self)
        held = self._held[stand.part] = Partition(stand, sender)
        held.acknowledged, held.barrier = acknowledged, barrier
        sender.start()
        if stand.watermark is not None and self._beat:  # the last holder may not have come to it
            sender.put(Parcel(None, (), stand.next_offset, Mark(stand.watermark, stand.watermark)))

    # --- the pulse: about once a second

    async def _pulse(self) -> None:
        pulses = orphaned = 0
        while True:
            await asyncio.sleep(PULSE_SECONDS)
            pulses += 1
            orphaned = orphaned + 1 if self._orphans() else 0
            if orphaned > ORPHAN_PULSES:  # no new word of the group: only a restart helps
                raise LaneFault(f"{self._job.topic} {sorted(self._orphans())} is ours and another holds it")
            try:
                await self._gauge.look(self._held.values())
                if pulses % COMMIT_PULSES == 0:
                    await self._gauge.commit(self._held.values())
            except KafkaError as error:
                log.warning("log_not_measured", error=type(error).__name__)
            self._pulsed = True
            self._wake.set()

    def _orphans(self) -> frozenset[int]:
        """What the group gave and a fence took."""
        return (self._assigned or frozenset()) - self._held.keys() if self._adopted.is_set() else frozenset()

    # --- work

    async def _work(self) -> None:
        attempt = 0
        while not self._stopping:
            try:
                more = await self._turn_once()
                attempt = 0
            except Exception as error:
                if not passes(error):
                    raise
                log.warning("database_lost", error=type(error).__name__)
                if self._conn is not None:
                    self._conn.terminate()
                await asyncio.sleep(BACKOFF_SECONDS[min(attempt, len(BACKOFF_SECONDS) - 1)])
                attempt += 1
                continue
            if not more:
                await self._wake.wait()
                self._wake.clear()

    async def _turn_once(self) -> bool:
        if self._conn is None or self._conn.is_closed():
            self._conn = await connect(self._settings.database, self._client)
            self._renew()
        if self._assigned is not None and not self._adopted.is_set():
            await self._take_over()
            return True
        try:
            return await self._step()
        except Fenced as error:
            log.warning("fenced", partitions=sorted(error.parts))
            self._renew()
            return True

    async def _step(self) -> bool:
        """One transaction, if there is anything to do; True when there may be more."""
        pulsed, self._pulsed = self._pulsed, False
        asked, self._asked = self._asked, False
        slices = self._cut()
        if not self._alone:
            if pulsed and self._measure:
                self._gauge.aim(slices)
            await self._gather(slices, asked=asked)
        for one in slices:
            one.defer()
        slices = [one for one in slices if self._has_work(one, pulsed=pulsed)]
        if not slices:
            alone, self._alone = self._alone, 0
            return alone > 0
        try:
            await self._job.load(self._connection(), _learners(slices))
            folded = await self._fold(slices)
            committed = await self._commit(folded)
        except Again:
            self._retreat(slices)
            return True
        except Exception as error:
            self._retreat(slices)
            if isinstance(error, Fenced) or passes(error):
                raise
            self._suspect(slices, error)
            return True
        for done in committed:
            self._remember(done)
        self._alone = max(0, self._alone - 1)
        await tell(self._connection(), self._job.announcements())
        return True

    def _cut(self) -> list[Slice]:
        """What each partition brings to the next transaction; another one begins each time."""
        records, size = (1 if self._alone else BATCH_RECORDS), BATCH_BYTES
        slices = []
        for part in sorted(self._held, key=lambda part: (part - self._turn) % PARTITIONS):
            held = self._held[part]
            full = held.sender.waiting >= UNSENT_MESSAGES
            reads = [] if full else held.take(records, size)
            records -= len(reads)
            size -= sum(read.size for read in reads)
            slices.append(Slice(held, reads))
        self._intake.make_room()
        return slices

    async def _gather(self, slices: Sequence[Slice], *, asked: bool) -> None:
        """Bring due learners, actions and changed institutions to the slices."""
        by_part = {one.held.part: one for one in slices}
        moved: dict[int, datetime] = {}
        for one in slices:
            one.institutions = self._news(one.held)
            if not one.institutions:  # whom they make due comes before the watermark passes them
                one.reach(self._follower.reached)
            if one.until is not None and (one.held.look or one.until != one.held.stand.watermark):
                moved[one.held.part] = one.until
        if moved:
            due = await self._ledger.due(self._connection(), moved)
            for part in moved:
                one = by_part[part]
                one.due = due.get(part, ())
                one.whole = len(one.due) < DUE_LIMIT
                one.held.look = False
        acting = list(by_part) if asked else list(moved)
        if self._actions and acting:
            for part, rows in (await self._ledger.actions(self._connection(), acting)).items():
                by_part[part].actions = rows
        if self._handed and acting:
            for part, items in (await self._handed(self._connection(), acting)).items():
                by_part[part].handed = items

    def _news(self, held: Partition) -> Sequence[Institution]:
        """The institutions that changed and whose learners here have not been looked at since."""
        newest = self._follower.newest
        if newest <= held.institutions:
            return ()
        changed = self._follower.since(held.institutions, held.stand.watermark)
        if not changed:
            held.institutions = newest
        return changed

    def _has_work(self, one: Slice, *, pulsed: bool) -> bool:
        held = one.held
        brings = one.reads or one.due or one.actions or one.handed or one.institutions
        settles = held.barrier is not None and held.acknowledged and not held.unacknowledged
        sweeps = pulsed and held.acknowledged
        return bool(brings or one.watermark != held.stand.watermark or settles or sweeps)

    async def _fold(self, slices: Sequence[Slice]) -> list[Slice]:
        """Let the job work for at most `FOLD_SECONDS`; returns what was folded, in order of partition."""
        loop = asyncio.get_running_loop()
        started = yielded = loop.time()
        done: list[Slice] = []
        for one in slices:
            for at in range(0, max(1, len(one.reads)), CHUNK_RECORDS):
                if loop.time() - yielded > YIELD_SECONDS:
                    await asyncio.sleep(0)
                    yielded = loop.time()
                if (done or at) and loop.time() - started > FOLD_SECONDS:
                    self._postpone(one, at)
                    break
                self._fold_chunk(one, at)
            if one.reads or one.whole or one.due:
                done.append(one)
        return sorted(done, key=lambda one: one.held.part)

    def _postpone(self, one: Slice, length: int) -> None:
        """The rest of a slice comes first in the next transaction."""
        one.shorten(length)
        one.held.look = True
        self._asked = self._actions
        self._turn = one.held.part

    def _fold_chunk(self, one: Slice, at: int) -> None:
        items = Slice(one.held, one.reads[at : at + CHUNK_RECORDS]).items
        if at + CHUNK_RECORDS < len(one.reads):
            self._job.fold(one.held.part, items, (), (), one.held.stand.watermark)
        else:
            self._job.fold(one.held.part, [*items, *one.handed], one.due, one.actions, one.until)

    async def _commit(self, slices: Sequence[Slice]) -> list[Committed]:
        """One transaction over all partitions; what is to be sent is in the outbox when it ends."""
        conn = self._connection()
        moves = [one.move() for one in slices]
        acknowledged = [frozenset(one.held.acknowledged) for one in slices]
        async with conn.transaction():
            if fenced := await self._ledger.fence(conn, moves):
                raise Fenced(fenced)
            await self._stir(conn, slices)
            letters = self._letters(slices, await self._job.write(conn))
            rows = await self._ledger.keep(conn, letters)
            await self._ledger.drop(conn, [row for some in acknowledged for row in some])
            settled = {one.held.part for one in slices if one.answers and _is_sent(one, rows)}
            await tell(conn, [(SETTLED, "")] if settled else [])
        return [
            Committed(one, move, rows.get(move.part), letters[move.part], gone, move.part in settled)
            for one, move, gone in zip(slices, moves, acknowledged, strict=True)
        ]

    async def _stir(self, conn: Connection, slices: Sequence[Slice]) -> None:
        """Changed institutions: partitions that know the same need the same."""
        same: defaultdict[int, list[Slice]] = defaultdict(list)
        for one in slices:
            if one.institutions:
                same[one.held.stand.institutions_version].append(one)
        for some in same.values():
            await self._job.stir(conn, [one.held.part for one in some], some[0].institutions)

    def _letters(self, slices: Sequence[Slice], written: Iterable[Outgoing]) -> dict[int, list[Outgoing]]:
        """What is to be sent, by the partition in whose outbox it waits."""
        letters: dict[int, list[Outgoing]] = {one.held.part: [] for one in slices}
        for message in written:
            part = (
                partition_of(message.key.decode()) if message.part is None and message.key else message.part
            )
            letters[part if part in letters else min(letters)].append(message)
        for one in slices:
            for read in one.dead:
                reason = read.what.reason
                letters[one.held.part].append(dead_letter(read.raw, reason, self._job.group, machine_now()))
                if self._refused:
                    letters[one.held.part] += self._refused(read.raw, reason)
        return letters

    def _remember(self, done: Committed) -> None:
        """The transaction stands: know it, and have its messages sent."""
        one, move, held = done.slice, done.move, done.slice.held
        barrier, answers = one.barrier, one.answers
        advanced = move.watermark != held.stand.watermark
        held.stand = move.stand(held.stand.cluster)
        held.institutions = max(held.institutions, move.institutions_version)
        held.acknowledged -= done.gone
        held.look = held.look or not one.whole or bool(one.institutions)
        held.barrier = None if done.settled else barrier
        for seen in one.marks:
            held.aim(seen.watermark)
        mark: Mark | None = None
        answer = barrier if answers and barrier != held.answered else None
        if self._beat and move.watermark and (advanced or answer):
            mark = Mark(move.watermark, answer)
            held.answered = answer or held.answered
        if done.row is not None:
            held.unacknowledged.add(done.row)
        if done.messages or mark:
            held.sender.put(Parcel(done.row, done.messages, move.next, mark))
        self._observe(one)

    def _observe(self, one: Slice) -> None:
        stage = STAGES.get(self._job.schema)
        if one.reads and stage:
            age = machine_now().timestamp() - one.reads[-1].raw.timestamp / 1000
            metrics.EVENT_AGE.labels(stage).observe(max(0.0, age))
        watermark = one.held.stand.watermark
        if watermark is not None:
            age = (self._clock.now() - watermark).total_seconds()
            metrics.WATERMARK_AGE.labels(one.held.part).set(age)

    def _retreat(self, slices: Iterable[Slice]) -> None:
        """The transaction failed: nothing of it was done."""
        slices = list(slices)
        for one in slices:
            one.held.give_back(one.reads)
            one.held.look = True
        self._asked = self._actions
        self._job.forget({one.held.part for one in slices})

    def _suspect(self, slices: Sequence[Slice], error: Exception) -> None:
        """A defect: try the records one by one; one that fails alone twice becomes a dead letter.

        Raises the error when there is no record to blame.
        """
        log.error("batch_failed", defect=type(error).__name__, exc_info=error)
        reads = [(one.held, read) for one in slices for read in one.reads]
        if not reads:
            raise error
        if len(reads) > 1 or not self._alone:
            self._alone = len(reads)
            return
        held, read = reads[0]
        if held.suspect != read.offset:
            held.suspect = read.offset
            return
        held.take(1, 1)
        held.give_back([msgspec.structs.replace(read, what=Dead("refused"))])

    # --- for the senders

    async def still_holds(self, part: int) -> bool:
        """Is the partition still ours? Asked beside the lane's own transactions."""
        held = self._held.get(part)
        while held is not None:
            try:
                async with self._side_lock:
                    return await self._ledger.owns(await self._beside(), part, held.stand.epoch)
            except Exception as error:
                if not passes(error):
                    raise
                await asyncio.sleep(BACKOFF_SECONDS[1])
        return False

    def beat(self, part: int, next_offset: int, mark: Mark) -> Sequence[Outgoing]:
        """The messages that say how far the partition is."""
        return self._beat(part, next_offset, mark) if self._beat else ()

    def acknowledged(self, part: int, rows: Sequence[int]) -> None:
        """These outbox rows are in their topics; their rows go with the next transaction."""
        held = self._held.get(part)
        if held is not None:
            held.unacknowledged -= set(rows)
            held.acknowledged |= set(rows)
            if held.barrier is not None or len(held) or self._stopping:
                self._wake.set()

    async def lost(self, part: int, sent: Sequence[Outgoing]) -> None:
        """Our last states may stand after those of the new holder: have it send its own again."""
        names = [message.learner for message in sent if message.learner]
        async with self._side_lock:
            conn = await self._beside()
            await self._ledger.keep_names(conn, part, names)
            await tell(conn, [("outbox", self._job.schema)])

    async def _beside(self) -> Connection:
        if self._side is None or self._side.is_closed():
            self._side = await connect(self._settings.database, f"{self._client}-side")
        return self._side


def _learners(slices: Iterable[Slice]) -> set[str]:
    """Everybody that a transaction is about."""
    found: set[str] = set()
    for one in slices:
        found.update(item.student_ref for item in (*one.items, *one.handed))
        found.update(one.due)
        found.update(action.student_ref for action in one.actions)
    return found


def _is_sent(one: Slice, rows: Mapping[int, int]) -> bool:
    """With this transaction nothing of the partition waits in the outbox any more."""
    return one.held.part not in rows and not one.held.unacknowledged
