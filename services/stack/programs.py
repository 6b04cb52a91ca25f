"""The processes of a stack, and the settings each of them gets."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec

from services.stack import authority, postgres, tansu
from services.stack.folder import Folder, Plan
from services.stack.kafka import server
from services.stack.supervisor import Program
from shared.runtime.config import AUDIENCE

DESK_CLIENT = "desk"
WEBHOOK_KEY = "webhooks"


@dataclass(frozen=True)
class Service:
    """One service process: how it is called, whom it is to the database, and what it listens on."""

    name: str
    command: tuple[str, ...]
    module: str
    role: str = ""  # of the database
    http: bool = False
    metrics: bool = True


ISSUER = Service("issuer", ("issuer",), "services.stack.issuer_command", http=True, metrics=False)
REGISTRATION = Service(
    "registration-web", ("registration", "web"), "services.registration.command", "registration", http=True
)
PLACEMENT = Service("placement", ("placement",), "services.placement.command", "placement")
ALERTS = Service("alerts-worker", ("alerts", "worker"), "services.alerts.app", "alerts_worker")
DELIVER = Service("alerts-deliver", ("alerts", "deliver"), "services.alerts.deliver.app", "alerts_worker")
DESK = Service("alerts-web", ("alerts", "web"), "services.alerts.web.command", "alerts_web", http=True)
SERVICES = (ISSUER, REGISTRATION, PLACEMENT, ALERTS, DELIVER, DESK)
PORTS = (
    "supervisor",
    "postgres",
    "broker",
    "controller",
    *(service.name for service in SERVICES if service.http),
    *(f"{service.name}-metrics" for service in SERVICES if service.metrics),
)


def http(plan: Plan, name: str) -> str:
    """The address of a port of this stack."""
    return f"http://127.0.0.1:{plan.ports[name]}"


def infrastructure(folder: Folder, plan: Plan) -> list[Program]:
    """PostgreSQL and the broker, with their files made ready. Raises StackFault."""
    if plan.broker == "tansu":
        broker = tansu.prepare(plan.cluster, plan.ports["broker"])
    else:
        broker = server.prepare(folder, plan.cluster, plan.ports["broker"], plan.ports["controller"])
    database = postgres.prepare(folder, plan.ports["postgres"])
    return [
        Program("postgres", database, order=10, signal="INT"),
        Program(plan.broker, broker, order=20, restart=plan.broker == "kafka"),
    ]


def services(folder: Folder, plan: Plan) -> list[Program]:
    """Every service that this installation has."""
    return [
        Program(
            service.name,
            [sys.executable, "-m", "services", *service.command],
            settings(folder, plan, service),
        )
        for service in SERVICES
        if _is_here(service.module)
    ]


def _is_here(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # nor is the package around it
        return False


def settings(folder: Folder, plan: Plan, service: Service) -> Mapping[str, str]:
    """What one service is told by its environment; it names files of secrets, never a secret."""
    if service is ISSUER:
        return {"TRANSFERS_STACK_DIR": str(folder.path)}
    web = service if service.http else DESK
    given = {
        "TRANSFERS_EMBEDDED": "1",
        "TRANSFERS_INSTANCE": "1",
        "TRANSFERS_KAFKA__BOOTSTRAP": f"127.0.0.1:{plan.ports['broker']}",
        "TRANSFERS_KAFKA__SECURITY": "PLAINTEXT",
        "TRANSFERS_KAFKA__REPLICATION": "1",
        "TRANSFERS_KAFKA__BROKER": plan.broker,
        "TRANSFERS_DATABASE__URL": folder.database_url(plan.ports["postgres"], service.role),
        "TRANSFERS_DATADIR": str(folder.data / service.name),
        "TRANSFERS_METRICS__PORT": str(plan.ports[f"{service.name}-metrics"]),
        "TRANSFERS_PUBLIC_URL": http(plan, web.name),
    }
    if service.http:
        given |= {
            "TRANSFERS_HTTP__PORT": str(plan.ports[service.name]),
            "TRANSFERS_ISSUER__URL": http(plan, ISSUER.name),
            "TRANSFERS_AUDIENCE": AUDIENCE,
        }
    if service is DESK:
        folder.secret(DESK_CLIENT)
        given |= {
            "TRANSFERS_DESK__CLIENT_ID": DESK_CLIENT,
            "TRANSFERS_DESK__CLIENT_SECRET_FILE": str(folder.secrets / DESK_CLIENT),
        }
    if service in (DELIVER, DESK):
        folder.secret(WEBHOOK_KEY)
        given |= {
            "TRANSFERS_WEBHOOKS__KEY_FILE": str(folder.secrets / WEBHOOK_KEY),
            "TRANSFERS_WEBHOOKS__CA": str(authority.certificate(folder)),
        }
    return given


def addresses(folder: Folder, plan: Plan, names: Sequence[str]) -> dict[str, object]:
    """Where everything that was started listens, by the names that `stack status --json` prints.

    `receiver` is no address: the file with key and certificate for a webhook receiver on this machine.
    """
    found: dict[str, object] = {
        label: http(plan, service.name)
        for label, service in (("registration", REGISTRATION), ("alerts", DESK), ("issuer", ISSUER))
        if service.name in names
    }
    if DESK.name in names:
        found["desk"] = f"{http(plan, DESK.name)}/desk"
    found["kafka"] = f"127.0.0.1:{plan.ports['broker']}"
    found["postgres"] = folder.database_url(plan.ports["postgres"])
    found["metrics"] = {
        service.name: f"{http(plan, f'{service.name}-metrics')}/metrics"
        for service in SERVICES
        if service.metrics and service.name in names
    }
    if DELIVER.name in names:
        found["receiver"] = str(authority.receiver(folder))
    found["broker"] = plan.broker
    return found


async def ready(plan: Plan, name: str) -> bool:
    """Whether a service says that it is ready."""
    service = next(one for one in SERVICES if one.name == name)
    port = plan.ports[name if service.http else f"{name}-metrics"]
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    try:
        writer.write(b"GET /health/ready HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        line = await asyncio.wait_for(reader.readline(), timeout=2)
    except (OSError, TimeoutError):
        return False
    finally:
        writer.close()
    return line.split(b" ")[1:2] == [b"200"]
