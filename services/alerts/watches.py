"""The watches over institutions, kept by the lane of the partition that an institution's code falls in.

They are few and need no records: everything is in memory, and at every step of a partition whoever is due, or
was heard, is looked at up to the watermark. What changed goes into the lane's transaction.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

import msgspec
import structlog

from services.alerts import audience, outbox, store, terms
from services.alerts.rows import AlertRow
from shared.domain.alert import Alert
from shared.domain.watch import Watch, keep_watch
from shared.domain.world import Institution, World
from shared.runtime.codec import Outgoing
from shared.runtime.database import Connection
from shared.runtime.topics import partition_of

log = structlog.get_logger()


class Held(msgspec.Struct):
    """A watch in memory, with what its rows say.

    `revisions` counts the changes of each alert row; `seen` is the institution as it was last looked at.
    `stuck`: it cannot be kept because of a defect, and stands still until the next start.
    """

    watch: Watch
    revisions: dict[str, int] = {}
    seen: Institution | None = None
    stuck: bool = False


class Watches:
    """All watches of a process. `address` is where the platform answers."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._held: dict[str, Held] | None = None
        self._world: World | None = None
        self._orgs: Mapping[int, Sequence[str]] = {}
        self._begin()

    def _begin(self) -> None:
        self._changed: dict[str, int] = {}  # the partition of each watch that changed
        self._rows: dict[str, AlertRow] = {}
        self.messages: list[Outgoing] = []

    async def load(self, conn: Connection) -> None:
        """Bring all watches into memory, unless they are there."""
        if self._held is None:
            found = await store.load_watches(conn)
            self._held = {watch.org: Held(watch, revisions) for watch, revisions in found}

    def forget(self) -> None:
        """Partitions have another holder, or a transaction failed: read all of them again."""
        self._held = None
        self._begin()

    def fold(self, part: int, world: World, until: datetime | None) -> None:
        """Go on with the watches of one partition, up to the watermark (UTC)."""
        if until is None or self._held is None:
            return
        for org in self._orgs_of(part, world):
            held = self._held.setdefault(org, Held(Watch(org)))
            due, institution = held.watch.next_due, world.institutions[org]
            if not held.stuck and (held.seen is not institution or (due is not None and due <= until)):
                self._go_on(part, held, world, until)
                held.seen = institution

    async def write(self, conn: Connection) -> Collection[Sequence[str]]:
        """Write what changed, in the lane's transaction; returns the audiences that are concerned."""
        held = self._held or {}
        await store.save_watches(conn, [(held[org].watch, part) for org, part in self._changed.items()])
        await store.save_alerts(conn, list(self._rows.values()))
        concerned = [row.audience for row in self._rows.values()]
        self._begin()
        return concerned

    def _orgs_of(self, part: int, world: World) -> Iterable[str]:
        """The institutions of a partition of which something ever arrived."""
        if world is not self._world:
            orgs: defaultdict[int, list[str]] = defaultdict(list)
            for org, institution in world.institutions.items():
                if institution.heard:
                    orgs[partition_of(org)].append(org)
            self._world, self._orgs = world, orgs
        return self._orgs.get(part, ())

    def _go_on(self, part: int, held: Held, world: World, until: datetime) -> None:
        before = held.watch
        try:
            step = keep_watch(before, world, until)
        except Exception as defect:  # a defect of a rule stops this watch, and nothing else
            log.error("watch_stuck", org=before.org, defect=type(defect).__name__)
            held.stuck = True
            return
        held.watch = step.watch
        if (before.alerts, before.next_due) == (step.watch.alerts, step.watch.next_due):
            return  # no look has passed: it may be walked again
        self._changed[before.org] = part
        known = {alert.alert_id: alert for alert in before.alerts}
        for alert in step.watch.alerts:
            if known.get(alert.alert_id) != alert:
                revision = held.revisions.get(alert.alert_id, 0) + 1
                held.revisions = {**held.revisions, alert.alert_id: revision}
                self._rows[alert.alert_id] = _row(world.institutions[before.org], alert, revision)
        self.messages += [outbox.outbound(one, self._address, part) for one in step.happenings]


def _row(institution: Institution, alert: Alert, revision: int) -> AlertRow:
    seen_by = audience.of_institution_alert(alert, institution)
    return AlertRow(None, alert, revision, seen_by, terms.alert_term(alert.year), institution.org)
