"""The jars of Apache Kafka: fetched once for all stacks of this machine, complete or not at all."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import shutil
import tempfile
from pathlib import Path

from services.stack.fault import StackFault
from services.stack.processes import call, reason

VERSION = "4.1.1"
POM = Path(__file__).with_name("pom.xml")
COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"


def java() -> str | None:
    """Java 17 or newer, or None."""
    path = shutil.which("java")
    if path is None:
        return None
    _, told = call([path, "-version"])
    version = re.search(r'version "(\d+)', " ".join(told))
    return path if version and int(version[1]) >= 17 else None


def missing() -> str | None:
    """What this machine lacks to run Apache Kafka; None when nothing."""
    if java() is None:
        return "Java 17 or newer"
    if cached() is None and shutil.which("mvn") is None:
        return "Maven, which fetches Kafka"
    return None


def cached() -> Path | None:
    """The folder with the jars, or None when they have not been fetched yet."""
    return next((place for place in _places() if place.is_dir()), None)


def fetch() -> Path:
    """The folder with the jars, fetched where needed. Raises StackFault when that fails."""
    if found := cached():
        return found
    for place in _places():
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            with place.with_name(f"{place.name}.lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)  # another stack may be fetching the same
                return cached() or _download(place)
        except OSError as problem:
            if problem.errno == errno.ENOSPC:
                raise StackFault(f"the disk of {place.parent} is full", "free 50 MB for Kafka") from problem
    raise StackFault("there is no folder to keep Kafka in", "set XDG_CACHE_HOME to a folder of your own")


def _places() -> list[Path]:
    """The cache of this checkout, and that of the user where the checkout is not theirs."""
    name = f"kafka-{VERSION}"
    checkout = Path(__file__).parents[3]
    user = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "transfer-tracking", name)
    return [checkout / ".cache" / name, user] if (checkout / "pyproject.toml").exists() else [user]


def _download(place: Path) -> Path:
    draft = Path(tempfile.mkdtemp(prefix=f"{place.name}.", dir=place.parent))
    try:
        command = [
            "mvn",
            "-q",
            "-B",
            "-C",
            "-Dstyle.color=never",
            "-f",
            str(POM),
            COPY,
            "-DincludeScope=runtime",
        ]
        status, told = call([*command, f"-DoutputDirectory={draft}"])
        if status:
            why = reason(told).removeprefix("[ERROR] ")
            raise StackFault(
                f"Apache Kafka could not be fetched from Maven Central: {why}",
                "check the connection and the settings of Maven and try again, or use --broker tansu",
            )
        draft.chmod(0o755)
        draft.rename(place)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return place
