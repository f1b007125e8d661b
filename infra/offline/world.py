"""A whole Interlock in memory: objects and running work are put in, events go through the product's own code."""

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from chalicelib.api.schemas import StartRequest
from chalicelib.api.starts import Asker, start_dispatch
from chalicelib.catalog.model import Bundle
from chalicelib.control.intake import Outcome, handle_event
from chalicelib.control.model import ExecutionStatus, ObjectRecord
from chalicelib.control.ports import Ports
from chalicelib.control.records import (
    ROW_VERSION,
    dispatch_key,
    member_key,
    object_key,
    read_object,
    render_time,
)
from chalicelib.control.settle import settle_execution
from chalicelib.control.transaction import Item, Put, Transaction
from chalicelib.errors import InterlockError
from chalicelib.events.secrets import NoSecrets, Secrets
from chalicelib.identity import Home, ObjectId, parse_object_id
from dsl.policies.cases import ObjectSpec, RunningSpec
from infra.offline.memory import ManualClock, MemoryDelays, MemoryExecutions, MemoryPublisher, MemoryStore

HOME = Home("123456789012", "us-east-1")
"""Where short object ids and events without account and region belong."""
PRINCIPAL = "before the first event"


class NothingRuns(InterlockError):
    """Nothing holds {object}, so nothing can end there."""


@dataclass
class World:
    """The `Core` of the API, on ports in memory. Nothing happens in it by itself."""

    bundle: Bundle
    clock: ManualClock
    home: Home = HOME
    store: MemoryStore = field(default_factory=MemoryStore)
    executions: MemoryExecutions = field(default_factory=MemoryExecutions)
    publisher: MemoryPublisher = field(default_factory=MemoryPublisher)
    secrets: Secrets = field(default_factory=NoSecrets)
    _admitted: int = 0

    @property
    def ports(self) -> Ports:
        """Every port."""
        return Ports(self.store, self.executions, MemoryDelays(), self.publisher, self.clock)

    def add_objects(self, objects: Mapping[str, ObjectSpec]) -> None:
        """Put objects in. Raises MalformedObjectId."""
        for text, spec in objects.items():
            known = parse_object_id(text, self.home)
            row = _make_object(spec, self.clock.now())
            member = Put(member_key(known), {"v": ROW_VERSION, "object": str(known)})
            self.store.commit(Transaction((Put(object_key(known), row), member)))

    def add_running(self, running: Iterable[RunningSpec]) -> None:
        """Admit work by the same way as a request of the API. Raises the API's problems, also if control refuses."""
        for spec in running:
            self._admitted += 1
            asker = Asker(PRINCIPAL, f"running-{self._admitted}")
            request = StartRequest(name=spec.run, input=spec.with_, object=spec.object)
            start_dispatch(self, asker, request)

    def send(self, raw: object) -> Outcome:
        """Take one event through, as the decision function does."""
        return handle_event(raw, self.bundle, self.home, self.ports)

    def end(self, about: str, status: ExecutionStatus, error: str = "") -> None:
        """Let every execution that holds an object end, and settle it. Raises NothingRuns."""
        record = self.read_object(parse_object_id(about, self.home))
        if not record.holders:
            raise NothingRuns(object=about)
        for holder in record.holders:
            ended = self.executions.end(holder.dispatch, status, error)
            settle_execution(holder.dispatch, ended, self.ports, self.bundle)

    def read_object(self, object_id: ObjectId) -> ObjectRecord:
        """Give an object as control reads it."""
        key = object_key(object_id)
        return read_object(object_id, self.store.read([key]).get(key))

    def read_dispatch(self, dispatch: str) -> Item:
        """Give the row of a dispatch that exists."""
        key = dispatch_key(dispatch)
        return self.store.read([key])[key]


def complete_event(shared: Mapping[str, Any], own: Mapping[str, Any], event_id: str, now: datetime) -> dict[str, Any]:
    """Lay an event over what it shares with others, and give it what every event has."""
    usual = {
        "version": "0",
        "id": event_id,
        "account": HOME.account,
        "region": HOME.region,
        "time": render_time(now),
        "resources": [],
        "detail": {},
    }
    return _merge(_merge(usual, shared), own)


def _merge(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = copy.deepcopy(dict(under))
    for name, value in over.items():
        inner = merged.get(name)
        if isinstance(inner, dict) and isinstance(value, dict):
            merged[name] = _merge(inner, value)
        else:
            merged[name] = copy.deepcopy(value)
    return merged


def _make_object(spec: ObjectSpec, now: datetime) -> dict[str, Any]:
    row: dict[str, Any] = {
        "v": ROW_VERSION,
        "registered": True,
        "labels": dict(spec.labels),
        "starts": [[one.run, render_time(now - timedelta(seconds=one.ago))] for one in spec.started],
    }
    if spec.state is not None:
        row |= {"state": spec.state, "state_at": render_time(now - timedelta(seconds=spec.seen))}
    return row
