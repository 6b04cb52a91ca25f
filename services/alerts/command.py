"""`transfers alerts worker|web`: the lane that settles learners, and the API with the desk's pages."""

from __future__ import annotations

import argparse
from importlib import import_module

EXAMPLE = "example: transfers alerts worker"

PARTS = {
    "worker": ("services.alerts.worker_command", "walk learners through time, raise and resolve alerts"),
    "web": ("services.alerts.web.command", "serve the API and the pages of the desk"),
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Only the part that is asked for is imported, so that each needs no more than its own packages."""
    parts = parser.add_subparsers(dest="part", required=True, metavar="PART")
    for name, (_, summary) in PARTS.items():
        parts.add_parser(name, help=summary, description=summary.capitalize() + ".")


def run(args: argparse.Namespace) -> int:
    """Run one part until it is told to stop; returns the exit status."""
    status: int = import_module(PARTS[args.part][0]).run(args)
    return status
