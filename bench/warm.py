"""CPU of a warm decision against two bare botocore calls, both without network.

botocore's transport is replaced by one that answers at once, so that only this process's CPU is measured; all sides take
turns in one run. A decision parses an event, matches it against 1,000 mixed rules, evaluates branches and an input, and
writes a reservation. It makes three calls (read, reserve, start), so it is measured with them and without: without them
its clients answer before botocore does anything.
"""

import json
import os
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from statistics import median
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.session import Session

from bench.match import make_rules
from chalicelib.aws.attributes import write_item
from chalicelib.aws.clients import SessionClients
from chalicelib.aws.executions import Place, StepFunctions
from chalicelib.aws.queues import OwnQueues
from chalicelib.aws.store import DynamoStore
from chalicelib.catalog.load import load_bundle
from chalicelib.catalog.model import Bundle, RuleMode
from chalicelib.control.intake import handle_event
from chalicelib.control.ports import Ports
from chalicelib.decision.index import prepare_index
from chalicelib.identity import Home
from tests.builders import make_event
from tests.fakes import FakeClock, FakePublisher

HOME = Home("123456789012", "us-east-1")
ROUNDS, EACH = 25, 40


class Raw:
    """The body of an answer."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, *_: Any, **__: Any) -> Any:
        yield self._body


class Network:
    """Answers requests in the process, after they were signed and serialized, and keeps what was asked."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def watch(self, client: Any) -> None:
        """Stand in for the network of a client."""
        client.meta.events.register("before-send", self._answer)

    def _answer(self, request: Any, **_: Any) -> Any:
        target = request.headers["X-Amz-Target"]
        name = target.decode() if isinstance(target, bytes) else target
        body: dict[str, Any] = {}
        self.calls.append(name)
        if name.endswith("BatchGetItem"):
            (table,) = json.loads(request.body)["RequestItems"]
            body = {"Responses": {table: [OBJECT]}, "UnprocessedKeys": {}}
        elif name.endswith("StartExecution"):
            body = {"executionArn": "arn:aws:states:us-east-1:123456789012:execution:m:e", "startDate": 1.0}
        return AWSResponse(request.url, 200, HTTPHeaders(), Raw(json.dumps(body).encode()))


OBJECT = write_item(
    {
        "pk": f"object#{HOME.account}/{HOME.region}/host/i-0a", "sk": "object", "v": 1, "fence": 3, "registered": True,
        "state": "running", "state_at": "2025-12-31T00:00:00.000Z",
        "labels": {"service": "checkout", "zone": "us-east-1a", "target_group": "arn:aws:elb:tg"},
        "starts": [["host_reboot", "2025-12-30T00:00:00.000Z"]],
    }
)  # fmt: skip


class Canned:
    """Clients that answer without botocore: what is left is the decision itself."""

    def get(self, _service: str) -> "Canned":
        """Stand in for every client."""
        return self

    def batch_get_item(self, **asked: Any) -> dict[str, Any]:
        """Give one object."""
        (table,) = asked["RequestItems"]
        return {"Responses": {table: [OBJECT]}, "UnprocessedKeys": {}}

    def transact_write_items(self, **_: Any) -> dict[str, Any]:
        """Take it."""
        return {}

    start_execution = transact_write_items


def measure() -> dict[str, Any]:
    """Take turns, and give the ratios of the medians."""
    os.environ |= {"AWS_REGION": HOME.region, "AWS_DEFAULT_REGION": HOME.region}
    os.environ |= {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    bundle, network = make_bundle(), Network()
    whole, alone = make_ports(SessionClients(network.watch, validate=False)), make_ports(Canned())
    bare: Any = Session().create_client("dynamodb")
    network.watch(bare)
    events = (make_event(f"e{n}", account=HOME.account, region=HOME.region) for n in count())
    (verdict,) = handle_event(next(events), bundle, HOME, whole).verdicts
    made = list(network.calls)
    key = {"pk": {"S": "x"}, "sk": {"S": "object"}}

    def call_twice() -> None:
        bare.batch_get_item(RequestItems={"bench": {"Keys": [key], "ConsistentRead": True}})
        bare.transact_write_items(TransactItems=[{"Put": {"TableName": "bench", "Item": OBJECT}}])

    sides: dict[str, Callable[[], object]] = {
        "two bare calls": call_twice,
        "a decision without its calls": lambda: handle_event(next(events), bundle, HOME, alone),
        "a decision with its three calls": lambda: handle_event(next(events), bundle, HOME, whole),
    }
    took: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(ROUNDS):
        for name, run in sides.items():
            took[name].append(take_cpu(run))
    typical = {name: median(times) for name, times in took.items()}
    return {
        "verdict": str(verdict.kind),
        "calls": made,
        "microseconds": {name: round(one) for name, one in typical.items()},
        "without its calls, against two bare calls": round(
            typical["a decision without its calls"] / typical["two bare calls"], 2
        ),
        "target": 1.2,
        "with them": round(typical["a decision with its three calls"] / typical["two bare calls"], 2),
    }


def make_bundle() -> Bundle:
    """The repository's bundle with 1,000 rules: `host_stopped`, and 999 that the event does not match."""
    bundle = load_bundle()
    # What a rule does without windows: with them, a first event only waits to be looked at again.
    own = next(rule for rule in bundle.rules if rule.name == "host_stopped")._replace(
        correlate=None, mode=RuleMode.ACTIVE
    )
    others = (
        own._replace(name=f"rule_{n}", match=one, group=None) for n, one in enumerate(make_rules(999, spread=True))
    )
    rules = (own, *others)
    return replace(bundle, rules=rules, index=prepare_index(rules))


def make_ports(clients: Any) -> Ports:
    """The ports of a decision on these clients."""
    return Ports(
        DynamoStore(clients, "bench", pause=lambda _attempt: None),
        StepFunctions(clients, Place("aws", HOME.region, HOME.account, "bench")),
        OwnQueues(clients, "", ""),
        FakePublisher(),
        FakeClock(),
    )


def take_cpu(run: Callable[[], object]) -> float:
    """Give the microseconds of CPU that a run takes."""
    begun = time.process_time()
    for _ in range(EACH):
        run()
    return (time.process_time() - begun) / EACH * 1e6


if __name__ == "__main__":
    print(json.dumps(measure(), indent=1))
