"""`transfers alerts web`: serve the API of alerts and the pages of the desk."""

from __future__ import annotations

import argparse
import asyncio
import sys

from services.alerts.web.app import create_app
from shared.runtime import logs, metrics
from shared.runtime.config import DeskWebSettings, SettingsFault, load
from shared.runtime.http import server

EXAMPLE = "example: transfers alerts web"


def configure(parser: argparse.ArgumentParser) -> None:
    """There is nothing to choose: settings come from the environment."""


def run(args: argparse.Namespace) -> int:
    """Serve until it is told to stop; 2 when settings are missing or wrong."""
    try:
        settings = load(DeskWebSettings)
    except SettingsFault as fault:
        print(f"transfers alerts web: {fault}", file=sys.stderr)
        return 2
    logs.configure("alerts-web", settings.instance)
    asyncio.run(_serve(settings))
    return 0


async def _serve(settings: DeskWebSettings) -> None:
    http = server(create_app(settings), settings.http.host, settings.http.port)
    measured = metrics.Server(settings.metrics, lambda: http.started)
    try:
        await http.serve()
    finally:
        measured.stop()
