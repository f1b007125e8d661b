"""A stage without AWS: the real routes over fakes behind the real client, and recording clients of what `send` uses."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import boto3
from typer.testing import CliRunner

from infra import cli
from infra.api import Answer
from infra.cli.connection import Connection, Place
from infra.client import ApiClient
from infra.cloud import Cloud
from tests.unit.api.world import FakeCore, Gateway, make_gateway

ENDPOINT = "http://127.0.0.1:1"
OUTPUTS = {"RestAPIId": "r1", "FunctionDecide": "interlock-dev-decide", "Bus": "interlock-dev"}
BASE = f"{ENDPOINT}/restapis/r1/api/_user_request_"


@dataclass
class Recorder:
    """The one call of a client that `send` makes."""

    calls: list[dict[str, Any]] = field(default_factory=list)
    answer: dict[str, Any] = field(default_factory=dict)

    def invoke(self, **call: Any) -> dict[str, Any]:
        self.calls.append(call)
        return self.answer

    put_events = invoke


@dataclass
class Stage:
    """A connected stage, and what its commands print."""

    core: FakeCore = field(default_factory=FakeCore)
    functions: Recorder = field(default_factory=Recorder)
    bus: Recorder = field(default_factory=lambda: Recorder(answer={"Entries": [{"EventId": "e-new"}]}))
    executions: Any = None
    """A client of Step Functions."""
    places: list[Place] = field(default_factory=list)

    def call(
        self, _cloud: Cloud, url: str, method: str, body: Any, *, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Answer as the deployed API would."""
        sent = {"Content-Type": "application/json", **(headers or {})}
        raw = None if body is None else json.dumps(body).encode()
        reply = self._gateway.send(method, url.removeprefix(BASE), raw, sent)
        return Answer(reply.status, reply.body)

    @cached_property
    def _gateway(self) -> Gateway:
        return make_gateway(self.core)

    @property
    def api(self) -> ApiClient:
        return self.connect(Place("dev", local=False, region=None, profile=None)).api

    def connect(self, place: Place) -> Connection:
        self.places.append(place)
        session = boto3.Session("a", "b", region_name="eu-west-1")
        clients = {"lambda": self.functions, "events": self.bus, "stepfunctions": self.executions}
        cloud = Cloud(session, "eu-west-1", ENDPOINT, clients)
        return Connection(cloud, OUTPUTS, ApiClient(cloud, OUTPUTS, self.call))

    def run(self, *arguments: str, stdin: str | None = None) -> "Shown":
        """Run a command; a failure is shown as `main` shows it, but raised."""
        result = CliRunner().invoke(cli.app, list(arguments), input=stdin, obj=self.connect, catch_exceptions=True)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Shown(result.exit_code, result.stdout, result.stderr)


@dataclass(frozen=True)
class Shown:
    """What a command printed."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[list[str]]:
        """The cells of standard output, line by line: columns are two spaces or more apart."""
        return [[cell.strip() for cell in line.split("  ") if cell.strip()] for line in self.out.splitlines()]
