"""HTML from templates: escaped, in Dutch, without inline style or script."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse

from shared.domain.calendar import AMSTERDAM, local_date
from shared.domain.words import spoken_date

STATIC = Path(__file__).parent / "static"
SITE = "Overstap in beeld"
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
WEEKDAYS = ("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag")


class Frame(msgspec.Struct, frozen=True):
    """What surrounds every page of a signed-in officer.

    `desk`: whether this is an officer of a desk, who reads how a case is worked on. `complete_to` is the
    watermark: everything received before it has been judged. `clock` is set on a moved
    clock only. `ends_at` is when the session ends (machine time). `notice` is what came of the last thing
    that the officer did.
    """

    name: str
    role: str
    csrf: str
    ends_at: datetime
    desk: bool = True
    clock: datetime | None = None
    complete_to: datetime | None = None
    late: bool = False
    notice: str = ""


def day(value: date) -> Markup:
    """`21 september 2026`, readable for machines too."""
    return Markup('<time datetime="{}">{}</time>').format(value.isoformat(), spoken_date(value))


def moment(value: datetime) -> Markup:
    """`21 september 2026 16:31`, local time."""
    local = value.astimezone(AMSTERDAM)
    words = f"{spoken_date(local.date())} {local:%H:%M}"
    return Markup('<time datetime="{}">{}</time>').format(local.isoformat(timespec="seconds"), words)


def clock(value: datetime) -> Markup:
    """`16:31`, local time; with the date when it is another day than `on`."""
    local = value.astimezone(AMSTERDAM)
    return Markup('<time datetime="{}">{}</time>').format(
        local.isoformat(timespec="seconds"), f"{local:%H:%M}"
    )


def weekday(value: date) -> str:
    """`vrijdag`."""
    return WEEKDAYS[value.weekday()]


def sentence(text: str) -> str:
    """The same with a capital, as a line begins."""
    return text[:1].upper() + text[1:]


@lru_cache(maxsize=64)
def static(name: str) -> str:
    """The address of a file of ours; it changes with its content, so it may be kept for ever."""
    digest = sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/desk/static/{name}?v={digest}"


@lru_cache(maxsize=1)
def templates() -> Environment:
    """The templates of the pages."""
    made = Environment(
        loader=PackageLoader("services.alerts.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "local": local_date,
        "day": day,
        "moment": moment,
        "clock": clock,
        "weekday": weekday,
        "sentence": sentence,
    }
    made.globals |= {"static": static, "site": SITE}
    return made


def html(name: str, **values: Any) -> str:
    """One page as text."""
    return templates().get_template(name).render(**values)


def respond(name: str, status: int = 200, **values: Any) -> HTMLResponse:
    """One page as an answer."""
    return HTMLResponse(html(name, **values), status, {"content-security-policy": POLICY})
