"""Free ports on the loopback address, outside the range from which the system gives to clients."""

from __future__ import annotations

import errno
import secrets
import socket
from collections.abc import Iterable, Mapping

import psutil

from services.stack.fault import StackFault

FIRST, LAST = 20000, 32000


def is_free(port: int) -> bool:
    """Whether nobody listens there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as problem:
            if problem.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise
        return True


def choose(names: Iterable[str]) -> dict[str, int]:
    """A free port for each name. Raises StackFault when there are none left."""
    chosen: dict[str, int] = {}
    for name in names:
        for _ in range(1000):
            port = FIRST + secrets.randbelow(LAST - FIRST)
            if port not in chosen.values() and is_free(port):
                chosen[name] = port
                break
        else:
            raise StackFault(f"no free port between {FIRST} and {LAST}", "stop some programs")
    return chosen


def check(ports: Mapping[str, int]) -> None:
    """Raises StackFault when another program has taken one of these ports."""
    for name, port in ports.items():
        if not is_free(port):
            raise StackFault(
                f"port {port}, which this stack uses for {name}, is taken{_by_whom(port)}",
                "stop that program, or let the stack choose new ports: `transfers stack up --new-ports`",
            )


def _by_whom(port: int) -> str:
    try:
        connections = psutil.net_connections(kind="tcp")
    except psutil.Error:
        return ""
    for connection in connections:
        if connection.status == psutil.CONN_LISTEN and connection.laddr[1:] == (port,) and connection.pid:
            return f" by process {connection.pid}"
    return ""
