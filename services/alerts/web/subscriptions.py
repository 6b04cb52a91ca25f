"""`/alerts/v1/subscriptions`: who wants to be told, where, and how it went.

A subscription hears what its owner may see, narrowed by its filters; the body that a receiver gets names an
alert or case and no person. Secrets are shown once, credentials never.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response
from pydantic import Field, StringConstraints, field_validator
from pydantic.json_schema import SkipJsonSchema

from services.alerts.web import subscription_rows as rows
from services.alerts.web.acting import KEY, if_match
from services.alerts.web.api import UUID, Desk, answer, etag, formed, versioned
from services.alerts.web.bodies import JsonBodies
from services.alerts.web.officers import Reader
from services.alerts.web.queries import page
from services.alerts.webhooks.address import Refused, Rules
from services.alerts.webhooks.credential import ClientCredentials, Credential
from services.alerts.webhooks.filters import MOST_FILTERS, TYPES, Filter
from services.alerts.webhooks.owner import HEARS_NOTHING
from services.alerts.webhooks.seal import Seal
from shared.domain.action import PLATFORM
from shared.domain.event import Wire
from shared.runtime.clock import machine_now
from shared.runtime.database import Connection
from shared.runtime.problems import Problem

READ, WRITE, ADMIN = "subscriptions:read", "subscriptions:write", "admin:write"
AGREEMENT_LOOKS, LOOK_SECONDS = 60, 0.05
"""How often, and at what distance, a new subscription is looked at for its receiver's answer: 3 s in all."""

MOST_HEADERS = 20
NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}")
VALUE = re.compile(r"[\x21-\x7E]([\x20-\x7E]{0,1022}[\x21-\x7E])?")
OURS = re.compile(
    r"authorization|connection|content-.*|cookie|expect|host|keep-alive|proxy-.*|te|trace(parent|state)|trailer"
    r"|transfer-encoding|upgrade|user-agent|webhook-.*|ce-.*",
    re.IGNORECASE,
)
"""Headers that a subscriber does not choose."""

SubscriptionId = Annotated[str, Path(alias="subscriptionId"), formed(UUID)]
DeliveryId = Annotated[str, Path(alias="deliveryId"), formed(UUID)]
Sink = Annotated[str, StringConstraints(min_length=1, max_length=2048)]
Types = Annotated[list[Literal[TYPES]], Field(max_length=len(TYPES))]  # type: ignore[valid-type]
FilterList = Annotated[list[Filter], Field(max_length=MOST_FILTERS)]


class ProtocolSettings(Wire):
    """Headers that go along with every delivery."""

    headers: Annotated[dict[str, str], Field(max_length=MOST_HEADERS, default_factory=dict)]

    @field_validator("headers")
    @classmethod
    def _allowed(cls, given: dict[str, str]) -> dict[str, str]:
        for name, value in given.items():
            if not NAME.fullmatch(name) or OURS.fullmatch(name) or not VALUE.fullmatch(value):
                raise ValueError("a header that may not be set")
        return given


class NewSubscription(Wire):
    """Where alerts and cases are to be told, and which."""

    sink: Sink
    protocol: Literal["HTTP"] = "HTTP"
    protocol_settings: ProtocolSettings | SkipJsonSchema[None] = None
    sink_credential: Credential | SkipJsonSchema[None] = None
    source: Literal[PLATFORM] | SkipJsonSchema[None] = None  # type: ignore[valid-type]
    types: Annotated[Types, Field(default_factory=list)]
    filters: Annotated[FilterList, Field(default_factory=list)]


class SubscriptionChange(Wire):
    """What becomes different; what is left out stays, and a credential or settings of null go."""

    sink: Sink | SkipJsonSchema[None] = None
    protocol: Literal["HTTP"] | SkipJsonSchema[None] = None
    protocol_settings: ProtocolSettings | SkipJsonSchema[None] = None
    sink_credential: Credential | SkipJsonSchema[None] = None
    source: Literal[PLATFORM] | SkipJsonSchema[None] = None  # type: ignore[valid-type]
    types: Types | SkipJsonSchema[None] = None
    filters: FilterList | SkipJsonSchema[None] = None
    status: Literal["ACTIVE", "PAUSED"] | SkipJsonSchema[None] = None


