"""A webhook receiver of the tests: HTTPS on loopback, with answers that a test chooses."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from standardwebhooks import Webhook, WebhookVerificationError

Headers = Mapping[str, str]


@dataclass(frozen=True)
class Heard:
    """One request."""

    method: str
    path: str
    headers: Headers
    body: bytes
    at: float = field(default_factory=monotonic)

    @property
    def id(self) -> str:
        """Which event it carries."""
        return self.headers.get("webhook-id", "")


@dataclass(frozen=True)
class Answer:
    """What is answered, after `seconds`; `reset` closes the connection in place of it."""

    status: int = 200
    headers: Headers = field(default_factory=dict)
    body: bytes = b"ok"
    seconds: float = 0.0
    reset: bool = False


def agrees(rate: str = "*") -> Answer:
    """The answer to the question whether one may be called."""
    return Answer(200, {"webhook-allowed-origin": "*", "webhook-allowed-rate": rate}, b"")


class Receiver:
    """Everything that was heard, and what is answered: `answers` may be replaced at any time."""

    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self.answers: Callable[[Heard], Answer] = lambda heard: (
            agrees() if heard.method == "OPTIONS" else Answer()
        )
        self.address = ""
        self.connections: set[asyncio.StreamWriter] = set()

    @property
    def posts(self) -> list[Heard]:
        """What was delivered."""
        return [one for one in self.heard if one.method == "POST"]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self.connections.add(writer)
        try:
            while await self._request(reader, writer):
                pass
        except (OSError, asyncio.IncompleteReadError, ValueError, asyncio.CancelledError):
            pass
        finally:
            self.connections.discard(writer)
            writer.transport.abort()

    async def _request(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, path, _ = head[0].split(" ")
        headers = {
            name.strip().lower(): value.strip()
            for name, _, value in (line.partition(":") for line in head[1:] if line)
        }
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        heard = Heard(method, path, headers, body)
        answer = self.answers(heard)
        self.heard.append(heard)
        await asyncio.sleep(answer.seconds)
        if answer.reset:
            return False
        lines = [f"HTTP/1.1 {answer.status} Said", f"content-length: {len(answer.body)}"]
        lines += [f"{name}: {value}" for name, value in answer.headers.items()]
        writer.write(("\r\n".join(lines) + "\r\n\r\n").encode() + answer.body)
        await writer.drain()
        return True


@contextmanager
def receiving(certificate: Path) -> Iterator[Receiver]:
    """A receiver that listens, in a thread of its own; `certificate` holds its key too."""
    receiver = Receiver()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    ready, loop = threading.Event(), asyncio.new_event_loop()
    servers: list[asyncio.Server] = []

    async def listen() -> None:
        server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0, ssl=context)
        servers.append(server)
        receiver.address = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
        ready.set()

    def run() -> None:
        asyncio.set_event_loop(loop)
        loop.create_task(listen())
        loop.run_forever()
        for server in servers:
            server.close()
        for writer in list(receiver.connections):
            writer.transport.abort()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0.05))
        loop.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    if not ready.wait(10):
        raise AssertionError("the receiver did not start")
    try:
        yield receiver
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(timeout=10)


def verify(secret: str, heard: Heard) -> bool:
    """Whether a signature is right, by the library of Standard Webhooks and not by our own code."""
    try:
        Webhook(secret).verify(heard.body, dict(heard.headers))
    except WebhookVerificationError:
        return False
    return True
