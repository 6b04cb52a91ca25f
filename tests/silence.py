"""A small language for tests of institutions: what arrived from them, and the watch over one of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from msgspec.structs import replace

from shared.domain.alert import Alert
from shared.domain.heard import together
from shared.domain.watch import Round, Watch, keep_watch
from shared.domain.world import World
from tests.tale import WORLD, local, moment


def world_with(
    org: str, messages: Sequence[str] = (), lists: Sequence[str] = (), world: World = WORLD
) -> World:
    """The world in which messages arrived from `org`, and lists of its main site, at these moments."""
    signs = [(org, moment(at)) for at in (*messages, *lists)]
    signs += [(f"{org}00", moment(at)) for at in lists]
    known = world.institutions[org]
    heard = dict(together(known.heard, signs))
    return replace(world, institutions={**world.institutions, org: replace(known, heard=heard)})


def watched(world: World, org: str, until: str, before: Watch | None = None) -> Round:
    """The watch over `org` up to a moment."""
    return keep_watch(before or Watch(org), world, moment(until))


def history(alerts: Sequence[Alert]) -> list[tuple[str, str | None, str | None, str | None]]:
    """Code, moment of raising, moment and reason of resolving of each alert."""
    return [(one.code, local(one.raised_at), local(one.resolved_at), one.how) for one in alerts]


def weekly(first: str, count: int) -> list[str]:
    """The same time of the day each week."""
    return [local(moment(first) + timedelta(weeks=week)) or "" for week in range(count)]
