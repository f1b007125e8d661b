"""Delivers a raw event file to a deployed stage, as EventBridge would."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from chalicelib.errors import InterlockError
from infra.cloud import Cloud

Json = dict[str, Any]

_DIRECT = ("aws.", "interlock.")
"""How the sources begin whose events come by no bus that takes them: PutEvents refuses the first, and no route has the second."""


class EventMalformed(InterlockError):
    """{name} is not an event: {cause}."""


class EventRefused(InterlockError):
    """EventBridge refused the event: {cause}."""


def read_event(text: str, name: str) -> Json:
    """Read an event file; `name` is what messages call it. Raises EventMalformed with the position of a mistake.

    Only what the delivery itself needs is checked: an event that Interlock cannot understand is to reach it, and to
    end as a dead letter.
    """
    try:
        event = json.loads(text)
    except json.JSONDecodeError as error:
        cause = f"{error.msg} at line {error.lineno}, column {error.colno}"
        raise EventMalformed(name=name, cause=cause) from None
    except (RecursionError, ValueError) as error:
        raise EventMalformed(name=name, cause=str(error)) from None
    if not isinstance(event, dict):
        raise EventMalformed(name=name, cause="it is JSON, but not an object")
    if not isinstance(event.get("source"), str) or not event["source"]:
        raise EventMalformed(name=name, cause="it has no `source`, which says how it is to be delivered")
    if not event["source"].startswith(_DIRECT):
        _read_entry(event, name)
    return event


class Delivery(NamedTuple):
    """An event that was delivered: its id there, None if it has none, and to what."""

    event: str | None
    function: str | None = None
    bus: str | None = None

    def describe(self) -> str:
        """Say it in a line."""
        if self.function:
            return f"Delivered event {self.event or 'without an id'} to the function {self.function}."
        return f"Put event {self.event} on the bus {self.bus}."


def deliver_event(cloud: Cloud, outputs: Mapping[str, str], event: Json, name: str) -> Delivery:
    """Deliver an event and say where. Raises EventMalformed and EventRefused.

    AWS's own events and those of Interlock's schedules go to the decision function the way EventBridge calls it,
    asynchronously and with the event's own id; all others go to Interlock's bus, which gives them a new one.
    """
    if event["source"].startswith(_DIRECT):
        function = outputs["FunctionDecide"]
        payload = json.dumps(event).encode()
        cloud.client("lambda").invoke(FunctionName=function, InvocationType="Event", Payload=payload)
        return Delivery(event.get("id"), function=function)
    bus = outputs["Bus"]
    answer = cloud.client("events").put_events(Entries=[{**_read_entry(event, name), "EventBusName": bus}])
    (entry,) = answer["Entries"]
    if "EventId" not in entry:
        raise EventRefused(cause=f"{entry.get('ErrorCode')}: {entry.get('ErrorMessage')}")
    return Delivery(entry["EventId"], bus=bus)


def _read_entry(event: Json, name: str) -> Json:
    """Write what PutEvents takes of an event. Raises EventMalformed with all that is missing or of a wrong kind."""
    wrong = []
    if not isinstance(event.get("detail-type"), str):
        wrong.append("`detail-type` must be a string")
    if not isinstance(event.get("detail"), dict):
        wrong.append("`detail` must be an object")
    resources = event.get("resources", [])
    if not isinstance(resources, list) or not all(isinstance(one, str) for one in resources):
        wrong.append("`resources` must be a list of strings")
    at = _read_time(event.get("time"))
    if event.get("time") is not None and at is None:
        wrong.append("`time` must be an ISO 8601 time such as 2026-01-31T12:00:00Z")
    if wrong:
        raise EventMalformed(name=name, cause="; ".join(wrong))
    entry = {"Source": event["source"], "DetailType": event["detail-type"], "Detail": json.dumps(event["detail"])}
    return {**entry, "Resources": resources, **({"Time": at} if at else {})}


def _read_time(value: object) -> datetime | None:
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return at if at is not None and at.tzinfo else None
