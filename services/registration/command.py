"""`transfers registration web`: the door for events."""

from __future__ import annotations

import argparse
import sys

from services.registration.app import create_app
from shared.runtime import logs, metrics
from shared.runtime.config import SettingsFault, WebSettings, load
from shared.runtime.http import server

EXAMPLE = "example: transfers registration web"


def configure(parser: argparse.ArgumentParser) -> None:
    """The parts of registration; the door for Kafka will be one more."""
    parser.add_argument("part", choices=["web"], help="web: the HTTP door")


def run(args: argparse.Namespace) -> int:
    """Serve until SIGTERM."""
    try:
        settings = load(WebSettings)
    except SettingsFault as fault:
        print(fault, file=sys.stderr)
        return 2
    logs.configure("registration-web", settings.instance)
    metrics.Server(settings.metrics, lambda: True)
    serving = server(create_app(settings), settings.http.host, settings.http.port)
    serving.run()
    return 0 if serving.started else 1
