"""A webhook's request to events in EventBridge's form: proven first, read only then."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from chalicelib.errors import InterlockError, MalformedEvent
from chalicelib.events.webhooks.contract import Adapter, Draft, Request
from chalicelib.events.webhooks.registry import find_adapter
from chalicelib.identity import Home, digest

PREFIX = "webhook."
_ID_DIGITS = 32


class Unproven(InterlockError):
    """The request is not signed as this source must sign."""


@dataclass(frozen=True, slots=True)
class Sender:
    """How a source proves itself. Any of the secrets will do, so that they can be changed without a gap."""

    adapter: Adapter
    secrets: tuple[bytes, ...]


def read_sender(source: str, text: str) -> Sender | None:
    """Read the text of a source's secret: `{"adapter": …, "secrets": [...]}`, or the secret alone.

    The secret alone is for a source that is called like its adapter. None if the text is neither.
    """
    given = _parse(text)
    name, secrets = (given.get("adapter"), given.get("secrets")) if isinstance(given, dict) else (source, [text])
    adapter = find_adapter(name) if isinstance(name, str) else None
    if adapter is None or not isinstance(secrets, Sequence) or isinstance(secrets, str):
        return None
    kept = tuple(one.encode() for one in secrets if isinstance(one, str) and one)
    return Sender(adapter, kept) if kept else None


def receive(source: str, sender: Sender, request: Request, home: Home) -> list[dict[str, Any]]:
    """Give the raw events of a request. Raises Unproven, and MalformedEvent if a proven body cannot be read."""
    if not any(sender.adapter.proves(request, secret) for secret in sender.secrets):
        raise Unproven
    body = _parse(request.body.decode(errors="replace"))
    if not isinstance(body, dict):
        raise MalformedEvent(cause="the body is not a JSON object")
    return [_wrap(source, draft, request, home) for draft in sender.adapter.read(request, body)]


def _wrap(source: str, draft: Draft, request: Request, home: Home) -> dict[str, Any]:
    return {
        "version": "0",
        "id": f"{PREFIX}{digest([source, *draft.key], _ID_DIGITS)}",
        "detail-type": draft.type,
        "source": f"{PREFIX}{source}",
        "account": home.account,
        "time": draft.time or request.now.isoformat(),
        "region": home.region,
        "resources": [],
        "detail": dict(draft.detail),
    }


def _parse(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
