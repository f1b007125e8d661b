"""A whole Interlock in memory: objects and running work are put in, events go through the product's own code."""

import copy
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, NamedTuple

from chalicelib.api.schemas.dispatches import StartRequest
from chalicelib.api.starts import Asker, start_dispatch
from chalicelib.catalog.model import Bundle, RuleMode
from chalicelib.control.campaigns.advance import read_members
from chalicelib.control.claims.places import describe_place, move, write_moves
from chalicelib.control.intake import Outcome, handle_event
from chalicelib.control.model import ExecutionStatus, ObjectRecord
from chalicelib.control.paced import take_turn
from chalicelib.control.ports import Ports
from chalicelib.control.reconcile import reconcile
from chalicelib.control.records import (
    HOLDER,
    OBJECT_SK,
    ROW_VERSION,
    dispatch_key,
    member_key,
    object_key,
    read_object,
    read_time,
    render_time,
)
from chalicelib.control.settle import release_held, settle_execution
from chalicelib.control.timeline import NoTimelines, Timelines
from chalicelib.control.transaction import Item, Put, Transaction
from chalicelib.errors import InterlockError
from chalicelib.events.secrets import NoSecrets, Secrets
from chalicelib.identity import Home, ObjectId, parse_object_id
from dsl.policies.cases import ObjectSpec, RunningSpec
from dsl.schedules import render_due, walk_occurrences, write_due
from infra.offline.memory import ManualClock, MemoryExecutions, MemoryPublisher, MemoryStore

HOME = Home("123456789012", "us-east-1")
"""Where short object ids and events without account and region belong."""
PRINCIPAL = "before the first event"


class NothingRuns(InterlockError):
    """Nothing holds {object}, so nothing can end there."""


class Message(NamedTuple):
    """A message to oneself: when it arrives, and about which dispatch."""

    at: datetime
    dispatch: str
    tries: int = 0
    """Of a start that was throttled: how often it was tried; 0 for any other message."""


@dataclass
class Mailbox:
    """The queue of delayed messages, by the world's clock."""

    clock: ManualClock
    pending: list[Message]

    def send(self, dispatch: str, seconds: int) -> None:
        """Have a message arrive later."""
        self.pending.append(Message(self.clock.now() + timedelta(seconds=seconds), dispatch))

    def pace(self, name: str, tries: int, seconds: int) -> None:
        """Have a start tried again later."""
        self.pending.append(Message(self.clock.now() + timedelta(seconds=seconds), name, tries))


