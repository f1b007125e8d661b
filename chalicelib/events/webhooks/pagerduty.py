"""PagerDuty webhooks, version 3: `X-PagerDuty-Signature: v1=<hex>,v1=<hex>`, one for each secret that is in use."""

from collections.abc import Mapping
from typing import Any

from chalicelib.events.fields import take_mapping, take_text
from chalicelib.events.observing import find_text, find_time
from chalicelib.events.webhooks.contract import Adapter, Draft, Request, is_same, sign

_SCHEME = "v1="


def proves(request: Request, secret: bytes) -> bool:
    """Look for one signature that is right."""
    expected = sign(secret, request.body)
    given = [one.strip() for one in request.headers.get("x-pagerduty-signature", "").split(",")]
    return any(is_same(one.removeprefix(_SCHEME), expected) for one in given if one.startswith(_SCHEME))


def read(_: Request, body: Mapping[str, Any]) -> tuple[Draft, ...]:
    """Give the event by PagerDuty's own id and type, for example `incident.triggered`."""
    event = take_mapping(body, "event")
    at = find_text(event, "occurred_at") if find_time(event, "occurred_at") else None
    return (Draft(take_text(event, "event.event_type"), (take_text(event, "event.id"),), event, at),)


ADAPTER = Adapter("pagerduty", proves, read)