class Nothing(Wire):
    """No more words are needed."""


def router(desk: Desk, seal: Seal, rules: Rules) -> APIRouter:
    """The routes of subscriptions and their deliveries."""
    routes = APIRouter(route_class=JsonBodies)

    async def writer(request: Request) -> Reader:
        reader = await desk.reader(request, WRITE)
        if reader.officer.role in HEARS_NOTHING:
            raise Problem("forbidden", "Uw rol ziet geen meldingen.")
        return reader

    async def shown(reader: Reader, name: str) -> Any:
        async with rows.own(desk.pool, reader) as conn:
            return await rows.read(conn, reader, name)

    async def did(
        request: Request, reader: Reader, make: Callable[[Connection], Awaitable[rows.Json]]
    ) -> tuple[rows.Json, bool]:
        """Do something that may be asked twice with one Idempotency-Key."""
        asked = (_key(request), f"{request.method} {request.url.path}\n".encode() + await request.body())
        async with rows.own(desk.pool, reader) as conn:
            return await rows.once(conn, seal, reader.officer.subject, asked, lambda: make(conn))

    @routes.post("/subscriptions", status_code=201, summary="Abonneren op meldingen en dossiers")
    async def create(request: Request, wanted: NewSubscription) -> Response:
        reader = await writer(request)
        _must_be_outside(rules, wanted.sink, wanted.sink_credential)
        subject = reader.officer.subject
        made, first = await did(
            request, reader, lambda conn: rows.create(conn, seal, subject, _created(wanted))
        )
        row = await _agreed(lambda: shown(reader, made["id"]), patient=first)
        place = f"{desk.base}/alerts/v1/subscriptions/{made['id']}"
        headers = {"location": place, "etag": etag(row["revision"])}
        return answer(_show(row) | {"secret": made["secret"]}, 201, headers)

    @routes.get("/subscriptions", summary="Uw abonnementen")
    async def listed(request: Request) -> Response:
        reader = await desk.reader(request, READ)
        query = desk.query(request, rows.SUBSCRIPTIONS)
        statement, values = query.sql(rows.SUBSCRIPTION)
        async with rows.own(desk.pool, reader) as conn:
            found = await conn.fetch(statement, reader.officer.subject, *values)
        part = page(query, found, lambda row: (row["created_at"], str(row["id"])))
        return desk.listed(request, [_show(row) for row in part.rows], part)

    @routes.get("/subscriptions/{subscriptionId}", summary="Eén abonnement")
    async def one(request: Request, subscription_id: SubscriptionId) -> Response:
        row = await shown(await desk.reader(request, READ), subscription_id)
        return versioned(request, _show(row), row["revision"])

    @routes.patch("/subscriptions/{subscriptionId}", summary="Een abonnement wijzigen, pauzeren of hervatten")
    async def change(
        request: Request, subscription_id: SubscriptionId, wanted: SubscriptionChange
    ) -> Response:
        reader = await writer(request)
        revision = if_match(request)
        admin = await desk.may(request, ADMIN)
        _must_be_outside(rules, wanted.sink, wanted.sink_credential)
        async with rows.own(desk.pool, reader) as conn:
            row = await rows.read(conn, reader, subscription_id, admin=admin)
            await rows.lock(conn, row, revision)
            await rows.change(conn, seal, row, _changed(row, wanted, admin=admin))
            row = await rows.read(conn, reader, subscription_id, admin=admin)
        if row["owner"] == reader.officer.subject:
            row = await _agreed(lambda: shown(reader, subscription_id), patient=True)
        return versioned(request, _show(row), row["revision"])

    @routes.delete("/subscriptions/{subscriptionId}", status_code=204, summary="Een abonnement opzeggen")
    async def delete(request: Request, subscription_id: SubscriptionId) -> Response:
        reader = await writer(request)
        revision = if_match(request)
        async with rows.own(desk.pool, reader) as conn:
            row = await rows.read(conn, reader, subscription_id)
            await rows.lock(conn, row, revision)
            await rows.delete(conn, row)
        return Response(status_code=204)

    @routes.post("/subscriptions/{subscriptionId}/secrets", status_code=201, summary="Een nieuw geheim")
    async def rotate(
        request: Request, subscription_id: SubscriptionId, wanted: Nothing | None = None
    ) -> Response:
        reader = await writer(request)
        revision = if_match(request)

        async def make(conn: Connection) -> rows.Json:
            row = await rows.read(conn, reader, subscription_id)
            await rows.lock(conn, row, revision)
            return await rows.rotate(conn, seal, row)

        made, _ = await did(request, reader, make)
        row = await shown(reader, subscription_id)
        told = {"secret": made["secret"], "createdAt": row["secret_at"], "previousUntil": row["old_until"]}
        place = f"{desk.base}/alerts/v1/subscriptions/{subscription_id}/secrets"
        return answer(told, 201, {"location": place, "etag": etag(row["revision"])})

    @routes.get("/subscriptions/{subscriptionId}/secrets", summary="Welke geheimen ondertekenen nu")
    async def secrets(request: Request, subscription_id: SubscriptionId) -> Response:
        row = await shown(await desk.reader(request, READ), subscription_id)
        return answer({"items": rows.show_secrets(row, machine_now())})

    @routes.get("/subscriptions/{subscriptionId}/deliveries", summary="Wat is bezorgd, en hoe dat ging")
    async def deliveries(request: Request, subscription_id: SubscriptionId) -> Response:
        reader = await desk.reader(request, READ)
        query = desk.query(request, rows.DELIVERIES)
        statement, values = query.sql(rows.DELIVERY)
        async with rows.own(desk.pool, reader) as conn:
            row = await rows.read(conn, reader, subscription_id)
            found = await conn.fetch(statement, row["id"], *values)
        part = page(query, found, lambda row: (row["created_at"], str(row["id"])))
        return desk.listed(request, [rows.show_delivery(row) for row in part.rows], part)

    @routes.post("/subscriptions/{subscriptionId}/test-events", status_code=202, summary="Een proefbericht")
    async def test(
        request: Request, subscription_id: SubscriptionId, wanted: Nothing | None = None
    ) -> Response:
        reader = await writer(request)

        async def make(conn: Connection) -> rows.Json:
            return await rows.test(conn, await rows.read(conn, reader, subscription_id))

        return await sent(reader, (await did(request, reader, make))[0])

    @routes.get("/subscriptions/{subscriptionId}/test-events", summary="De laatste proefberichten")
    async def tests(request: Request, subscription_id: SubscriptionId) -> Response:
        reader = await desk.reader(request, READ)
        async with rows.own(desk.pool, reader) as conn:
            found = await rows.tests(conn, await rows.read(conn, reader, subscription_id))
        return answer({"items": [rows.show_delivery(row) for row in found]})

    @routes.get("/deliveries/{deliveryId}", summary="Eén bezorging")
    async def delivery(request: Request, delivery_id: DeliveryId) -> Response:
        reader = await desk.reader(request, READ)
        async with rows.own(desk.pool, reader) as conn:
            row, _ = await rows.delivery(conn, reader, delivery_id)
        return answer(rows.show_delivery(row))

    @routes.post("/deliveries/{deliveryId}/replays", status_code=202, summary="Nog eens bezorgen")
    async def replay(request: Request, delivery_id: DeliveryId, wanted: Nothing | None = None) -> Response:
        reader = await writer(request)

        async def make(conn: Connection) -> rows.Json:
            return await rows.replay(conn, *await rows.delivery(conn, reader, delivery_id))

        return await sent(reader, (await did(request, reader, make))[0])

    @routes.get("/deliveries/{deliveryId}/replays", summary="Hoe vaak iets opnieuw is bezorgd")
    async def replays(request: Request, delivery_id: DeliveryId) -> Response:
        reader = await desk.reader(request, READ)
        async with rows.own(desk.pool, reader) as conn:
            row, _ = await rows.delivery(conn, reader, delivery_id)
            found = await rows.replays(conn, row)
        return answer({"items": [rows.show_delivery(row) for row in found]})

    async def sent(reader: Reader, made: rows.Json) -> Response:
        """The answer to a wish that `transfers alerts deliver` carries out."""
        async with rows.own(desk.pool, reader) as conn:
            row, _ = await rows.delivery(conn, reader, made["delivery"])
        place = f"{desk.base}/alerts/v1/deliveries/{made['delivery']}"
        return answer(rows.show_delivery(row), 202, {"location": place})

    return routes


