"""Plain JSON from anything that can sign.

`Interlock-Timestamp` is in seconds since 1970, `Interlock-Signature` is `v1=<hex>`: HMAC-SHA256 of `<timestamp>.<body>`.
"""

from collections.abc import Mapping
from typing import Any

from chalicelib.events.observing import find_text, find_time
from chalicelib.events.webhooks.contract import Adapter, Draft, Request, hash_body, is_fresh, is_same, sign

TYPE = "JSON"


def proves(request: Request, secret: bytes) -> bool:
    """Check the signature, then the time that it covers."""
    stamp = request.headers.get("interlock-timestamp", "")
    expected = f"v1={sign(secret, stamp.encode(), b'.', request.body)}"
    return is_same(request.headers.get("interlock-signature", ""), expected) and is_fresh(stamp, request.now)


def read(request: Request, body: Mapping[str, Any]) -> tuple[Draft, ...]:
    """Give the body as the detail. Its `id`, `type` and `time`, where they are texts, are the event's."""
    at = find_text(body, "time") if find_time(body, "time") else None
    key = find_text(body, "id")
    return (Draft(find_text(body, "type") or TYPE, ("id", key) if key else ("body", hash_body(request)), body, at),)


ADAPTER = Adapter("json", proves, read)
