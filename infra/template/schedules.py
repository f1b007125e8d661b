"""Schedules whose event says what is due: it goes to the decision function alone, so that nobody can make it up on a bus."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from chalicelib.catalog.model import Selector, Service
from chalicelib.decision.selectors import ECS_SERVICE, LABELS, describe_selector, list_selectors

Resources = dict[str, Any]

INVENTORY = "interlock.inventory"
_ENVELOPE = ("id", "time", "account", "region")


def list_inventories(services: Sequence[Service], every_s: int) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Give (name, what to ask EventBridge for, the event's template) for each selector of each service."""
    minutes = every_s // 60
    expression = f"rate({minutes} minute{'s' if minutes > 1 else ''})"
    selected = [(service, one) for service in services for one in list_selectors(service)] if minutes else []
    for number, (service, selector) in enumerate(selected, start=1):
        description = f"Inventory of {service.name}: {describe_selector(selector)}"[:512]
        detail = {"service": service.name, **_write_selector(selector)}
        text = write_event(INVENTORY, "Inventory Due", detail)
        yield f"Inventory{number}", {"ScheduleExpression": expression, "Description": description}, text


def write_event(source: str, kind: str, detail: dict[str, Any]) -> str:
    """Write the event with EventBridge's own id, time and place in it; it puts the quotes around them."""
    said = {"version": "0", "id": "<id>", "source": source, "detail-type": kind, "time": "<time>",
            "account": "<account>", "region": "<region>", "resources": [], "detail": detail}  # fmt: skip
    text = json.dumps(said)
    for name in _ENVELOPE:
        text = text.replace(f'"<{name}>"', f"<{name}>")
    return text


def transform(template: str) -> dict[str, Any]:
    """Give the input transformer of a target."""
    return {"InputPathsMap": {name: f"$.{name}" for name in _ENVELOPE}, "InputTemplate": template}


def _write_selector(selector: Selector) -> dict[str, Any]:
    if selector.kind == LABELS:
        return {"labels": dict(selector.labels)}
    if selector.kind == ECS_SERVICE:
        return {"cluster": selector.cluster, ECS_SERVICE: selector.name, "labels": dict(selector.labels)}
    return {selector.kind: selector.name}
