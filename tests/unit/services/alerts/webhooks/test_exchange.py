"""What can come back from a receiver, and what we make of it; real sockets, real TLS, nothing else."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from services.alerts.webhooks import exchange
from services.alerts.webhooks.credential import NoToken, Tokens
from services.alerts.webhooks.exchange import Exchange, Line
from services.stack import authority
from services.stack.folder import Folder
from shared.runtime.config import WebhookSettings

KEY = "a-key-for-tests-of-more-than-32-characters"
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """A folder with an authority and a certificate for loopback."""
    made = Folder(tmp_path_factory.mktemp("authority") / "stack")
    made.prepare()
    authority.receiver(made)
    return made


@pytest.fixture
async def line(folder: Folder) -> AsyncIterator[Line]:
    """As the process that delivers has it on an embedded stack."""
    made = Line(WebhookSettings(key=KEY, ca=authority.certificate(folder)), embedded=True)
    yield made
    await made.close()


@asynccontextmanager
async def serving(certificate: Path, serve: Serve) -> AsyncIterator[str]:
    """A server on loopback that does this with each connection; gives its address."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve(reader, writer)
        except OSError:
            pass
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(once, "127.0.0.1", 0, ssl=context)
    try:
        yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    finally:
        server.close()


def saying(raw: bytes, *, forever: bytes = b"", pause: float = 0.0) -> Serve:
    """Read the request, say this, and then the same thing for ever."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(raw)
        await writer.drain()
        while forever:
            writer.write(forever)
            await writer.drain()
            await asyncio.sleep(pause)

    return serve


async def post(line: Line, folder: Folder, serve: Serve) -> Exchange:
    """One delivery to a receiver that behaves like this."""
    async with serving(authority.receiver(folder), serve) as address:
        return await line.ask("POST", address, {"Content-Type": "application/json"}, b"{}")


async def test_an_answer_is_kept_up_to_its_first_kilobyte(line: Line, folder: Folder) -> None:
    body = b"x" * 1500
    told = await post(line, folder, saying(b"HTTP/1.1 202 Yes\r\nContent-Length: 1500\r\n\r\n" + body))
    assert (told.status, told.fault, told.succeeded) == (202, None, True)
    assert told.answer == "x" * 1024


async def test_a_redirect_is_not_followed(line: Line, folder: Folder) -> None:
    asked = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        asked += 1
        where = b"Location: https://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
        await saying(b"HTTP/1.1 301 There\r\n" + where)(reader, writer)

    told = await post(line, folder, serve)
    assert (told.status, told.succeeded, asked) == (301, False, 1)


async def test_an_endless_body_is_cut_off(line: Line, folder: Folder) -> None:
    told = await post(line, folder, saying(b"HTTP/1.1 200 OK\r\n\r\n", forever=b"more " * 1000))
    assert told.succeeded
    assert told.seconds < 5


async def test_headers_of_megabytes_are_refused(line: Line, folder: Folder) -> None:
    told = await post(line, folder, saying(b"HTTP/1.1 200 OK\r\n", forever=b"X: " + b"y" * 60_000 + b"\r\n"))
    assert (told.fault, told.status) == ("PROTOCOL", None)


async def test_a_body_that_breaks_off_does_not_undo_the_status(line: Line, folder: Folder) -> None:
    told = await post(line, folder, saying(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\npart"))
    assert (told.status, told.answer) == (200, "part")


async def test_a_connection_that_is_reset_is_a_fault(line: Line, folder: Folder) -> None:
    assert (await post(line, folder, saying(b""))).fault == "BROKEN_OFF"


@pytest.mark.parametrize("raw", [b"SSH-2.0-OpenSSH\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n"])
async def test_what_is_no_answer_is_a_fault(line: Line, folder: Folder, raw: bytes) -> None:
    told = await post(line, folder, saying(raw))
    assert told.fault == "PROTOCOL"


async def test_a_receiver_that_trickles_runs_out_of_time(
    line: Line, folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "TOTAL_SECONDS", 0.4)
    told = await post(line, folder, saying(b"HTTP/1.1 200 OK\r\n", forever=b"X: y\r\n", pause=0.05))
    assert told.fault == "TIME_OUT"
    assert 0.3 < told.seconds < 2


async def test_an_answer_in_the_last_second_counts(
    line: Line, folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "TOTAL_SECONDS", 2.0)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(1.0)
        await saying(b"HTTP/1.1 204 Done\r\n\r\n")(reader, writer)

    assert (await post(line, folder, serve)).succeeded


async def test_nobody_there(line: Line) -> None:
    assert (await line.ask("POST", "https://127.0.0.1:1/", {}, b"{}")).fault == "CONNECT"
    assert (await line.ask("POST", "https://no-such-host.invalid/", {}, b"{}")).fault == "NO_ADDRESS"
    assert (await line.ask("POST", "http://127.0.0.1/", {}, b"{}")).fault == "ADDRESS"


async def test_a_certificate_of_somebody_else_is_not_trusted(
    line: Line, folder: Folder, tmp_path: Path
) -> None:
    other = Folder(tmp_path / "other")
    other.prepare()
    async with serving(authority.receiver(other), saying(b"HTTP/1.1 200 OK\r\n\r\n")) as address:
        told = await line.ask("POST", address, {}, b"{}")
    assert told.fault == "TLS"


async def test_outside_the_embedded_stack_loopback_is_never_reached(folder: Folder) -> None:
    line = Line(WebhookSettings(key=KEY, ca=authority.certificate(folder)), embedded=False)
    reached = False

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal reached
        reached = True

    told = await post(line, folder, serve)
    assert (told.fault, reached) == ("ADDRESS", False)
    await line.close()


def granting(body: bytes, status: bytes = b"200 OK") -> Serve:
    """An authorisation server that answers so."""
    return saying(b"HTTP/1.1 " + status + b"\r\nContent-Length: %d\r\n\r\n" % len(body) + body)


def credential(address: str) -> str:
    """As it stands sealed in a row."""
    return (
        '{"credential_type":"CLIENT_CREDENTIALS","token_endpoint":"' + address + '",'
        '"client_id":"a b","client_secret":"c:d","scope":"hooks"}'
    )


async def test_a_token_is_fetched_once_and_again_when_it_was_not_taken(line: Line, folder: Folder) -> None:
    asked: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        asked.append(head + await reader.read(200))
        body = b'{"access_token":"t-%d","token_type":"Bearer","expires_in":3600}' % len(asked)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        await writer.drain()

    async with serving(authority.receiver(folder), serve) as address:
        tokens = Tokens(line)
        text = credential(address)
        assert [await tokens.token(text) for _ in range(3)] == ["t-1"] * 3
        tokens.forget(text)
        assert await tokens.token(text) == "t-2"
    assert len(asked) == 2
    assert b"Authorization: Basic YSUyMGI6YyUzQWQ=" in asked[0]
    assert asked[0].endswith(b"grant_type=client_credentials&scope=hooks")


@pytest.mark.parametrize(
    "serve",
    [
        granting(b"not json"),
        granting(b"{}"),
        granting(b'{"access_token":"a\\nb"}'),
        granting(b'{"access_token":"a"}', b"401 No"),
    ],
)
async def test_a_token_that_is_not_given_is_a_fault(line: Line, folder: Folder, serve: Serve) -> None:
    async with serving(authority.receiver(folder), serve) as address:
        with pytest.raises(NoToken):
            await Tokens(line).token(credential(address))


async def test_a_fixed_token_is_not_asked_for(line: Line) -> None:
    kept = '{"credential_type":"ACCESS_TOKEN","access_token":"fixed"}'
    assert await Tokens(line).token(kept) == "fixed"
