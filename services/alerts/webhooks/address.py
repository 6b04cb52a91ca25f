"""Where a webhook may go: never to an address inside, whatever a name or number pretends (security S10).

A host is looked up once, every address found is judged, and the connection is made to one that was judged.
"""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urlsplit

import httpcore2

from shared.runtime.config import WebhookSettings

MOST_CHARACTERS = 2048
CONNECT_SECONDS = 5.0
HTTPS = 443

Address = IPv4Address | IPv6Address

LABEL = r"[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?"
HOST = re.compile(rf"({LABEL}\.)*{LABEL}", re.IGNORECASE)
DOTTED = re.compile(r"[0-9]{1,3}(\.[0-9]{1,3}){3}")
PRINTABLE = re.compile(r"[\x21-\x7E]+")
NUMBERS = re.compile(r"([0-9]+|0x[0-9a-f]*)", re.IGNORECASE)
"""The last label of a host that some resolvers read as a number; a name never ends in one."""

UNICAST = IPv6Network("2000::/3")
"""The part of IPv6 in which addresses on the open internet lie."""

NOWHERE = (
    IPv6Network("2001::/32"),  # Teredo, and below 6to4: another address stands inside
    IPv6Network("2002::/16"),
    IPv6Network("3fff::/20"),  # documentation
    IPv4Network("192.88.99.0/24"),  # 6to4 relays
)
"""What the standard library takes for a place on the open internet."""


class Refused(Exception):
    """This address may not be connected to; `why` is a code of the closed list of faults."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Rules:
    """What may be connected to. On the embedded stack loopback may too, on any port."""

    def __init__(self, settings: WebhookSettings, *, embedded: bool) -> None:
        self._ports = frozenset(settings.ports)
        self._own = settings.own_ranges
        self._embedded = embedded

    def read(self, url: str) -> SplitResult:
        """The parts of an address that may be asked. Raises Refused for one that is wrong by its looks."""
        try:
            parts = urlsplit(url)
            port, host = parts.port or HTTPS, parts.hostname or ""
        except ValueError:
            raise Refused("ADDRESS") from None
        sound = (
            len(url) <= MOST_CHARACTERS
            and PRINTABLE.fullmatch(url)
            and "\\" not in url
            and parts.scheme == "https"
            and parts.port != 0
            and "@" not in parts.netloc
            and not parts.fragment
            and "#" not in url
        )
        if not sound:
            raise Refused("ADDRESS")
        literal = _literal(host, parts.netloc)
        if literal is not None:
            self.must_permit(literal, port)
        elif not (port in self._ports or (self._embedded and host == "localhost")):
            raise Refused("PORT")
        return parts

    def must_permit(self, address: Address, port: int) -> None:
        """Raises Refused for an address or port that may not be connected to."""
        if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        if self._embedded and address.is_loopback:
            return
        if not address.is_global or address.is_multicast or address.is_reserved:
            raise Refused("ADDRESS")
        if address.version == 6 and address not in UNICAST:
            raise Refused("ADDRESS")
        if any(address in network for network in (*NOWHERE, *self._own)):
            raise Refused("ADDRESS")
        if port not in self._ports:
            raise Refused("PORT")


def _literal(host: str, netloc: str) -> Address | None:
    """The address that stands there in figures; None for a name. Raises Refused for what is neither."""
    if netloc.startswith("["):
        return _address(host)
    if DOTTED.fullmatch(host):
        return _address(host)
    if not HOST.fullmatch(host) or len(host) > 253 or NUMBERS.fullmatch(host.rpartition(".")[2]):
        raise Refused("ADDRESS")
    return None


def _address(text: str) -> Address:
    try:
        return ip_address(text.partition("%")[0])
    except ValueError:
        raise Refused("ADDRESS") from None


class Checked(httpcore2.AsyncNetworkBackend):
    """Connects to addresses that were judged, and to no other."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._inner = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # the interface has it
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Look up, judge, connect. Raises Refused, ConnectError or ConnectTimeout."""
        try:
            async with asyncio.timeout(CONNECT_SECONDS if timeout is None else timeout):
                addresses = await _look_up(host, port)
                for address in addresses:
                    self._rules.must_permit(address, port)
                return await self._connect(addresses, port)
        except TimeoutError:
            raise httpcore2.ConnectTimeout from None

    async def _connect(self, addresses: Iterable[Address], port: int) -> httpcore2.AsyncNetworkStream:
        fault: httpcore2.ConnectError | None = None
        for address in addresses:
            try:
                return await self._inner.connect_tcp(str(address), port)
            except httpcore2.ConnectError as error:
                fault = error
        raise fault or Refused("NO_ADDRESS")

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


async def _look_up(host: str, port: int) -> list[Address]:
    """Every address of a host, in the order in which the system would try them. Raises Refused."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError):
        raise Refused("NO_ADDRESS") from None
    return list(dict.fromkeys(_address(str(place[0])) for *_, place in found))
