"""Interlock's own event bus, as control uses it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from chalicelib.aws.ports import Clients
from chalicelib.errors import StoreUnavailable

SOURCE = "interlock"
_MOST_ENTRIES = 10
"""What one PutEvents request takes."""


def put_entries(client: Any, entries: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Put entries on their buses, ten a request; no more once one is refused. Gives the codes of those, none if all were taken."""
    for start in range(0, len(entries), _MOST_ENTRIES):
        answer = client.put_events(Entries=entries[start : start + _MOST_ENTRIES])
        if answer["FailedEntryCount"]:
            return tuple(sorted({one["ErrorCode"] for one in answer["Entries"] if "ErrorCode" in one})) or ("no code",)
    return ()


class BusPublisher:
    """Puts events on one bus."""

    def __init__(self, clients: Clients, bus: str) -> None:
        self._clients = clients
        self._bus = bus

    def publish(self, detail_type: str, detail: Mapping[str, Any]) -> None:
        """Put one event with source `interlock`. Raises StoreUnavailable if EventBridge did not take it."""
        self.publish_all([(detail_type, detail)])

    def publish_all(self, events: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
        """Put events with source `interlock`. Raises StoreUnavailable if EventBridge did not take one."""
        refused = put_entries(self._clients.get("events"), [self._write_entry(*one) for one in events])
        if refused:
            raise StoreUnavailable(cause=f"EventBridge refused the event: {', '.join(refused)}")

    def _write_entry(self, detail_type: str, detail: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "EventBusName": self._bus,
            "Source": SOURCE,
            "DetailType": detail_type,
            "Detail": json.dumps(detail, separators=(",", ":")),
        }
