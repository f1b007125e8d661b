"""`kind: http`: which hosts `http.call` may speak to."""

import ipaddress
import re
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from chalicelib.catalog.hosts import match_host
from chalicelib.catalog.model import HttpHosts
from dsl.diagnostics import Diagnostic, has_errors
from dsl.expressions import OPEN
from dsl.policies.model import HttpFile
from dsl.shape import Path, locate, read_file
from dsl.source import Node

_HOST = re.compile(r"(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\Z")
_NEVER = ("localhost", "169.254.", "127.", "0.0.0.0")  # noqa: S104 - an address that is refused


def compile_http(text: str, file: str) -> tuple[HttpHosts | None, tuple[Diagnostic, ...]]:
    """Compile the file of hosts. Gives None with at least one error; never raises for a user's text."""
    root, spec, found = read_file(text, file, HttpFile)
    if root is None or spec is None:
        return None, found
    checked = (*found, *_check(root, spec))
    return (None if has_errors(checked) else HttpHosts(spec.hosts, spec.private_hosts)), checked


def check_calls(root: Node, http: HttpHosts) -> Iterator[Diagnostic]:
    """E939: a workflow calls a host that is not allowed. Only what is written can be judged: an expression may give any."""
    pending = [root]
    while pending:
        value = pending.pop().value
        if isinstance(value, dict):
            pending += value.values()
            yield from _check_call(value, http)
        elif isinstance(value, list):
            pending += value


def _check_call(step: Mapping[str, Node], http: HttpHosts) -> Iterator[Diagnostic]:
    given = step["with"].value if "with" in step else None
    url = given.get("url") if isinstance(given, dict) else None
    if url is None or "atom" not in step or step["atom"].value != "http.call" or not isinstance(url.value, str):
        return
    host = "" if OPEN in url.value else _read_host(url.value)
    if host and not match_host(host, (*http.hosts, *http.private)):
        hint = "list it in policies/http.yaml, under `hosts` or `private_hosts`"
        yield Diagnostic("E939", f"`http.call` may not speak to {host}", url.span, hint)


def _read_host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _check(root: Node, spec: HttpFile) -> Iterator[Diagnostic]:
    seen: set[str] = set()
    for field, hosts in (("hosts", spec.hosts), ("private_hosts", spec.private_hosts)):
        for index, host in enumerate(hosts):
            path: Path = (field, index)
            if hint := _find_fault(host, field):
                yield Diagnostic("E930", f"{host!r} cannot be a host here", locate(root, path), hint)
            elif host in seen:
                yield Diagnostic("E902", f"{host!r} is listed twice", locate(root, path), "remove one")
            seen.add(host)


def _find_fault(host: str, field: str) -> str | None:
    if "/" in host or ":" in host:
        return "write the host alone, such as api.example.com: no https://, path or port"
    if host != host.lower():
        return "write it in lower case"
    if host.startswith(_NEVER):
        return "addresses of the function itself are never spoken to"
    if not _HOST.match(host) or host == "*" or (host.startswith("*.") and host.count(".") < 2):  # noqa: PLR2004
        return "write a host such as api.example.com, or *.example.com for all below it"
    return _judge_address(host, field)


def _judge_address(host: str, field: str) -> str | None:
    try:
        place = ipaddress.ip_address(host)
    except ValueError:
        return None
    is_private = not place.is_global
    return "this address is private: list it under private_hosts" if is_private and field == "hosts" else None
