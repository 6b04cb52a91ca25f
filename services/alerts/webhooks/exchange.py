"""One request to a receiver and what came of it: no redirect, no proxy, no cookie."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Mapping
from datetime import datetime

import httpcore2
import msgspec

from services.alerts.webhooks.address import CONNECT_SECONDS, Checked, Refused, Rules
from shared.runtime.clock import machine_now
from shared.runtime.config import WebhookSettings

TOTAL_SECONDS = 15.0
READ_BYTES = 4096
KEPT_BYTES = 1024
KEPT_CONNECTIONS, IDLE_SECONDS = 64, 20.0


class Exchange(msgspec.Struct, frozen=True):
    """What came of one request: a `status` with headers and the begin of the answer, or a `fault`.

    `at` is machine time, `seconds` how long it took. Faults: ADDRESS (may not be connected to), PORT,
    NO_ADDRESS (no such host), CONNECT, TLS, TIME_OUT, BROKEN_OFF, PROTOCOL, CREDENTIAL, SEALED.
    """

    at: datetime
    seconds: float = 0.0
    status: int | None = None
    fault: str | None = None
    headers: Mapping[str, str] = {}
    answer: str = ""

    @property
    def succeeded(self) -> bool:
        """Whether the receiver took it: any 2xx."""
        return self.status is not None and 200 <= self.status < 300


class Line:
    """Speaks HTTP/1.1 over TLS with receivers, and keeps connections to those it has judged."""

    def __init__(self, settings: WebhookSettings, *, embedded: bool) -> None:
        self.rules = Rules(settings, embedded=embedded)
        context = ssl.create_default_context()
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if embedded and settings.ca is not None:
            context.load_verify_locations(settings.ca)
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=context,
            network_backend=Checked(self.rules),
            max_connections=None,
            max_keepalive_connections=KEPT_CONNECTIONS,
            keepalive_expiry=IDLE_SECONDS,
        )

    async def close(self) -> None:
        """Close every connection."""
        await self._pool.aclose()

    async def ask(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes = b"",
        keep: int = KEPT_BYTES,
    ) -> Exchange:
        """Send one request; every way in which it can end is an Exchange. `keep` bytes of the answer."""
        at, begun = machine_now(), time.perf_counter()
        try:
            async with asyncio.timeout(TOTAL_SECONDS):
                found = await self._ask(method, url, headers, body, keep)
        except TimeoutError:
            found = Exchange(at, fault="TIME_OUT")
        except Refused as refused:
            found = Exchange(at, fault=refused.why)
        except (httpcore2.TimeoutException, httpcore2.NetworkError, httpcore2.ProtocolError) as error:
            found = Exchange(at, fault=_fault(error))
        except OSError:
            found = Exchange(at, fault="CONNECT")
        return msgspec.structs.replace(found, at=at, seconds=time.perf_counter() - begun)

    async def _ask(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, keep: int
    ) -> Exchange:
        parts = self.rules.read(url)
        request = httpcore2.Request(
            method,
            url,
            headers=[("Host", parts.netloc), *headers.items(), ("Content-Length", str(len(body)))],
            content=body,
            extensions={"timeout": {"connect": CONNECT_SECONDS}},
        )
        response = await self._pool.handle_async_request(request)
        held = b""
        try:
            async for chunk in response.aiter_stream():
                held += chunk
                if len(held) >= max(READ_BYTES, keep):
                    break
        except (httpcore2.NetworkError, httpcore2.ProtocolError):
            pass  # the status is what counts; the answer is for a person to look at
        finally:
            await response.aclose()
        return Exchange(
            machine_now(),
            status=response.status,
            headers={
                name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers
            },
            answer=_text(held[:keep]),
        )


def _fault(error: Exception) -> str:
    if isinstance(error, httpcore2.TimeoutException):
        return "TIME_OUT"
    if isinstance(error, httpcore2.ProtocolError):
        return "PROTOCOL"
    if not isinstance(error, httpcore2.ConnectError):
        return "BROKEN_OFF"
    causes = (error.__cause__, error.__context__)
    return "TLS" if any(isinstance(cause, ssl.SSLError) for cause in causes) else "CONNECT"


def _text(raw: bytes) -> str:
    """The begin of an answer as text that can be kept: no control characters but line ends and tabs."""
    signs = raw.decode(errors="replace")
    return "".join(sign if sign.isprintable() or sign in "\r\n\t" else "\ufffd" for sign in signs)
