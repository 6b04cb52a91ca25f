"""The `transfers` command: picks one subcommand and runs it.

Each subcommand lives in a module with `configure(parser)` and `run(args) -> exit status`; the module
is imported only when its command is asked for, so that a role needs no more than its own packages.
Exit status: 0 done, 1 done with faults reported, 2 wrong use.
"""

from __future__ import annotations

import argparse
import sys
from importlib import import_module

COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("services.demo.command", "play a school year of a region into a running platform"),
    "stack": ("services.stack.command", "start, stop and inspect the embedded platform"),
    "clock": ("services.stack.clock_command", "show or move the clock of an embedded platform"),
    "token": ("services.stack.token_command", "a bearer token of the development issuer"),
    "clients": ("services.registration.clients_command", "the systems that may post events"),
    "institutions": ("services.registration.institutions_command", "schools, institutions and desks"),
    "replay": ("services.replay.command", "states, alerts and cases from a file of events"),
    "simulate": ("services.simulate.command", "a believable school year of a region, as a file"),
    "registration": ("services.registration.command", "run the door for events"),
    "placement": ("services.placement.command", "run the worker that keeps facts and states"),
    "alerts": ("services.alerts.command", "run the alerts worker or its API and desk"),
    "issuer": ("services.stack.issuer_command", "run the development issuer (embedded only)"),
    "migrate": ("services.migrations.command", "bring the database to the newest schema"),
    "topics": ("services.topics", "create the Kafka topics"),
    "settings": ("services.settings", "print the settings of a role, secrets masked"),
}


def main(argv: list[str] | None = None) -> int:
    """Run one subcommand and return its exit status."""
    words = sys.argv[1:] if argv is None else argv
    parser = argparse.ArgumentParser(
        prog="transfers",
        description="Keeps every pupil in sight between two schools.",
        epilog="example: transfers replay tests/histories/placed.json --at 2026-10-09T06:00",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    asked = words[0] if words else ""
    for name, (module, summary) in COMMANDS.items():
        command = commands.add_parser(name, help=summary, description=summary.capitalize() + ".")
        if name == asked:
            implementation = import_module(module)
            command.formatter_class = argparse.RawDescriptionHelpFormatter
            command.epilog = implementation.EXAMPLE
            implementation.configure(command)
            command.set_defaults(run=implementation.run)
    args = parser.parse_args(words)
    status: int = args.run(args)
    return status


if __name__ == "__main__":
    sys.exit(main())