@dataclass
class World:
    """The `Core` of the API, on ports in memory. Nothing happens in it by itself."""

    bundle: Bundle
    clock: ManualClock
    home: Home = HOME
    store: MemoryStore = field(default_factory=MemoryStore)
    executions: MemoryExecutions = field(default_factory=MemoryExecutions)
    publisher: MemoryPublisher = field(default_factory=MemoryPublisher)
    pending: list[Message] = field(default_factory=list)
    """Messages to oneself that are still under way."""
    secrets: Secrets = field(default_factory=NoSecrets)
    timelines: Timelines = field(default_factory=NoTimelines)
    offers: Mapping[str, Any] = field(default_factory=dict)
    _admitted: int = 0
    _clocks: dict[str, Iterator[datetime]] = field(default_factory=dict)
    _next: dict[str, datetime] = field(default_factory=dict)
    """When each rule with a schedule decides next."""

    def __post_init__(self) -> None:
        """Let the schedules run from now on."""
        for rule in self.bundle.rules:
            if rule.schedule is not None and rule.mode is not RuleMode.DISABLED:
                self._clocks[rule.name] = walk_occurrences(rule.schedule, self.clock.now())
                self._wind(rule.name)

    def _wind(self, rule: str) -> None:
        at = next(self._clocks[rule], None)
        if at is None:
            self._next.pop(rule, None)
        else:
            self._next[rule] = at

    @property
    def ports(self) -> Ports:
        """Every port."""
        return Ports(self.store, self.executions, Mailbox(self.clock, self.pending), self.publisher, self.clock)

    def add_objects(self, objects: Mapping[str, ObjectSpec]) -> None:
        """Put objects in. Raises MalformedObjectId."""
        for text, spec in objects.items():
            known = parse_object_id(text, self.home)
            row = _make_object(spec, self.clock.now())
            place = describe_place(known, spec.state, spec.labels, self.bundle)
            if place is not None:
                row["place"] = place
            member = Put(member_key(known), {"v": ROW_VERSION, "object": str(known)})
            self.store.commit(Transaction((Put(object_key(known), row), member, *write_moves(move(None, place)))))

    def add_running(self, running: Iterable[RunningSpec]) -> None:
        """Admit work by the same way as a request of the API. Raises the API's problems, also if control refuses."""
        for spec in running:
            self._admitted += 1
            asker = Asker(PRINCIPAL, f"running-{self._admitted}")
            request = StartRequest(name=spec.run, input=spec.with_, object=spec.object)
            start_dispatch(self, asker, request)

    def send(self, raw: object) -> Outcome:
        """Take one event through, as the decision function does."""
        outcome = handle_event(raw, self.bundle, self.home, self.ports)
        self.deliver()
        return outcome

    def deliver(self) -> None:
        """Deliver the messages to oneself that have arrived, as the next steps of campaigns do at once."""
        while self._deliver():
            pass

    def list_held(self) -> list[str]:
        """Give the full ids of all objects that something runs on, in order."""
        held = [
            key.pk.removeprefix("object#")
            for key, row in self.store.rows.items()
            if key.sk == OBJECT_SK and any(name.startswith(HOLDER) for name in row)
        ]
        return sorted(held)

    def list_batches(self, campaign: str) -> list[list[str]]:
        """Give the full ids of a campaign's targets, batch by batch; none if a dispatch is no campaign."""
        row = self.read_dispatch(campaign)
        sizes = row["batches"]["sizes"] if row["state"] != "shadowed" and "batches" in row else []
        members = iter(read_members(campaign, 0, sum(sizes), self.ports))
        return [[about for about, _ in islice(members, size)] for size in sizes]

    def pass_time(self, seconds: int) -> None:
        """Let time go by: what is due happens at its time, messages as they arrive, schedules, the tick at whole minutes."""
        end = self.clock.at + timedelta(seconds=seconds)
        while (due := self._find_due()) is not None and due <= end:
            self.clock.at = max(due, self.clock.at)
            if not self._deliver() and not self._strike():
                reconcile(self.ports, self.bundle)
        self.clock.at = end

    def _find_due(self) -> datetime | None:
        """Say when something happens next by itself."""
        arrivals = [one.at for one in self.pending]
        looks = [
            read_time(row["lane_at"]) for row in self.store.rows.values() if str(row.get("lane")).startswith("live#")
        ]
        ticks = [_find_tick(max(min(looks), self.clock.at))] if looks else []
        return min([*arrivals, *ticks, *self._next.values()], default=None)

    def _strike(self) -> bool:
        """Have one rule decide whose schedule is due, False if none is."""
        at, rule = min(((at, rule) for rule, at in self._next.items()), default=(None, ""))
        if at is None or at > self.clock.at:
            return False
        self._wind(rule)
        self.send(write_due(rule, render_due(at)))
        return True

    def _deliver(self) -> bool:
        """Deliver one message that has arrived, False if none has."""
        message = min(self.pending, default=None)
        if message is None or message.at > self.clock.at:
            return False
        self.pending.remove(message)
        if message.tries:
            take_turn(message.dispatch, message.tries, self.ports, self.bundle)
        else:
            release_held(message.dispatch, self.ports, self.bundle)
        return True

    def end(self, about: str, status: ExecutionStatus, error: str = "") -> None:
        """Let every execution that holds an object end, and settle it. Raises NothingRuns."""
        record = self.read_object(parse_object_id(about, self.home))
        if not record.holders:
            raise NothingRuns(object=about)
        for holder in record.holders:
            ended = self.executions.end(holder.dispatch, status, error)
            settle_execution(holder.dispatch, ended, self.ports, self.bundle)
        self.deliver()

    def read_object(self, object_id: ObjectId) -> ObjectRecord:
        """Give an object as control reads it."""
        key = object_key(object_id)
        return read_object(object_id, self.store.read([key]).get(key))

    def read_dispatch(self, dispatch: str) -> Item:
        """Give the row of a dispatch that exists."""
        key = dispatch_key(dispatch)
        return self.store.read([key])[key]


def _find_tick(at: datetime) -> datetime:
    """Give the first whole minute after a time."""
    return at.replace(second=0, microsecond=0) + timedelta(minutes=1)


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
