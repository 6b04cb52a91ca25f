"""What holds for every test: which broker and database are used, and that CI skips nothing in silence."""

from __future__ import annotations

import os

import pytest

from services.stack import postgres
from services.stack.fault import StackFault
from services.stack.kafka import jars
from services.stack.processes import call

STRICT = bool(os.environ.get("REQUIRE_SERVICES"))
"""Set in CI: a test that is skipped there has not been run, and fails the whole."""


def pytest_report_header() -> list[str]:
    """The versions that the tests of this run stand on."""
    missing = jars.missing()
    broker = f"Apache Kafka {jars.VERSION}" if missing is None else f"none ({missing} is missing)"
    try:
        _, told = call([postgres.binary("postgres"), "--version"])
        database = told[0]
    except StackFault:
        database = "none"
    return [f"broker: {broker}; database: {database}"]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name what was skipped where nothing may be."""
    skipped = terminalreporter.stats.get("skipped", [])
    if STRICT and skipped:
        text = f"{len(skipped)} tests were skipped, and REQUIRE_SERVICES is set"
        terminalreporter.write_line(text, red=True)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Fail the run for a skipped test."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if STRICT and exitstatus == pytest.ExitCode.OK and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
