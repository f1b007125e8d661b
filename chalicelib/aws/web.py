"""HTTPS requests to hosts that this deployment allows: no redirects, no private addresses, no endless answers.

The address is looked up once, judged, and then connected to, so that a name cannot point elsewhere a moment later.
The certificate is checked against the name.
"""

import ipaddress
import socket
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol
from urllib.parse import SplitResult, urlsplit

from urllib3 import HTTPSConnectionPool, Retry, Timeout
from urllib3.exceptions import HTTPError, NewConnectionError

from chalicelib.atoms.contract import HttpAnswer
from chalicelib.atoms.errors import HostNotAllowed, InputInvalid, Unavailable
from chalicelib.catalog.hosts import match_host

_CONNECT_S, _READ_S = 3, 20
_MOST_BYTES = 64 * 1024
_HTTPS = 443

Resolve = Callable[[str, int], Sequence[str]]
PoolFactory = Callable[[str, int, str], Any]


class Effect(Protocol):
    """Notes that something may have happened."""

    possible: bool


def resolve_name(host: str, port: int) -> Sequence[str]:
    """Look up every address of a host. Raises OSError."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def open_pool(address: str, port: int, host: str) -> HTTPSConnectionPool:
    """Connect to an address as a name: the certificate must be the name's."""
    timeout = Timeout(connect=_CONNECT_S, read=_READ_S)
    return HTTPSConnectionPool(address, port, timeout=timeout, server_hostname=host, assert_hostname=host)


class Web:
    """The HTTPS side of the atoms' port `Http`. A host is allowed as `example.com` or, with all below, `*.example.com`."""

    def __init__(
        self,
        hosts: frozenset[str],
        private: frozenset[str],
        effects: Effect,
        resolve: Resolve = resolve_name,
        connect: PoolFactory = open_pool,
    ) -> None:
        """Allow `hosts`; those in `private` may have private addresses as well."""
        self._hosts, self._private, self._effects = hosts | private, private, effects
        self._resolve, self._connect = resolve, connect

    def __call__(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None,
        also: frozenset[str] = frozenset(),
    ) -> HttpAnswer:
        """Send one request. Raises HostNotAllowed, InputInvalid, or Unavailable when no answer came."""
        parts, host = _split(url)
        if not match_host(host, self._hosts | also):
            raise HostNotAllowed(cause=f"{host} is not among the allowed hosts")
        port = parts.port or _HTTPS
        address = self._find_address(host, port)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        pool = self._connect(address, port, host)
        try:
            answer = pool.request(
                method,
                target,
                headers={**headers, "Host": host if port == _HTTPS else f"{host}:{port}"},
                body=body,
                redirect=False,
                retries=Retry(False),
                preload_content=False,
            )
            self._effects.possible |= method not in {"GET", "HEAD"}
            text = answer.read(_MOST_BYTES, decode_content=True).decode("utf-8", "replace")
            return HttpAnswer(answer.status, text)
        except NewConnectionError as error:
            raise Unavailable(cause=f"{host} cannot be reached") from error
        except (HTTPError, OSError) as error:
            self._effects.possible |= method not in {"GET", "HEAD"}
            # urllib3's own words name the path, which for a webhook is the secret.
            raise Unavailable(cause=f"{host} did not answer: {type(error).__name__}") from None
        finally:
            pool.close()

    def _find_address(self, host: str, port: int) -> str:
        try:
            addresses = self._resolve(host, port)
        except OSError as error:
            raise Unavailable(cause=f"{host} cannot be looked up: {error}") from error
        if not addresses:
            raise Unavailable(cause=f"{host} has no address")
        for address in addresses:
            place = _unmap(ipaddress.ip_address(address))
            if place.is_link_local or place.is_loopback or place.is_unspecified or place.is_multicast:
                raise HostNotAllowed(cause=f"{host} is at {address}, which is no host of the network")
            if not place.is_global and not match_host(host, self._private):
                raise HostNotAllowed(cause=f"{host} is at the private address {address}")
        return addresses[0]


def _unmap(place: ipaddress.IPv4Address | ipaddress.IPv6Address) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Judge ::ffff:10.0.0.1 as what it reaches."""
    inner = place.ipv4_mapped if isinstance(place, ipaddress.IPv6Address) else None
    return inner or place


def _split(url: str) -> tuple[SplitResult, str]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise InputInvalid(cause="the URL cannot be read") from None
    if parts.scheme != "https" or not parts.hostname or parts.username is not None or port == 0:
        raise InputInvalid(cause="the URL must begin with https:// and a host, without user or password")
    return parts, parts.hostname.rstrip(".").lower()
