"""The folder of one stack: what was chosen for it, its secrets, its data and its logs.

Everything of a stack lies in its folder, which only its owner may enter. Secrets are files of mode
0600; they never stand in an argument, an environment variable or a log.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from services.stack.fault import StackFault

DATABASE = "transfers"
OWNER = "postgres"
ROLES = ("registration", "placement", "alerts_worker", "alerts_web")
AWKWARD = "\"';#%\n"  # characters that a configuration file of one of the parts cannot take in a path


@dataclass(frozen=True)
class Plan:
    """What was chosen when the folder was first used, and holds as long as the folder does."""

    identity: str  # stands in the environment of every process of this stack, and in no other
    broker: str  # "kafka" or "tansu"
    cluster: str  # the id of the Kafka cluster
    ports: Mapping[str, int]


class Folder:
    """The folder of one stack."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()

    def prepare(self) -> None:
        """Make the folder, for its owner only. Raises StackFault where that cannot be done."""
        if any(character in AWKWARD for character in str(self.path)):
            raise StackFault(
                f"{self.path} has a character in its name that PostgreSQL or Kafka cannot take",
                "choose another folder with --dir",
            )
        try:
            for part in (self.path, self.logs, self.secrets, self.data):
                part.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as problem:
            raise StackFault(
                f"cannot make the folder {self.path}: {problem.strerror}",
                "choose a folder of your own with --dir",
            ) from problem

    @property
    def logs(self) -> Path:
        """One file for each process."""
        return self.path / "logs"

    @property
    def secrets(self) -> Path:
        """Passwords and keys."""
        return self.path / "secrets"

    @property
    def data(self) -> Path:
        """What PostgreSQL, Kafka and the workers keep."""
        return self.path / "data"

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Wait until no other command starts or stops this stack."""
        with (self.path / "lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def entered(self) -> bool:
        """Whether a command that starts or stops a stack was ever here."""
        return (self.path / "lock").exists()

    def plan(self) -> Plan | None:
        """What was chosen for this folder; None when it is new. Raises StackFault when it is damaged."""
        try:
            return Plan(**json.loads((self.path / "plan.json").read_text()))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except PermissionError as problem:
            raise StackFault(
                f"the stack in {self.path} belongs to somebody else", "choose a folder of your own with --dir"
            ) from problem
        except (OSError, ValueError, TypeError) as problem:
            raise StackFault(
                f"{self.path / 'plan.json'} cannot be read: the folder is damaged",
                f"remove {self.path}, or choose another folder with --dir",
            ) from problem

    def keep_plan(self, plan: Plan) -> None:
        """Remember what was chosen."""
        self.write("plan.json", json.dumps(asdict(plan), indent=1))

    def addresses(self) -> dict[str, Any] | None:
        """Where everything listens, as `stack up` wrote it; None when it did not get that far."""
        try:
            found: dict[str, Any] = json.loads((self.path / "stack.json").read_text())
        except (OSError, ValueError):
            return None
        return found

    def write(self, name: str, text: str) -> Path:
        """Write a file that only its owner may read; it is there whole or not at all."""
        target = self.path / name
        draft = target.with_name(f".{target.name}.{os.getpid()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text)
        draft.replace(target)
        return target

    def secret(self, name: str) -> str:
        """The secret of this name, made when it is first asked for."""
        path = self.secrets / name
        if not path.exists():
            self.write(f"secrets/{name}", secrets.token_urlsafe(24))
        return path.read_text()

    def database_url(self, port: int, role: str = OWNER) -> str:
        """The database as one role sees it; the password stands in a file that the address names."""
        entry = f"127.0.0.1:*:*:{role}:{self.secret(role)}\n"
        path = self.secrets / f"{role}.pgpass"
        if not path.exists() or path.read_text() != entry:
            self.write(f"secrets/{role}.pgpass", entry)
        return f"postgresql://{role}@127.0.0.1:{port}/{DATABASE}?passfile={quote(str(path))}"


def add_option(parser: argparse.ArgumentParser) -> None:
    """Let a command choose its stack."""
    parser.add_argument(
        "--dir",
        type=Path,
        default=Path(os.environ.get("TRANSFERS_STACK_DIR", ".transfers")),
        metavar="FOLDER",
        help="the folder of the stack (default: $TRANSFERS_STACK_DIR, else .transfers)",
    )


def running(path: Path) -> Folder:
    """The folder of a stack that was started. Raises StackFault when there is none."""
    folder = Folder(path)
    if folder.plan() is None or folder.addresses() is None:
        raise StackFault(
            f"there is no running stack in {folder.path}",
            "start one with `transfers stack up`, or name its folder with --dir",
        )
    return folder
