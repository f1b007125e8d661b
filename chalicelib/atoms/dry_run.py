"""A dry run: the atom looks as always, and its first act is not sent but told.

The clients see to it, so that no atom can forget: whatever is not a Describe, Get or List ends the run. Where the API
has a DryRun of its own, AWS is asked whether it would allow the act; an emulator never is, since MiniStack ignores
DryRun and acts.
"""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from chalicelib.atoms.contract import Clients, HttpAnswer

LOOKING = ("describe_", "get_", "list_")
_AWS = (".amazonaws.com", ".amazonaws.com.cn")
_ALLOWED_CODE = "DryRunOperation"


class WouldAct(Exception):
    """The run came to an act: what it would have asked for."""

    def __init__(self, service: str, operation: str, parameters: Mapping[str, Any], *, allowed: bool | None) -> None:
        """Keep the request; `allowed` is AWS's own word on it, None where AWS was not asked."""
        super().__init__(f"{service}.{operation}")
        self.act: dict[str, Any] = {
            "service": service,
            "operation": operation,
            "parameters": dict(parameters),
            "allowed": allowed,
        }


class DryClients:
    """Gives clients that look and do not act."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    def get(self, service: str) -> Any:
        """Give the client of a botocore service name, made harmless."""
        return _DryClient(service, self._clients.get(service))


class DryHttp:
    """Tells of any request in place of sending it; even a GET goes to somebody else's machine."""

    def __call__(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],  # noqa: ARG002 - they may hold secrets, so they are not told
        body: bytes | None,
        also: frozenset[str] = frozenset(),  # noqa: ARG002 - the port's
    ) -> HttpAnswer:
        """Raise WouldAct with the host; path and query may hold secrets, too."""
        facts = {"host": urlsplit(url).hostname, "body_bytes": len(body or b"")}
        raise WouldAct("http", method, facts, allowed=None)


class _DryClient:
    def __init__(self, service: str, client: Any) -> None:
        self._service, self._client = service, client

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        if name.startswith(LOOKING) or not callable(found):
            return found
        return self._tell(name, found)

    def _tell(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def tell(**parameters: Any) -> Any:
            allowed = True if self._knows_dry_run(name) and _ask(call, parameters) else None
            raise WouldAct(self._service, name, parameters, allowed=allowed)

        return tell

    def _knows_dry_run(self, name: str) -> bool:
        meta = getattr(self._client, "meta", None)
        if meta is None or not (urlsplit(meta.endpoint_url).hostname or "").endswith(_AWS):
            return False
        operation = meta.service_model.operation_model(meta.method_to_api_mapping[name])
        return operation.input_shape is not None and "DryRun" in operation.input_shape.members


def _ask(call: Callable[..., Any], parameters: Mapping[str, Any]) -> bool:
    """Send the request with DryRun, which AWS always answers with an error; another error than "allowed" is raised."""
    try:
        call(**parameters, DryRun=True)
    except Exception as error:
        response = getattr(error, "response", {})
        if response.get("Error", {}).get("Code") != _ALLOWED_CODE:
            raise
        return True
    return False
