"""No address inside is ever connected to, however it is written (security S10)."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any

import pytest

from services.alerts.webhooks.address import Refused, Rules
from services.alerts.webhooks.exchange import Line
from shared.runtime.config import WebhookSettings

SETTINGS = WebhookSettings(key="a-key-for-tests-of-more-than-32-characters", own_ranges=("198.35.26.0/24",))
OUTSIDE = Rules(SETTINGS, embedded=False)
EMBEDDED = Rules(SETTINGS, embedded=True)

INSIDE = (
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",  # noqa: S104
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "192.0.0.1",
    "192.0.2.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "192.88.99.1",
    "198.35.26.96",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "2001:0:1::1",
    "2001:db8::1",
    "3fff::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fec0::1",
    "ff02::1",
)


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_inside_is_refused(address: str) -> None:
    with pytest.raises(Refused):
        OUTSIDE.must_permit(ip_address(address), 443)
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(Refused):
        OUTSIDE.read(f"https://{host}/")


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07::1", "::ffff:93.184.215.14"])
def test_an_address_outside_is_permitted(address: str) -> None:
    OUTSIDE.must_permit(ip_address(address), 443)
    with pytest.raises(Refused, match="PORT"):
        OUTSIDE.must_permit(ip_address(address), 8443)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/",
        "ftp://example.org/",
        "//example.org/",
        "example.org",
        "https://",
        "https:///hook",
        "https://user@example.org/",
        "https://user:word@example.org/",
        "https://@example.org/",
        "https://example.org/#part",
        "https://example.org#",
        "https://example.org:0/",
        "https://example.org:8443/",
        "https://example.org:99999/",
        "https://example.org:https/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0x7f.1/",
        "https://0177.0.0.1/",
        "https://127.1/",
        "https://017700000001/",
        "https://127.0.0.1./",
        "https://example.org./",
        "https://example..org/",
        "https://127。0。0。1/",
        "https://ⓔxample.org/",
        "https://[::1%25lo]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[not-an-address]/",
        "https://exam ple.org/",
        "https://example.org/\r\nhost: inside",
        "https://example.org\\@inside/",
        "https://localhost/",
        "https://" + "a" * 64 + ".org/",
        "https://example.org/" + "a" * 2048,
    ],
)
def test_an_address_that_pretends_is_refused(url: str) -> None:
    rules = OUTSIDE
    if "localhost" in url:  # a name like any other until it is looked up
        rules.read(url)
        return
    with pytest.raises(Refused):
        rules.read(url)


@pytest.mark.parametrize(
    "url", ["https://example.org/hook?x=1", "https://a.b-c.example:443/", "https://8.8.8.8/"]
)
def test_an_ordinary_address_is_taken(url: str) -> None:
    assert OUTSIDE.read(url).scheme == "https"


def test_on_the_embedded_stack_loopback_is_permitted_and_nothing_else_inside() -> None:
    for url in ("https://127.0.0.1:8443/", "https://localhost:5/", "https://[::1]:9/"):
        EMBEDDED.read(url)
    for address in INSIDE:
        if not ip_address(address).is_loopback and address != "::ffff:127.0.0.1":
            with pytest.raises(Refused):
                EMBEDDED.must_permit(ip_address(address), 443)


Looked = Callable[..., Any]


def resolving(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Let names lead to these addresses, one list for each time that is asked; gives what was asked."""
    asked: list[str] = []
    coming = iter(answers)

    async def look_up(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in next(coming)]

    loop = asyncio.get_running_loop()
    monkeypatch.setattr(loop, "getaddrinfo", look_up)
    return asked


async def test_a_name_that_leads_inside_is_not_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    line = Line(SETTINGS, embedded=False)
    for addresses in (["127.0.0.1"], ["93.184.215.14", "10.0.0.1"], ["::ffff:10.1.1.1"]):
        asked = resolving(monkeypatch, addresses)
        told = await line.ask("POST", "https://hook.example.org/", {}, b"{}")
        assert (told.fault, told.status) == ("ADDRESS", None)
        assert asked == ["hook.example.org"]
    await line.close()


async def test_a_name_is_looked_up_once_and_what_was_judged_is_connected_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A server that answers first with an address outside and then with one inside gains nothing."""
    line = Line(SETTINGS, embedded=False)
    connected: list[str] = []

    async def connect(_: Any, host: str, *__: Any, **___: Any) -> Any:
        connected.append(host)
        raise OSError

    monkeypatch.setattr("httpcore2.AnyIOBackend.connect_tcp", connect)
    asked = resolving(monkeypatch, ["93.184.215.14"], ["127.0.0.1"])
    told = await line.ask("POST", "https://hook.example.org/", {}, b"{}")
    assert told.fault == "CONNECT"
    assert (asked, connected) == (["hook.example.org"], ["93.184.215.14"])
    told = await line.ask("POST", "https://hook.example.org/", {}, b"{}")
    assert told.fault == "ADDRESS"
    assert connected == ["93.184.215.14"]
    await line.close()


async def test_a_proxy_of_the_environment_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    connected: list[tuple[str, int]] = []

    async def connect(_: Any, host: str, port: int, **__: Any) -> Any:
        connected.append((host, port))
        raise OSError

    monkeypatch.setattr("httpcore2.AnyIOBackend.connect_tcp", connect)
    resolving(monkeypatch, ["93.184.215.14"])
    line = Line(SETTINGS, embedded=False)
    await line.ask("POST", "https://hook.example.org/", {}, b"{}")
    assert connected == [("93.184.215.14", 443)]
    await line.close()
