"""`transfers placement`: the worker that keeps facts and states."""

from __future__ import annotations

import argparse
import sys

from shared.runtime.config import SettingsFault, WorkerSettings, load

EXAMPLE = "example: transfers placement"


def configure(parser: argparse.ArgumentParser) -> None:
    """Everything comes from the environment (`transfers settings placement`)."""


def run(args: argparse.Namespace) -> int:
    """Run until told to stop; returns the exit status."""
    try:
        settings = load(WorkerSettings)
    except SettingsFault as fault:
        print(fault, file=sys.stderr)
        return 2
    from services.placement.app import work

    return work(settings)
