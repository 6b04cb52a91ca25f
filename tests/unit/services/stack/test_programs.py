"""What each process of a stack is told, and what the supervisor is told about them."""

from __future__ import annotations

from configparser import RawConfigParser
from pathlib import Path

import pytest

from services.stack import programs
from services.stack.folder import ROLES, Folder, Plan
from services.stack.supervisor import Program, configuration, last_words


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder(tmp_path / "a stack")
    made.prepare()
    return made


@pytest.fixture
def plan() -> Plan:
    return Plan(
        "mark", "kafka", "Acluster", {name: 20000 + number for number, name in enumerate(programs.PORTS)}
    )


def test_no_service_is_told_a_secret(folder: Folder, plan: Plan) -> None:
    told = [
        value for service in programs.SERVICES for value in programs.settings(folder, plan, service).values()
    ]
    secrets = [folder.secret(name) for name in (*ROLES, "desk", "supervisor", "clients", "webhooks")]

    assert not [value for value in told if any(secret in value for secret in secrets)]


def test_each_service_signs_in_to_the_database_as_its_own_role(folder: Folder, plan: Plan) -> None:
    roles = {
        service.name: programs.settings(folder, plan, service)["TRANSFERS_DATABASE__URL"].split("@")[0]
        for service in programs.SERVICES
        if service.role
    }

    assert roles == {
        "registration-web": "postgresql://registration",
        "placement": "postgresql://placement",
        "alerts-worker": "postgresql://alerts_worker",
        "alerts-deliver": "postgresql://alerts_worker",
        "alerts-web": "postgresql://alerts_web",
    }


def test_only_what_was_started_has_an_address(folder: Folder, plan: Plan) -> None:
    assert set(programs.addresses(folder, plan, ["postgres", "kafka"])) == {
        "kafka",
        "postgres",
        "metrics",
        "broker",
    }
    everything = programs.addresses(folder, plan, [service.name for service in programs.SERVICES])
    assert set(everything) == {
        "registration", "alerts", "desk", "issuer", "kafka", "postgres", "metrics", "receiver", "broker",
    }  # fmt: skip


def test_the_supervisor_starts_nothing_by_itself_and_restarts_what_ends(folder: Folder, plan: Plan) -> None:
    told = RawConfigParser()
    told.read_string(
        configuration(
            folder, plan, [Program("placement", ["run", "100%"]), Program("tansu", ["t"], restart=False)]
        )
    )

    section = told["program:placement"]
    assert section["command"] == "run 100%%"
    assert section["autostart"] == "false"
    assert section["autorestart"] == "true"
    assert told["program:tansu"]["autorestart"] == "false"


def test_the_supervisor_listens_on_the_loopback_address_behind_a_password(folder: Folder, plan: Plan) -> None:
    told = RawConfigParser()
    told.read_string(configuration(folder, plan, []))

    assert told["inet_http_server"]["port"] == f"127.0.0.1:{plan.ports['supervisor']}"
    assert told["inet_http_server"]["password"] == folder.secret("supervisor")


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["starting", "Address already in use", ""], "Address already in use"),
        (['{"event": "stopped"}'], "stopped"),
        (
            ['{"event": "died", "exception": "Traceback\\n  File\\nKeyError: 1"}', '{"event": "bye"}'],
            "KeyError: 1",
        ),
        ([" "], "nothing"),
    ],
)
def test_what_a_program_said_last_is_why_it_ended(lines: list[str], words: str) -> None:
    assert last_words(lines) == words