async def _agreed(look: Callable[[], Awaitable[Any]], *, patient: bool) -> Any:
    """The subscription, when its receiver has answered; after a few seconds as it stands then."""
    row = await look()
    for _ in range(AGREEMENT_LOOKS if patient else 0):
        if row["status"] != "PENDING" or row["reason"] is not None:
            break
        await asyncio.sleep(LOOK_SECONDS)
        row = await look()
    return row


def _key(request: Request) -> str | None:
    key = request.headers.get("idempotency-key")
    if key is not None and not KEY.fullmatch(key):
        raise Problem("invalid-input", "Idempotency-Key heeft 1 tot en met 64 tekens.")
    return key


def _must_be_outside(rules: Rules, sink: str | None, credential: Credential | None) -> None:
    """Raises Problem 400 for addresses that may not be called; what a name leads to is seen when it is."""
    asked = {"/sink": sink}
    if isinstance(credential, ClientCredentials):
        asked["/sinkCredential/tokenEndpoint"] = credential.token_endpoint
    errors = []
    for pointer, url in asked.items():
        try:
            if url is not None:
                rules.read(url)
        except Refused as refused:
            port = "Deze poort mag niet."
            detail = port if refused.why == "PORT" else "Een https-adres op het open internet."
            errors.append({"pointer": pointer, "code": refused.why.lower(), "detail": detail})
    if errors:
        raise Problem("invalid-input", "Naar dit adres bezorgen wij niet.", errors)


