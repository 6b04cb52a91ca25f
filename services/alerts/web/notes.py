"""Short notes of a desk about a case: of a closed kind, at most 280 characters, and never with a bsn.

Only the desk that has the case reads them. No rule does, and they go into no topic, mail or webhook.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from services.alerts.web import forms, notices, offers, targets
from services.alerts.web.access import Look
from services.alerts.web.api import CaseId, Desk
from services.alerts.web.asking import id_of
from services.alerts.web.drafts import Drafts, enter, filled_in, form_of
from services.alerts.web.forms import Field, Filled, Form, Option
from services.alerts.web.offers import Offer
from services.alerts.web.officers import spoken_name
from services.alerts.web.sessions import Cookies
from services.alerts.web.targets import CASES, Target
from services.alerts.web.visits import Visit
from services.alerts.web.work import key_of, page
from shared.domain.guard import is_personal_number

PATH = "notes"
OFFER = Offer("note", "Notitie toevoegen", PATH, asks=True)

LONGEST = 280
"""So many characters a note may have (the desk's design)."""

KINDS = {
    "APPOINTMENT": "Afspraak",
    "WITH_SCHOOL": "Overleg met de school",
    "WITH_MBO": "Overleg met het mbo",
    "WITH_PARTNER": "Overleg met een andere organisatie",
    "OTHER": "Anders",
}
"""What a note is about; what can be said with this needs no more words."""

BSN = "Dit lijkt een bsn. Haal het weg."
UNFIT = "Gebruik alleen gewone tekens."

_NUMBERS = re.compile(r"(?<!\d)(?:\d{8,9}|\d{3}[ .]\d{3}[ .]\d{3}|\d{4}[ .]\d{2}[ .]\d{3})(?!\d)")

FORM = Form(
    OFFER.words,
    (
        Field(
            "kind",
            "Waar gaat het over?",
            forms.ONE,
            tuple(Option(code, words) for code, words in KINDS.items()),
            needed="Kies waar het over gaat.",
        ),
        Field(
            "words",
            "Notitie",
            forms.TEXT,
            hint=f"Ten hoogste {LONGEST} tekens. Geen namen, gezondheid, gezin of politie.",
            needed="Schrijf een notitie.",
        ),
    ),
    blamed="words",
)

WRITE = """
INSERT INTO alerts.note (id, case_id, kind, words, by_subject, delete_after)
SELECT $1, case_id, $3, $4, $5, delete_after FROM alerts.case WHERE case_id = $2 AND audience && $6
ON CONFLICT DO NOTHING
"""
READ = "SELECT kind, words, by_subject, at FROM alerts.note WHERE case_id = $1 ORDER BY at DESC, id"


class Note(msgspec.Struct, frozen=True):
    """One note, as the desk reads it; `at` in UTC."""

    kind: str
    words: str
    who: str
    at: datetime


def router(desk: Desk, cookies: Cookies, drafts: Drafts) -> APIRouter:
    """The routes of notes."""
    routes = APIRouter()

    @routes.get("/desk/cases/{caseId}/notes")
    async def show(request: Request, case_id: CaseId) -> Response:
        at = await enter(desk, cookies, drafts, request)
        if isinstance(at, Response):
            return at
        offers.must_do(at.officer, "assign")
        async with at.look("page-act") as looking:
            target = await targets.load(at, looking, CASES, case_id)
        word = request.cookies.get(cookies.draft)
        draft = drafts.open(word, at.officer.subject, form_of(request.url.path, None))
        filled = forms.kept(FORM, draft) if draft else forms.blank(FORM)
        return page(at, target, OFFER, FORM, filled, draft=draft)

    @routes.post("/desk/cases/{caseId}/notes")
    async def add(request: Request, case_id: CaseId) -> Response:
        at = await enter(desk, cookies, drafts, request)
        if isinstance(at, Response):
            return at
        offers.must_do(at.officer, "assign")
        given, is_ours = await filled_in(at)
        filled = judged(given)
        async with at.look("desk-notes") as looking:
            target = await targets.load(at, looking, CASES, case_id)
            if not is_ours:
                return page(at, target, OFFER, FORM, forms.kept(FORM, given), draft=given)
            if filled.faults:
                looking.status = 400
                return page(at, target, OFFER, FORM, filled, 400)
            note_id = id_of(at.officer, key_of(CASES, case_id, PATH, given))
            await _write(at, looking, target, filled, note_id)
        response = RedirectResponse(notices.address(target.address, "saved"), 303)
        if cookies.draft in request.cookies:
            cookies.drop(response, cookies.draft)
        return response

    return routes


def judged(given: Mapping[str, str]) -> Filled:
    """What was filled in, and what may not be kept of it."""
    filled = forms.read(FORM, given)
    fault = fault_of(filled.values["words"])
    return forms.blaming(FORM, filled, fault) if fault else filled


def fault_of(words: str) -> str:
    """Why a note is not kept; empty when it is."""
    if any(is_personal_number(re.sub(r"[ .]", "", one)) for one in _NUMBERS.findall(words)):
        return BSN
    if not words.replace("\n", "").isprintable():
        return UNFIT
    if len(words) > LONGEST:
        return f"Ten hoogste {LONGEST} tekens; dit zijn er {len(words)}."
    return ""


async def notes_of(at: Visit, looking: Look, case_id: str) -> Sequence[Note]:
    """The notes of a case, newest first; none for who works at no desk."""
    if not at.officer.is_desk:
        return ()
    rows = await looking.conn.fetch(READ, UUID(case_id))
    names = await at.desk.register.names(looking.conn, [row["by_subject"] for row in rows])
    return [
        Note(KINDS.get(row["kind"], ""), row["words"], spoken_name(names, row["by_subject"]), row["at"])
        for row in rows
    ]


async def _write(at: Visit, looking: Look, target: Target, filled: Filled, note_id: UUID) -> None:
    """Keep a note; the same form sent twice is one note."""
    kind, words = filled.read["kind"], filled.read["words"]
    subject = at.officer.subject
    await looking.conn.execute(WRITE, note_id, UUID(target.id), kind, words, subject, looking.audience)
