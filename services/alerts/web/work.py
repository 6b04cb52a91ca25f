"""How an officer acts on a page: a button or a form, a look at what it would do, and what came of it.

Every form works without script. What is asked goes the way of the API: one row, which the lane answers.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from hashlib import sha256
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from services.alerts.web import changes, forms, notices, offers, records, targets
from services.alerts.web.access import Look, missing
from services.alerts.web.api import AlertId, CaseId, Desk
from services.alerts.web.asking import Asker, Wish, action_of, id_of
from services.alerts.web.changes import Seen
from services.alerts.web.drafts import Drafts, enter, filled_in, form_of
from services.alerts.web.faults import START
from services.alerts.web.forms import Filled, Form
from services.alerts.web.offers import Offer
from services.alerts.web.records import ActionRow
from services.alerts.web.sessions import Cookies
from services.alerts.web.targets import ALERTS, CASES, Target, Work
from services.alerts.web.visits import Visit
from shared.domain.action import Action
from shared.runtime.problems import Problem

PLACES = {
    ALERTS: (offers.ACKNOWLEDGEMENTS, offers.ATTEMPTS, offers.SNOOZES, offers.CASES),
    CASES: (offers.ASSIGNMENTS, offers.ATTEMPTS, offers.TRANSITIONS),
}
"""Where something can be asked, below an alert and below a case."""

CARRIED = frozenset({"csrf", "revision", "seen", "step"})
"""The fields that do not say what is asked."""

SURE, EDIT = "sure", "edit"
"""What an officer answers to the page that asks for certainty."""

AGAIN = "Deze pagina was te oud. Laad de pagina opnieuw en probeer het weer."
NOT_NOW = "Deze stap kan nu niet. Misschien is er intussen iets gewijzigd."
NOT_STORED = "Niets opgeslagen."

Handler = Callable[..., Awaitable[Response]]


def router(desk: Desk, cookies: Cookies, asker: Asker, drafts: Drafts) -> APIRouter:
    """The routes below an alert and a case."""
    routes = APIRouter()

    async def show(request: Request, kind: str, target_id: str, path: str) -> Response:
        at = await enter(desk, cookies, drafts, request)
        if isinstance(at, Response):
            return at
        to = request.query_params.get("to")
        word, form = request.cookies.get(cookies.draft), form_of(request.url.path, to)
        return await _show(at, kind, target_id, path, to, drafts.open(word, at.officer.subject, form))

    async def act(request: Request, kind: str, target_id: str, path: str) -> Response:
        at = await enter(desk, cookies, drafts, request)
        if isinstance(at, Response):
            return at
        response = await _act(at, asker, kind, target_id, path)
        if response.status_code == 303 and cookies.draft in request.cookies:
            cookies.drop(response, cookies.draft)
        return response

    def handler(answer: Handler, kind: str, path: str) -> Handler:
        async def of_alert(request: Request, target_id: AlertId) -> Response:
            return await answer(request, kind, target_id, path)

        async def of_case(request: Request, target_id: CaseId) -> Response:
            return await answer(request, kind, target_id, path)

        return of_alert if kind == ALERTS else of_case

    for kind, paths in PLACES.items():
        name = "alertId" if kind == ALERTS else "caseId"
        for path in paths:
            address = f"/desk/{kind}/{{{name}}}/{path}"
            routes.add_api_route(address, handler(show, kind, path), methods=["GET"])
            routes.add_api_route(address, handler(act, kind, path), methods=["POST"])
    return routes


async def _show(
    at: Visit, kind: str, target_id: str, path: str, to: str | None, draft: Mapping[str, str] | None
) -> Response:
    """The form, blank or as it was left; what needs but a button stands on the page of its target."""
    async with at.look("page-act") as looking:
        target = await targets.load(at, looking, kind, target_id)
    offer = target.offer(path, to)
    if offer is None or not offer.asks:
        return RedirectResponse(target.address, 303)
    form = target.form(offer)
    filled = forms.kept(form, draft) if draft else forms.blank(form)
    return page(at, target, offer, form, filled, draft=draft)


async def _act(at: Visit, asker: Asker, kind: str, target_id: str, path: str) -> Response:
    """Do it, or say why not; a form that is sent twice is one action."""
    given, is_ours = await filled_in(at)
    if not is_ours:
        return await _show(at, kind, target_id, path, given.get("to"), given)
    since = changes.read(given.get("revision", ""), given.get("seen", ""))
    if since is None:
        raise Problem("invalid-input", AGAIN)
    key = key_of(kind, target_id, path, given)
    action_id = id_of(at.officer, key)
    await at.desk.clock.released()
    async with at.look(f"desk-{path}") as looking:
        if await records.action(looking, action_id) is None:
            target = await targets.load(at, looking, kind, target_id)
            offer = target.offer(path, given.get("to"))
            before = await _before(at, looking, target, offer, path, given, since)
            if before is not None:
                looking.status = before.status_code
                return before
            assert offer is not None  # noqa: S101 else `before` would say so
            action = _action(at, target, offer, forms.read(target.form(offer), given))
            await asker.ask(looking, Wish(target.row, action, since.revision, key))
    row = await asker.answer(at.reader, action_id)
    if row is None:
        raise missing()
    if row.result is None or row.result["status"] == 201:
        return RedirectResponse(_onwards(row, f"/desk/{kind}/{target_id}"), 303)
    return await _refused(at, kind, target_id, path, given, since, row.result)


async def _before(
    at: Visit,
    looking: Look,
    target: Target,
    offer: Offer | None,
    path: str,
    given: Mapping[str, str],
    since: Seen,
) -> Response | None:
    """The page that comes before it is asked, if any: changed meanwhile, a fault, or: are you sure?"""
    if since.revision != target.revision:
        return await _stale(at, looking, target, offer, path, given, since)
    if offer is None:
        raise Problem("illegal-move", NOT_NOW)
    form = target.form(offer)
    filled = _judged(at, target, offer, form, given)
    if filled.faults:
        return page(at, target, offer, form, filled, 400)
    step = given.get("step")
    if step == EDIT:
        return page(at, target, offer, form, filled)
    if form.check and step != SURE:
        return page(at, target, offer, form, filled, stage="check")
    return None


def _judged(at: Visit, target: Target, offer: Offer, form: Form, given: Mapping[str, str]) -> Filled:
    """What was filled in, with everything that is wrong with it as far as can be told beforehand."""
    filled = forms.read(form, given)
    if filled.faults:
        return filled
    refused = target.refuses(_action(at, target, offer, filled))
    return forms.blaming(form, filled, refused.detail) if refused else filled


def _action(at: Visit, target: Target, offer: Offer, filled: Filled) -> Action:
    fields = target.wanted(offer, filled)
    now = at.desk.clock.now()
    return action_of(at.officer, target.row, targets.named(offer), now, target.year, **fields)


async def _refused(
    at: Visit,
    kind: str,
    target_id: str,
    path: str,
    given: Mapping[str, str],
    since: Seen,
    result: Mapping[str, Any],
) -> Response:
    """The lane did not do it: the form comes back as it was filled in, with the reason."""
    status, detail = int(result["status"]), str(result.get("detail", ""))
    if status == 404:
        raise missing()
    async with at.look("page-act") as looking:
        looking.status = status
        target = await targets.load(at, looking, kind, target_id)
        offer = target.offer(path, given.get("to"))
        if status == 412 or offer is None:
            return await _stale(at, looking, target, offer, path, given, since)
    form = target.form(offer)
    if status == 503:
        told = forms.blaming(Form(form.title), forms.kept(form, given), f"{NOT_STORED} {detail}")
        response = page(at, target, offer, form, told, 503)
        response.headers["retry-after"] = "5"
        return response
    return page(at, target, offer, form, forms.blaming(form, forms.kept(form, given), detail), status)


async def _stale(
    at: Visit,
    looking: Look,
    target: Target,
    offer: Offer | None,
    path: str,
    given: Mapping[str, str],
    since: Seen,
) -> Response:
    """Somebody changed it: who and what, and the input to go on with when it can still be done."""
    rows = await records.actions_since(looking, target.row.learner_id, since.at)
    names = await targets.names(at, looking, target.row, [row.by for row in rows])
    told: dict[str, Any] = {
        "differences": changes.differences(since.looks, target.looks()),
        "deeds": changes.deeds(rows, target.id, since, names),
    }
    meant = offer or target.closed_offer(path, given.get("to"))
    form = target.form(meant)
    filled = _judged(at, target, offer, form, given) if offer else forms.read(form, given)
    return page(at, target, offer, form, filled, 412, stage="stale", **told)


def page(
    at: Visit,
    target: Target,
    offer: Offer | None,
    form: Form,
    filled: Filled,
    status: int = 200,
    stage: str = "form",
    differences: Sequence[changes.Difference] = (),
    deeds: Sequence[changes.Deed] = (),
    draft: Mapping[str, str] | None = None,
) -> Response:
    """The page of a form, in whatever stage; with a draft, what was seen is what was seen then."""
    return at.respond(
        "act.html",
        status,
        target=target,
        work=_work(target, draft) if draft else target.work(),
        drafted=bool(draft),
        offer=offer,
        form=form,
        filled=filled,
        stage=stage,
        answers=forms.spoken(form, filled),
        differences=differences,
        deeds=deeds,
    )


def _work(target: Target, draft: Mapping[str, str]) -> Work:
    now = target.work()
    since = changes.read(draft.get("revision", ""), draft.get("seen", ""))
    if since is None:
        return now
    return Work(now.address, since.revision, changes.write(since), draft.get("key", now.key))


def key_of(kind: str, target_id: str, path: str, given: Mapping[str, str]) -> str:
    """What makes the same form with the same input, sent again, the same action."""
    parts = [kind, target_id, path]
    parts += [f"{name}={value}" for name, value in sorted(given.items()) if name not in CARRIED]
    return sha256("\0".join(parts).encode()).hexdigest()


def _onwards(row: ActionRow, address: str) -> str:
    """Where to go after it was done, or while it waits: what came of it is said there."""
    result = row.result or {}
    notice = "saved" if result else "pending"
    match row.action.action:
        case "acknowledge":
            notice = "picked" if result else notice
        case "open" if "caseId" in result:
            address = f"/desk/cases/{result['caseId']}"
        case "transfer":  # the case is another desk's now
            address = START
        case _:
            pass
    return notices.address(address, notice)
