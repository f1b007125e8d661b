"""From whatever arrived to an Event, or to the one exception that says why not."""

import json
import math
from collections.abc import Mapping
from typing import Any

from chalicelib.errors import MalformedEvent
from chalicelib.events.fields import take_count, take_mapping, take_text, take_time
from chalicelib.events.model import Event
from chalicelib.events.registry import find_source
from chalicelib.identity import Home

MAX_DEPTH = 100
"""How deep an event may nest: everything after parsing may recurse over it."""
MAX_BYTES = 256 * 1024
"""How long an event may be as UTF-8 JSON: what one EventBridge entry holds."""


def parse(raw: object, home: Home) -> Event:
    """Read an EventBridge envelope. `home` stands in for an account and region that the envelope does not name.

    Raises MalformedEvent, and nothing else whatever `raw` is.
    """
    if not isinstance(raw, dict):
        raise MalformedEvent(cause="it is not a JSON object")
    _check_json(raw)
    _check_size(raw)
    source_name = take_text(raw, "source")
    source = find_source(source_name)
    event_id = take_text(raw, "id")
    detail = take_mapping(raw, "detail")
    root_id, hops = event_id, 0
    if source is not None and source.carries_lineage:
        root_id, hops = take_text(detail, "detail.root_id"), take_count(detail, "detail.hops")
    event = Event(
        id=event_id,
        source=source_name,
        type=take_text(raw, "detail-type"),
        time=take_time(raw, "time"),
        home=_take_home(raw, home),
        detail=detail,
        raw=raw,
        root_id=root_id,
        hops=hops,
    )
    return event if source is None else event._replace(observations=source.observe(event))


def _take_home(raw: Mapping[str, Any], home: Home) -> Home:
    account = take_text(raw, "account") if "account" in raw else home.account
    region = take_text(raw, "region") if "region" in raw else home.region
    for name, value in (("account", account), ("region", region)):
        if "/" in value:
            raise MalformedEvent(cause=f"{name} must not hold a slash: {value!r}")
    return Home(account, region)


def _check_json(raw: object) -> None:
    """Walk the whole value without recursion: only JSON's types, not too deep, not too many."""
    left = MAX_BYTES
    stack: list[tuple[object, int]] = [(raw, 1)]
    while stack:
        value, depth = stack.pop()
        left -= 1
        if left < 0:
            raise MalformedEvent(cause=f"it is longer than {MAX_BYTES} bytes")
        if depth > MAX_DEPTH:
            raise MalformedEvent(cause=f"it nests deeper than {MAX_DEPTH} levels")
        if isinstance(value, dict):
            if not all(isinstance(key, str) for key in value):
                raise MalformedEvent(cause="a key is not a string")
            stack.extend((child, depth + 1) for child in value.values())
        elif isinstance(value, list):
            stack.extend((child, depth + 1) for child in value)
        elif isinstance(value, float) and not math.isfinite(value):
            raise MalformedEvent(cause="a number is not finite")
        elif not (value is None or isinstance(value, str | int | float)):
            raise MalformedEvent(cause=f"a value of type {type(value).__name__} is not JSON")


def _check_size(raw: Mapping[str, Any]) -> None:
    try:
        size = len(json.dumps(raw, ensure_ascii=False, separators=(",", ":")).encode())
    except UnicodeEncodeError:
        raise MalformedEvent(cause="a string is not Unicode text: it holds half of a surrogate pair") from None
    except ValueError:
        raise MalformedEvent(cause="a number has too many digits") from None
    if size > MAX_BYTES:
        raise MalformedEvent(cause=f"it is longer than {MAX_BYTES} bytes")
