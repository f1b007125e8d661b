"""GitHub: `X-Hub-Signature-256: sha256=<hex>` over the body.

The delivery's id and the event's name are headers that are not signed, so a body counts once, whatever they say.
"""

import re
from collections.abc import Mapping
from typing import Any

from chalicelib.errors import MalformedEvent
from chalicelib.events.webhooks.contract import Adapter, Draft, Request, hash_body, is_same, sign

_NAME = re.compile(r"[a-z_]{1,64}")


def proves(request: Request, secret: bytes) -> bool:
    """Check the signature."""
    return is_same(request.headers.get("x-hub-signature-256", ""), f"sha256={sign(secret, request.body)}")


def read(request: Request, body: Mapping[str, Any]) -> tuple[Draft, ...]:
    """Give the event under GitHub's name of it, for example `deployment_status`."""
    name = request.headers.get("x-github-event", "")
    if not _NAME.fullmatch(name):
        raise MalformedEvent(cause="the header X-GitHub-Event does not name an event")
    return (Draft(name, (hash_body(request),), body),)


ADAPTER = Adapter("github", proves, read)
