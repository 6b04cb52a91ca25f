"""Ports are free when they are chosen, and a taken one is named with who has it."""

from __future__ import annotations

import os
import socket

import pytest

from services.stack import ports
from services.stack.fault import StackFault


def test_each_name_gets_a_port_of_its_own_that_is_free() -> None:
    chosen = ports.choose(["postgres", "kafka", "issuer"])

    assert len(set(chosen.values())) == 3
    assert all(ports.is_free(port) for port in chosen.values())
    ports.check(chosen)


def test_a_taken_port_is_reported_with_the_process_and_the_remedy() -> None:
    with socket.create_server(("127.0.0.1", 0)) as squatter:
        port = squatter.getsockname()[1]

        with pytest.raises(StackFault) as fault:
            ports.check({"postgres": port})

    assert f"port {port}, which this stack uses for postgres, is taken" in str(fault.value)
    assert f"by process {os.getpid()}" in str(fault.value)
    assert "--new-ports" in str(fault.value)
