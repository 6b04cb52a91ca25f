"""The one process that a stack leaves behind: `supervisord`, with a generated configuration.

It restarts what ends, at once when it ran a while and else after 1, 2, 3, ... seconds; it never starts
a process before the one of the same name has ended. It is spoken to over the loopback address, behind
a password, so that the length of the folder's name does not matter.
"""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from xmlrpc.client import Fault, ServerProxy

import psutil

from services.stack.fault import StackFault
from services.stack.folder import Folder, Plan
from services.stack.processes import MARK, call, reason

RECENT = 20
"""Lines of a log that tell why a program does not come up."""
FOUNDATION = {"postgres", "kafka", "tansu"}


@dataclass(frozen=True)
class Program:
    """One process to run, and how it wants to be stopped."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    order: int = 30  # started from low to high, stopped from high to low
    signal: str = "TERM"
    restart: bool = True


def configuration(folder: Folder, plan: Plan, programs: Sequence[Program]) -> str:
    """What supervisord reads."""
    lines = [
        "[supervisord]",
        f"logfile={folder.logs / 'supervisord.log'}",
        "logfile_maxbytes=1MB",
        "logfile_backups=1",
        f"pidfile={folder.path / 'supervisord.pid'}",
        f"childlogdir={folder.logs}",
        f"directory={folder.path}",
        "umask=077",
        "loglevel=info",
        *(["user=root"] if os.geteuid() == 0 else []),
        "[inet_http_server]",
        f"port=127.0.0.1:{plan.ports['supervisor']}",
        "username=stack",
        f"password={folder.secret('supervisor')}",
        "[rpcinterface:supervisor]",
        "supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface",
    ]
    for program in programs:
        lines += _section(folder, program)
    return "\n".join(lines) + "\n"


def _section(folder: Folder, program: Program) -> list[str]:
    environment = ",".join(f'{name}="{_escape(value)}"' for name, value in program.environment.items())
    return [
        f"[program:{program.name}]",
        f"command={_escape(shlex.join(program.command))}",
        f"environment={environment}",
        f"priority={program.order}",
        "autostart=false",
        f"autorestart={'true' if program.restart else 'false'}",
        "startsecs=5",
        "startretries=1000",
        f"stopsignal={program.signal}",
        "stopwaitsecs=15",
        "stopasgroup=false",
        "killasgroup=true",
        "redirect_stderr=true",
        f"stdout_logfile={folder.logs / program.name}.log",
        "stdout_logfile_maxbytes=10MB",
        "stdout_logfile_backups=1",
    ]


def _escape(text: str) -> str:
    return text.replace("%", "%%")


def start(folder: Folder, plan: Plan, programs: Sequence[Program]) -> None:
    """Leave a supervisor behind that knows these programs and runs none yet. Raises StackFault."""
    path = folder.write("supervisord.conf", configuration(folder, plan, programs))
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("TRANSFERS_")}
    command = [sys.executable, "-W", "ignore", "-m", "supervisor.supervisord", "-c", str(path)]
    status, told = call(command, inherited | {MARK: plan.identity, "PYTHONUNBUFFERED": "1"})
    if status:
        raise StackFault(f"the supervisor did not start: {reason(told)}", f"see {folder.logs}")


class Supervisor:
    """The supervisor of one stack, as seen from a command."""

    def __init__(self, folder: Folder, plan: Plan) -> None:
        self.folder = folder
        address = f"127.0.0.1:{plan.ports['supervisor']}"
        self._calls: Any = ServerProxy(
            f"http://stack:{folder.secret('supervisor')}@{address}/RPC2"
        ).supervisor

    def lives(self) -> bool:
        """Whether it answers."""
        try:
            return bool(self._calls.getState()["statename"] == "RUNNING")
        except (OSError, Fault):
            return False

    def start(self, name: str) -> None:
        """Start one program and return at once. Raises StackFault when it cannot be started at all."""
        try:
            self._calls.startProcess(name, False)
        except Fault as problem:
            if "ALREADY_STARTED" not in problem.faultString:
                raise StackFault(f"{name} did not start: {problem.faultString}", self.hint(name)) from problem

    def states(self) -> dict[str, str]:
        """Each program and what it is doing: STOPPED, STARTING, RUNNING, BACKOFF, EXITED, FATAL, ..."""
        return {found["name"]: found["statename"] for found in self._calls.getAllProcessInfo()}

    def pids(self) -> dict[str, int]:
        """The process of each program that has one."""
        return {found["name"]: found["pid"] for found in self._calls.getAllProcessInfo() if found["pid"]}

    def stop(self, patience: float = 20) -> None:
        """Stop the services together, then what they stand on, then the supervisor itself."""
        try:
            for stratum in (set(self.states()) - FOUNDATION, FOUNDATION - {"postgres"}, {"postgres"}):
                self._stop(stratum, patience)
            process = psutil.Process(int(self._calls.getPID()))
            self._calls.shutdown()
            process.wait(patience)
        except (OSError, Fault, psutil.Error):
            return  # whoever is left is found by its mark

    def _stop(self, names: Collection[str], patience: float) -> None:
        alive = {name: pid for name, pid in self.pids().items() if name in names}
        processes = [psutil.Process(pid) for pid in alive.values()]
        for name in alive:
            self._calls.stopProcess(name, False)
        psutil.wait_procs(processes, timeout=patience)

    def hint(self, name: str) -> str:
        """Where to look when a program does not do what it should, with what it said last."""
        path = self.folder.logs / f"{name}.log"
        try:
            lines = path.read_text(errors="replace").splitlines()[-RECENT:]
        except OSError:
            lines = []
        return f"see {path}" + f"; it said: {last_words(lines)}"


def last_words(lines: Sequence[str]) -> str:
    """The end of the newest traceback among these lines of a log, or else the newest line."""
    said = [_plain(line) for line in lines if line.strip()]
    raised = [text for text in said if "Traceback" in text]
    return (raised or said or ["nothing"])[-1].strip().splitlines()[-1][:300]


def _plain(line: str) -> str:
    try:
        told = json.loads(line)
        return str(told.get("exception") or told["event"])
    except (ValueError, KeyError, AttributeError):
        return line
