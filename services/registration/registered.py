"""`GET /registration/v1/institutions`: the schools, institutions and desks that are registered."""

from __future__ import annotations

from typing import Annotated, Any

import asyncpg
from fastapi import APIRouter, Query, Request, Response
from pydantic.json_schema import SkipJsonSchema

from services.registration.institutions import KNOWN, institution_of
from services.registration.pages import DEFAULT_LIMIT, HIGHEST_LIMIT, Cursors, link, only
from services.registration.routes import Door
from shared.domain.event import Wire
from shared.domain.world import Institution
from shared.runtime.database import Pool, passes
from shared.runtime.problems import Problem, unavailable

AFTER = KNOWN + "WHERE i.org > $1 ORDER BY i.org LIMIT $2"
BEFORE = KNOWN + "WHERE i.org < $1 ORDER BY i.org DESC LIMIT $2"
ONE = KNOWN + "WHERE i.org = $1"
FORWARDS, BACKWARDS = ">", "<"


class SiteShown(Wire):
    """A location of an institution."""

    site: str
    municipality: str
    holiday_region: str
    name: str | SkipJsonSchema[None] = None


class InstitutionShown(Wire):
    """One entry of the registry. A desk has a region, others have sites."""

    org: str
    role: str
    name: str
    presence: bool
    region: str | SkipJsonSchema[None] = None
    sites: tuple[SiteShown, ...] = ()


class InstitutionPage(Wire):
    """One page; the header `Link` leads to the next and the previous one."""

    items: list[InstitutionShown]


def router(door: Door, pool: Pool, cursors: Cursors) -> APIRouter:
    """The routes of institutions."""
    routes = APIRouter()

    @routes.get(
        "/institutions",
        response_model_exclude_none=True,
        operation_id="listInstitutions",
        summary="Welke scholen, instellingen en doorstroompunten zijn bekend?",
    )
    async def institutions(
        request: Request,
        response: Response,
        cursor: Annotated[str | SkipJsonSchema[None], Query(max_length=200)] = None,
        limit: Annotated[int, Query(ge=1, le=HIGHEST_LIMIT)] = DEFAULT_LIMIT,
    ) -> InstitutionPage:
        await door.client(request)
        only(request, ("cursor", "limit"))
        place = cursors.read(cursor) if cursor is not None else FORWARDS
        rows, before, after = await _page(pool, place, limit)
        response.headers.update(
            link(
                request,
                next=cursors.write(FORWARDS + rows[-1]["org"]) if rows and after else None,
                prev=cursors.write(BACKWARDS + rows[0]["org"]) if rows and before else None,
            )
        )
        return InstitutionPage(items=[_shown(institution_of(row)) for row in rows])

    @routes.get(
        "/institutions/{org}",
        response_model_exclude_none=True,
        operation_id="getInstitution",
        summary="Wat is van één school, instelling of doorstroompunt bekend?",
    )
    async def institution(request: Request, org: str) -> InstitutionShown:
        await door.client(request)
        only(request, ())
        rows = await _fetch(pool, ONE, org) if org.isalnum() and org.isascii() else []
        if not rows:
            raise Problem("not-found", "Deze organisatie kennen wij niet.")
        return _shown(institution_of(rows[0]))

    return routes


async def _page(pool: Pool, place: str, limit: int) -> tuple[list[Any], bool, bool]:
    """The rows of one page in order, and whether there are more before and after it."""
    way, org = place[:1], place[1:]
    if way == BACKWARDS:
        found = await _fetch(pool, BEFORE, org, limit + 1)
        return found[:limit][::-1], len(found) > limit, True
    found = await _fetch(pool, AFTER, org, limit + 1)
    return found[:limit], bool(org), len(found) > limit


async def _fetch(pool: Pool, statement: str, *values: object) -> list[asyncpg.Record]:
    try:
        return await pool.fetch(statement, *values)
    except Exception as error:
        if passes(error):
            raise unavailable() from None
        raise


def _shown(one: Institution) -> InstitutionShown:
    return InstitutionShown(
        org=one.org,
        role=one.role.value,
        name=one.name,
        presence=one.presence,
        region=one.region,
        sites=tuple(
            SiteShown(
                site=site.site,
                municipality=site.municipality,
                holiday_region=site.holiday_region,
                name=site.name,
            )
            for site in one.sites
        ),
    )
