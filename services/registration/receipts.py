"""What became of an event: `GET /registration/v1/receipts/{receiptId}`, for the client that sent it."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Request
from pydantic.json_schema import SkipJsonSchema

from services.registration.pages import only
from services.registration.routes import Door
from shared.domain.codes import Outcome
from shared.domain.event import Wire
from shared.runtime.database import Pool, passes
from shared.runtime.problems import Problem, unavailable

RECEIPT_ID = re.compile(r"[0-9a-f]{32}")
ONE = """
SELECT r.receipt_id, r.source, r.event_id, r.event_type, r.state, r.received_at, r.outcome,
       r."offset" < p.next_offset AS passed
FROM registration.receipt AS r LEFT JOIN registration.progress AS p ON p.part = r.part
WHERE r.receipt_id = $1 AND r.client_id = $2
"""


class Receipt(Wire):
    """The proof that an event was received. `outcome` is absent while the event is on its way.

    `state` is `pending` as long as it is not certain that the event is in the log: send it again.
    """

    receipt_id: str
    source: str
    id: str
    type: str
    state: Literal["pending", "accepted", "quarantined"]
    received_at: datetime
    outcome: Outcome | SkipJsonSchema[None] = None


def router(door: Door, pool: Pool) -> APIRouter:
    """The route of receipts."""
    routes = APIRouter()

    @routes.get(
        "/receipts/{receiptId}",
        response_model_exclude_none=True,
        operation_id="getReceipt",
        summary="Wat werd er van een bericht?",
    )
    async def receipt(request: Request, receipt_id: Annotated[str, Path(alias="receiptId")]) -> Receipt:
        client = await door.client(request, "receipts:read")
        only(request, ())
        row = await _found(pool, receipt_id, client.client_id)
        if row is None:
            raise Problem("not-found", "Geen bericht van u met dit kenmerk.")
        return _receipt(row)

    return routes


async def _found(pool: Pool, receipt_id: str, client_id: str) -> Any:
    if not RECEIPT_ID.fullmatch(receipt_id):
        return None
    try:
        return await pool.fetchrow(ONE, receipt_id, client_id)
    except Exception as error:
        if passes(error):
            raise unavailable() from None
        raise


def _receipt(row: Any) -> Receipt:
    """A receipt below what placement has done, without an exception, is applied."""
    state = row["state"]
    done = Outcome.APPLIED if row["passed"] else None
    told = Outcome.QUARANTINED if state == "quarantined" else row["outcome"] and Outcome(row["outcome"])
    return Receipt(
        receipt_id=row["receipt_id"],
        source=row["source"],
        id=row["event_id"],
        type=row["event_type"],
        state=state,
        received_at=row["received_at"],
        outcome=told or done,
    )
