"""An API over fakes, and the requests of the person who uses it."""

import base64
import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from chalice.app import Blueprint, Chalice
from chalice.local import LambdaEventConverter, RouteMatcher

from chalicelib.catalog.model import Bundle
from chalicelib.control.journal.journal import Outlets, publish_changes
from chalicelib.control.model import ExecutionStatus
from chalicelib.control.ports import Ports
from chalicelib.control.records import object_key
from chalicelib.control.settle import settle_execution
from chalicelib.control.timeline import NoTimelines, Timelines
from chalicelib.control.transaction import Item, Key
from chalicelib.entry.api import build_routes
from chalicelib.events.secrets import NoSecrets, Secrets
from chalicelib.identity import Home, ObjectId
from tests.builders import HOME, make_bundle, make_ports
from tests.fakes import FakeClock, FakeExecutions, FakeJournal, FakePublisher, MemoryStore

ANA = "arn:aws:iam::111122223333:user/ana"
BEN = "arn:aws:iam::111122223333:user/ben"


@dataclass
class FakeCore:
    """What the routes work with."""

    ports: Ports = field(default_factory=make_ports)
    bundle: Bundle = field(default_factory=make_bundle)
    home: Home = HOME
    secrets: Secrets = field(default_factory=NoSecrets)
    timelines: Timelines = field(default_factory=NoTimelines)
    offers: Mapping[str, Any] = field(default_factory=dict)

    @property
    def store(self) -> MemoryStore:
        assert isinstance(self.ports.store, MemoryStore)
        return self.ports.store

    @property
    def executions(self) -> FakeExecutions:
        assert isinstance(self.ports.executions, FakeExecutions)
        return self.ports.executions

    @property
    def clock(self) -> FakeClock:
        assert isinstance(self.ports.clock, FakeClock)
        return self.ports.clock

    @property
    def audit(self) -> list[Item]:
        """The entries of the audit, oldest first, each with the row of its end."""
        rows = {key: row for key, row in self.store.rows.items() if key.pk.startswith("audit#")}
        found = [{**rows.get(Key(key.pk, f"{key.sk}#end"), {}), **row} for key, row in rows.items() if "action" in row]
        return sorted(found, key=lambda row: str(row["at"]))

    @property
    def changed(self) -> dict[Key, Item]:
        """All rows but the audit's."""
        return {key: row for key, row in self.store.rows.items() if not key.pk.startswith("audit#")}

    def publish(self) -> None:
        """Have the journal catch up; `store.changes` must have been kept from the start."""
        publish_changes(self.store.changes or (), Outlets(FakeJournal(self.store), FakePublisher()))

    def label(self, object_id: ObjectId, **labels: str) -> None:
        """Have an object known with labels."""
        key = object_key(object_id)
        self.store.rows.setdefault(key, {"pk": key.pk, "sk": key.sk, "v": 1})["labels"] = labels

    def end(self, dispatch: str, status: ExecutionStatus = ExecutionStatus.SUCCEEDED, error: str = "") -> None:
        """Let the execution of a dispatch end, and settle it."""
        settle_execution(dispatch, self.executions.end(dispatch, status, error), self.ports, self.bundle)


@dataclass(frozen=True)
class Reply:
    """An HTTP response as API Gateway would send it."""

    status: int
    body: Any
    headers: Mapping[str, str]


class Gateway:
    """API Gateway in front of an app: makes the proxy event, with the caller whom it has authenticated."""

    def __init__(self, app: Chalice, principal: str | None = ANA) -> None:
        self._app = app
        self._principal = principal
        self._keys = itertools.count(1)
        self._requests = itertools.count(1)
        self._converter = LambdaEventConverter(RouteMatcher(list(app.routes)), app.api.binary_types)

    def send(
        self, method: str, path: str, raw: bytes | None = None, headers: Mapping[str, str] | None = None,
        principal: str | None = None,
    ) -> Reply:  # fmt: skip
        event = self._converter.create_lambda_event(method, path, dict(headers or {}), None)
        event["body"] = base64.b64encode(raw).decode() if raw is not None else None
        event["isBase64Encoded"] = raw is not None
        event["requestContext"]["requestId"] = f"r-{next(self._requests)}"
        event["requestContext"]["identity"]["userArn"] = principal or self._principal
        answered = self._app(event, None)
        return Reply(answered["statusCode"], json.loads(answered["body"]), answered["headers"])

    def get(self, path: str) -> Reply:
        return self.send("GET", path)

    def post(self, body: Any, key: str | None = None, principal: str | None = None, **headers: str) -> Reply:
        """Ask for a start, under a fresh key unless one is given."""
        sent = {"Content-Type": "application/json", "Idempotency-Key": key or f"k{next(self._keys)}", **headers}
        return self.send("POST", "/v1/dispatches", json.dumps(body).encode(), sent, principal)

    def start(self, name: str, key: str | None = None, **given: Any) -> Reply:
        return self.post({"name": name, "input": given}, key)


def make_app(blueprint: Blueprint) -> Chalice:
    app = Chalice("interlock")
    app.register_blueprint(blueprint)
    return app


def make_gateway(core: FakeCore, principal: str | None = ANA) -> Gateway:
    return Gateway(make_app(build_routes(lambda: core)), principal)
