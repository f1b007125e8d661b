"""Interlock's own event bus: what atoms have observed, published as `Object State Changed` events."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.atoms.contract import STATE_CHANGED, Change, Clients, Dispatch
from chalicelib.atoms.errors import Unavailable
from chalicelib.aws.publisher import SOURCE, put_entries


class Clock(Protocol):
    """Tells the time."""

    def __call__(self) -> datetime:
        """Give the present, aware."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """A change and when it was observed."""

    change: Change
    at: datetime


class Bus:
    """The event bus called `name`; the client is made when there is something to send."""

    def __init__(self, clients: Clients, name: str) -> None:
        self._clients = clients
        self._name = name

    def put_changes(self, sightings: Sequence[Sighting], dispatch: Dispatch) -> None:
        """Publish what was observed under a dispatch, one hop further than it.

        Raises Unavailable unless EventBridge took every entry: the atom is then run again, sees the same states and
        sends them again. Entries that got through the first time are repeats, which change nothing.
        """
        if not sightings:
            return
        entries = [self._write_entry(one, dispatch) for one in sightings]
        try:
            refused = put_entries(self._clients.get("events"), entries)
        except (BotoCoreError, ClientError) as error:
            raise Unavailable(cause=f"what was observed could not be published: {error}") from error
        if refused:
            raise Unavailable(cause=f"what was observed could not be published: {', '.join(refused)}")

    def _write_entry(self, sighting: Sighting, dispatch: Dispatch) -> dict[str, Any]:
        at = sighting.at.astimezone(UTC)
        detail = {
            "object": sighting.change.object,
            "state": sighting.change.state,
            "at": at.isoformat(),
            "labels": dict(sighting.change.labels),
            "dispatch": dispatch.id,
            "fence": dispatch.fence,
            "root_id": dispatch.root_id,
            "hops": dispatch.hops + 1,
        }
        return {
            "EventBusName": self._name,
            "Source": SOURCE,
            "DetailType": STATE_CHANGED,
            "Time": at,
            "Detail": json.dumps(detail, separators=(",", ":")),
        }


class Outbox:
    """What one invocation has observed and not yet published.

    `place` is the `account/region` that the atom works in where that is not the bus's own: its objects are named in full.
    """

    def __init__(self, bus: Bus, dispatch: Dispatch, clock: Clock, place: str | None = None) -> None:
        self._bus = bus
        self._dispatch = dispatch
        self._clock = clock
        self._place = place
        self._sightings: list[Sighting] = []

    def emit(self, change: Change) -> None:
        """Note a change with the present time."""
        if self._place is not None:
            change = replace(change, object=f"{self._place}/{change.object}")
        self._sightings.append(Sighting(change, self._clock()))

    def publish(self) -> None:
        """Send what was noted, if anything. Raises Unavailable."""
        sightings, self._sightings = self._sightings, []
        self._bus.put_changes(sightings, self._dispatch)
