"""What webhook subscribers are to hear, as the lane writes it: one row for each outbound event.

The row stands in the transaction of the change that it tells of; `transfers alerts deliver` parts it into
deliveries (docs/adr/0015). As long as there is no subscription, nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterable

from shared.runtime.codec import Outgoing
from shared.runtime.database import Connection
from shared.runtime.topics import ALERT_EVENTS

KEEP = """
INSERT INTO alerts.event (event_id, type, at, alert_id, case_id, dataref, data)
SELECT id, type, at::timestamptz, CASE WHEN of_alert THEN subject END,
    CASE WHEN NOT of_alert THEN subject::uuid END, dataref, data
FROM unnest($1::text[], $2::text[], $3::text[], $4::boolean[], $5::text[], $6::text[], $7::text[])
    AS told (id, type, at, of_alert, subject, dataref, data)
WHERE EXISTS (SELECT FROM alerts.subscription WHERE agreed_at IS NOT NULL)
ON CONFLICT (event_id) DO NOTHING
"""
FORGET = """
DELETE FROM alerts.event
WHERE alert_id IN (SELECT alert_id FROM alerts.alert WHERE student_ref = ANY($1))
   OR case_id IN (SELECT case_id FROM alerts.case WHERE student_ref = ANY($1))
"""


async def keep(conn: Connection, messages: Iterable[Outgoing]) -> bool:
    """Write the outbound events among these messages; True when there is something to deliver now."""
    rows = [_row(message) for message in messages if message.topic == ALERT_EVENTS]
    if not rows:
        return False
    return bool(await conn.execute(KEEP, *zip(*rows, strict=True)) != "INSERT 0 0")


async def forget(conn: Connection, refs: Iterable[str]) -> None:
    """Delete what tells of these learners, while their alerts and cases are still there."""
    await conn.execute(FORGET, list(refs))


def _row(message: Outgoing) -> tuple[str, str, str, bool, str, str, str]:
    headers = {name: value.decode() for name, value in message.headers}
    return (
        headers["ce_id"],
        headers["ce_type"],
        headers["ce_time"],
        ".alert." in headers["ce_type"],
        (message.key or b"").decode(),
        headers["ce_dataref"],
        (message.value or b"{}").decode(),
    )
