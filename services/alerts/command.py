"""`transfers alerts worker|deliver|web`: the lane that settles learners, what tells the outside, the API."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module

from shared.runtime.config import DeliverSettings, SettingsFault, WorkerSettings, load

EXAMPLE = "example: transfers alerts worker"


def configure(parser: argparse.ArgumentParser) -> None:
    """Everything but the part comes from the environment (`transfers settings "alerts worker"`)."""
    parts = parser.add_subparsers(dest="part", required=True, metavar="PART")
    parts.add_parser("worker", help="walk learners through time, raise and resolve alerts")
    parts.add_parser("deliver", help="bring what happened to systems and people outside")
    parts.add_parser("web", help="serve the API and the pages of the desk")


def run(args: argparse.Namespace) -> int:
    """Run one part until told to stop; returns the exit status.

    Only that part is imported, so that none needs the packages of another.
    """
    if args.part == "web":
        status: int = import_module("services.alerts.web.command").run(args)
        return status
    try:
        if args.part == "deliver":
            from services.alerts.deliver import app as deliver

            return deliver.work(load(DeliverSettings))
        from services.alerts import app as worker

        return worker.work(load(WorkerSettings))
    except SettingsFault as fault:
        print(fault, file=sys.stderr)
        return 2