def _created(wanted: NewSubscription) -> Mapping[str, Any]:
    credential = wanted.sink_credential
    return {
        "sink": wanted.sink,
        "headers": wanted.protocol_settings.headers if wanted.protocol_settings else {},
        "types": list(wanted.types),
        "filters": [_plain(one) for one in wanted.filters],
        "credential": _credential(credential) if credential else None,
    }


def _changed(row: Any, wanted: SubscriptionChange, *, admin: bool) -> Mapping[str, Any]:
    """The subscription as it is to be."""
    shown, given = rows.show(row), wanted.model_fields_set
    settings = wanted.protocol_settings
    sink = wanted.sink or row["sink"]
    headers = shown.get("protocolSettings", {}).get("headers", {})
    if "protocol_settings" in given:
        headers = settings.headers if settings else {}
    filters = shown["filters"] if wanted.filters is None else [_plain(one) for one in wanted.filters]
    found: dict[str, Any] = {
        "sink": sink,
        "headers": headers,
        "types": list(row["types"] if wanted.types is None else wanted.types),
        "filters": filters,
        "status": next_status(row["status"], row["agreed_sink"] == sink, wanted.status, admin=admin),
    }
    if "sink_credential" in given:
        found["credential"] = _credential(wanted.sink_credential) if wanted.sink_credential else None
    return found


def next_status(status: str, agreed: bool, wanted: str | None, *, admin: bool) -> str:
    """The status after a change; `agreed`: the receiver, as it is now, has agreed to be called.

    A receiver that did not, or that has been given up, is asked first; an administrator may have its word
    on paper.
    """
    if wanted == "PAUSED" or (wanted is None and status == "PAUSED"):
        return "PAUSED"
    if wanted is None and (status == "DISABLED" or (status == "ACTIVE" and agreed)):
        return status
    if wanted == "ACTIVE" and (admin or (agreed and status in ("ACTIVE", "PAUSED"))):
        return "ACTIVE"
    return "PENDING"


def _credential(credential: Credential) -> str:
    return credential.model_dump_json(by_alias=False, exclude_none=True)


def _plain(one: Filter) -> rows.Json:
    return one.model_dump(mode="json", by_alias=True, exclude_none=True)


def _show(row: Any) -> rows.Json:
    return rows.show(row) | {"source": PLATFORM}
