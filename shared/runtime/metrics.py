"""Every metric: name, unit, labels. Labels come from closed sets, never from what a sender wrote."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any
from wsgiref.simple_server import WSGIServer
from wsgiref.types import StartResponse, WSGIEnvironment

from prometheus_client import Counter, Gauge, Histogram, make_wsgi_app

from shared.runtime.config import MetricsSettings

AGE = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 600)

EVENTS_RECEIVED = Counter(
    "transfers_events_received", "events posted, by what the door answered", ["client", "family", "outcome"]
)
INGEST = Histogram("transfers_ingest_duration_seconds", "from request to answer", ["mode"], buckets=AGE)
EVENT_AGE = Histogram("transfers_event_age_seconds", "from receipt to this stage", ["stage"], buckets=AGE)
CONSUMER_LAG = Gauge("transfers_consumer_lag", "records not yet done", ["group", "topic", "partition"])
DEAD_LETTERS = Counter("transfers_dead_letters", "records that could not be read", ["topic", "reason"])
STATE_CHANGES = Counter("transfers_state_changes", "learners that came into this state", ["state"])
ALERTS_RAISED = Counter("transfers_alerts_raised", "alerts raised", ["code", "severity"])
ALERTS_RESOLVED = Counter("transfers_alerts_resolved", "alerts resolved", ["code", "how"])
WATERMARK_AGE = Gauge("transfers_watermark_age_seconds", "how far the watermark lies back", ["partition"])
RECEIPTS_PENDING = Gauge("transfers_receipts_pending", "receipts without an acknowledgement")
LEARNERS_BLOCKED = Gauge("transfers_learners_blocked", "learners whose walk stands still")
DELIVERIES = Counter(
    "transfers_deliveries", "attempts to bring something outside, by how they ended", ["channel", "outcome"]
)
DELIVERY_DURATION = Histogram(
    "transfers_delivery_duration_seconds",
    "one attempt, from connecting to the answer",
    ["channel"],
    buckets=AGE,
)
OUTBOX_PENDING = Gauge("transfers_outbox_pending", "what still has to be brought outside", ["channel"])
OUTBOX_OLDEST = Gauge(
    "transfers_outbox_oldest_age_seconds", "how long the oldest of it has been waiting", ["channel"]
)
HTTP_DURATION = Histogram(
    "transfers_http_request_duration_seconds",
    "from request to answer",
    ["api", "route", "method", "status"],
    buckets=AGE,
)


class Server:
    """Serves `/metrics`, `/health/live` and `/health/ready` on a port of their own, in a thread."""

    def __init__(self, settings: MetricsSettings, ready: Callable[[], bool]) -> None:
        from wsgiref.simple_server import WSGIRequestHandler, make_server

        class Quiet(WSGIRequestHandler):
            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._ready = ready
        self._metrics = make_wsgi_app()
        self._server: WSGIServer = make_server(
            settings.host, settings.port, self._answer, handler_class=Quiet
        )
        self.port: int = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, name="metrics", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Close the port."""
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, environ: WSGIEnvironment, start: StartResponse) -> Any:
        path = environ.get("PATH_INFO", "")
        if path == "/metrics":
            return self._metrics(environ, start)
        if path == "/health/live":
            return _say(start, "200 OK", b"live")
        if path == "/health/ready":
            return (
                _say(start, "200 OK", b"ready")
                if self._ready()
                else _say(start, "503 Not Ready", b"not ready")
            )
        return _say(start, "404 Not Found", b"")


def _say(start: StartResponse, status: str, text: bytes) -> list[bytes]:
    start(status, [("content-type", "text/plain; charset=utf-8")])
    return [text]
