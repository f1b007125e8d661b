"""What is kept of an event that started no decision: that no rule matched, or why it could not be understood."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from chalicelib.catalog.model import Bundle
from chalicelib.control.debts import pay_goals
from chalicelib.control.goals.goal import sight
from chalicelib.control.ports import Ports
from chalicelib.control.records import (
    ROW_VERSION,
    dead_key,
    dead_lane,
    event_key,
    expire_at,
    object_key,
    read_object,
    render_time,
)
from chalicelib.control.reservation import write_sighting
from chalicelib.control.transaction import Absent, Committed, Operation, Put, Transaction, merge_updates
from chalicelib.errors import Contended
from chalicelib.events.model import Event, Observation
from chalicelib.identity import digest

ATTEMPTS = 12
DEPTH_KEPT = 150
"""Levels of a dead letter's event that are kept; what parses nests at most 100."""
RAW_LIMIT = 200_000
"""Characters of a dead letter's event that are kept: a row takes 400 KB."""
UNMATCHED_LIFE = timedelta(days=7)
"""How long it is remembered that no rule matched: past EventBridge's 24 hours of redelivery."""


def record_unmatched(event: Event, bundle: Bundle, ports: Ports) -> None:
    """Keep that no rule matched, together with what the event says of objects. A second delivery changes nothing."""
    now = ports.clock.now()
    row = {
        "v": ROW_VERSION,
        "event_id": event.id,
        "outcome": "no rule",
        "source": event.source,
        "type": event.type,
        "at": render_time(now),
        "bundle_version": bundle.version,
        "raw": write_raw(event.raw),
        "ttl": int((now + UNMATCHED_LIFE).timestamp()),
    }
    key = event_key(event.id)
    record_observations(event.observations, bundle, ports, Put(key, row, (Absent(),)))


def record_observations(
    observations: tuple[Observation, ...], bundle: Bundle, ports: Ports, event_row: Put | None = None
) -> None:
    """Write what was seen of objects, each unless something newer is known, and the event's own row with it."""
    latest = {seen.object: seen for seen in sorted(observations, key=lambda seen: seen.at)}
    for _ in range(ATTEMPTS):
        operations: list[Operation] = [event_row] if event_row else []
        met: list[str] = []
        stored = ports.store.read([object_key(one) for one in latest]) if latest else {}
        for seen in latest.values():
            record = read_object(seen.object, stored.get(object_key(seen.object)))
            sighting = sight(seen, record, bundle, ports.clock.now())
            if sighting.fields:
                operations += write_sighting(sighting)
                met += sighting.met
        if not operations:
            return
        result = ports.store.commit(Transaction(merge_updates(operations)))
        if isinstance(result, Committed):
            pay_goals(met, ports)
            return
        if event_row and result.find(event_row.key):
            return
    raise Contended(what=f"the observation of {', '.join(one.short for one in latest)}", attempts=ATTEMPTS)


def write_raw(raw: Mapping[str, Any]) -> str:
    """Give a parsed event's text as rows keep it, whole, so that it can be decided again as it was."""
    return json.dumps(raw, separators=(",", ":"), ensure_ascii=False)


def _write_anything(raw: object) -> str:
    """Give the text of what need not be an event, nor even JSON: cut where it nests too deep, halves of pairs replaced."""
    text = raw if isinstance(raw, str) else json.dumps(_cut(raw, DEPTH_KEPT), default=repr, ensure_ascii=False)
    return text.encode(errors="replace").decode()


def _cut(value: object, depth: int) -> object:
    if isinstance(value, dict):
        return {str(name): _cut(inner, depth - 1) for name, inner in value.items()} if depth else "… nested deeper"
    if isinstance(value, list):
        return [_cut(inner, depth - 1) for inner in value] if depth else "… nested deeper"
    return value


def record_dead_letter(raw: object, cause: str, ports: Ports) -> str:
    """Keep an event that cannot be understood, with its cause; give the id it is kept under."""
    text = _write_anything(raw)
    event_id = str(raw["id"]) if isinstance(raw, dict) and isinstance(raw.get("id"), str) else f"dead:{digest([text])}"
    now = ports.clock.now()
    row: dict[str, Any] = {
        "v": ROW_VERSION,
        "event_id": event_id,
        "outcome": "dead letter",
        "cause": cause,
        "raw": text[:RAW_LIMIT],
        "at": render_time(now),
        "lane": dead_lane(event_id, now),
        "lane_at": render_time(now),
        "ttl": expire_at(now),
    }
    ports.store.commit(Transaction((Put(dead_key(event_id, text), row, (Absent(),)),)))
    return event_id
