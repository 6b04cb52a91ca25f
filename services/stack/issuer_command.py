"""`transfers issuer`: run the development issuer of a stack; `transfers stack up` starts it for you."""

from __future__ import annotations

import argparse
import sys

from services.stack.fault import StackFault
from services.stack.folder import Folder, add_option

EXAMPLE = "example: transfers issuer --dir .transfers"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the option for the stack."""
    add_option(parser)


def run(args: argparse.Namespace) -> int:
    """Serve until told to stop."""
    import uvicorn

    from services.stack.issuer.app import create_app

    try:
        folder = Folder(args.dir)
        plan = folder.plan()
        if plan is None:
            raise StackFault(f"there is no stack in {folder.path}", "make one with `transfers stack up`")
        app = create_app(folder, plan)
    except StackFault as fault:
        print(f"transfers issuer: {fault}", file=sys.stderr)
        return 1
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=plan.ports["issuer"],
        http="h11",
        log_level="warning",
        server_header=False,
        access_log=False,
    )
    return 0
