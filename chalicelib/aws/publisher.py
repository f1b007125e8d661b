"""Interlock's own event bus, as control uses it."""

import json
from collections.abc import Mapping
from typing import Any

from chalicelib.aws.ports import Clients
from chalicelib.errors import StoreUnavailable

SOURCE = "interlock"


class BusPublisher:
    """Puts events on one bus."""

    def __init__(self, clients: Clients, bus: str) -> None:
        self._clients = clients
        self._bus = bus

    def publish(self, detail_type: str, detail: Mapping[str, Any]) -> None:
        """Put one event with source `interlock`. Raises StoreUnavailable if EventBridge did not take it."""
        entry = {
            "EventBusName": self._bus,
            "Source": SOURCE,
            "DetailType": detail_type,
            "Detail": json.dumps(detail, separators=(",", ":")),
        }
        answer = self._clients.get("events").put_events(Entries=[entry])
        if answer["FailedEntryCount"]:
            raise StoreUnavailable(cause=f"EventBridge refused the event: {answer['Entries'][0].get('ErrorCode')}")
