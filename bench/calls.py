"""AWS calls and write units of one dispatch: from the event to the started execution, and over its whole life.

A botocore hook counts every request that leaves the process, on moto. Write units are counted from the requests:
DynamoDB charges 2 for each KB of each item written or checked in a transaction, 1 outside, and each index entry on top.
"""

import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from botocore.session import Session
from moto import mock_aws

from chalicelib.aws.attributes import read_item
from chalicelib.aws.executions import Place, StepFunctions
from chalicelib.aws.queues import OwnQueues
from chalicelib.aws.store import DynamoStore
from chalicelib.catalog.model import Intent
from chalicelib.catalog.names import machine_name
from chalicelib.control.intake import admit, handle_event
from chalicelib.control.model import Execution, ExecutionStatus
from chalicelib.control.ports import Ports
from chalicelib.control.settle import settle_execution
from tests.behaviour import World
from tests.behaviour_claims import make_budget, make_covering, observe
from tests.builders import HOME, HOST, make_bundle, make_decision, make_event, make_workflow
from tests.fakes import FakeClock, FakePublisher
from tests.tables import create_table

LOCKS = (1, 3, 20, 80)
_KB = 1024


@dataclass
class Counter:
    """What went over the wire."""

    calls: list[str] = field(default_factory=list)
    items: int = 0
    units: int = 0

    def note(self, params: dict[str, Any], model: Any, **_: Any) -> None:
        self.calls.append(model.name)
        if model.name == "TransactWriteItems":
            body = json.loads(params["body"])["TransactItems"]
            self.items += len(body)
            self.units += sum(2 * max(1, math.ceil(_size(one) / _KB)) for one in body)
        if model.name == "PutItem":
            self.items += 1
            self.units += max(1, math.ceil(_size({"Put": json.loads(params["body"])}) / _KB))

    def take(self) -> dict[str, Any]:
        taken = {"calls": self.calls, "count": len(self.calls), "items": self.items, "write_units": self.units}
        self.calls, self.items, self.units = [], 0, 0
        return taken


@dataclass
class Clients:
    counter: Counter
    made: dict[str, Any] = field(default_factory=dict)

    def get(self, service: str) -> Any:
        if service not in self.made:
            client = Session().create_client(
                service, region_name=HOME.region, aws_access_key_id="test", aws_secret_access_key="test"
            )
            client.meta.events.register("before-call", self.counter.note)
            self.made[service] = client
        return self.made[service]


def _size(one: dict[str, Any]) -> int:
    (body,) = one.values()
    values = body.get("Item") or body.get("ExpressionAttributeValues") or {}
    return len(json.dumps(read_item(values)))


@contextmanager
def deployed() -> Iterator[tuple[Ports, Any, Counter]]:
    """A table and machines on moto."""
    with mock_aws(config={"stepfunctions": {"execute_state_machine": False}}):
        counter = Counter()
        clients = Clients(counter)
        names = [f"w{count}" for count in LOCKS]
        workflows = [_wide(count) for count in LOCKS]
        bundle = make_bundle()
        bundle = make_bundle(workflows={**bundle.workflows, **{one.name: one for one in workflows}})
        table = create_table(clients.get("dynamodb"), "bench")
        for name in [*bundle.workflows, *names, "drain"]:
            clients.get("stepfunctions").create_state_machine(
                name=machine_name("bench", name),
                definition=json.dumps({"StartAt": "a", "States": {"a": {"Type": "Succeed"}}}),
                roleArn="arn:aws:iam::123456789012:role/r",
            )
        place = Place("aws", HOME.region, "123456789012", "bench")
        ports = Ports(
            DynamoStore(clients, table, pause=lambda _attempt: None),
            StepFunctions(clients, place),
            OwnQueues(clients, "", ""),
            FakePublisher(),
            FakeClock(),
        )
        counter.take()
        yield ports, bundle, counter


def _wide(count: int) -> Any:
    return make_workflow(f"w{count}", *[(f"host/h{n}", Intent.DISRUPT) for n in range(count)])


def measure() -> dict[str, Any]:
    """Play one event of each kind, and count."""
    running, done = Execution(ExecutionStatus.RUNNING), Execution(ExecutionStatus.SUCCEEDED)
    done_with_host = done._replace(about=HOST)
    with deployed() as (ports, bundle, counter):
        result: dict[str, Any] = {}
        (verdict,) = handle_event(make_event(), bundle, HOME, ports).verdicts
        result["event to started execution, 1 lock"] = counter.take()
        settle_execution(verdict.dispatch, running, ports, bundle)
        result["its RUNNING event"] = counter.take()
        settle_execution(verdict.dispatch, done_with_host, ports, bundle)
        result["its end, nobody waiting, its goal not met yet"] = counter.take()
        handle_event(make_event(), bundle, HOME, ports)
        result["the same event again"] = counter.take()
        (verdict,) = handle_event(make_event("e2", time="2026-01-02T00:00:00Z"), bundle, HOME, ports).verdicts
        handle_event(make_event("e2up", state="running", time="2026-01-02T00:10:00Z"), bundle, HOME, ports)
        counter.take()
        settle_execution(verdict.dispatch, done_with_host, ports, bundle)
        result["the end of one whose goal was met meanwhile"] = counter.take()
        handle_event(make_event("e2b", state="running", time="2026-01-02T00:20:00Z"), bundle, HOME, ports)
        result["an event without a rule, one observation"] = counter.take()
        holder = admit(make_decision("host_reboot", "e3", host="i-0a"), bundle, ports)
        counter.take()
        admit(make_decision("host_stop", "e4", host="i-0a"), bundle, ports)
        result["refused"] = counter.take()
        admit(make_decision("host_reboot", "e5", host="i-0a"), bundle, ports)
        result["queued"] = counter.take()
        settle_execution(holder.dispatch, done, ports, bundle)
        result["its holder's end with the hand-off"] = counter.take()
        for count in LOCKS:
            admit(make_decision(f"w{count}", f"wide{count}"), bundle, ports)
            result[f"request to started execution, {count} locks of other objects"] = counter.take()
            settle_execution(
                admit(make_decision(f"w{count}", f"wide{count}"), bundle, ports).dispatch, done, ports, bundle
            )
            counter.take()
        result |= _measure_claims(ports, counter)
    return result


def _measure_claims(ports: Ports, counter: Counter) -> dict[str, Any]:
    """Hosts of a service that locks cover, with a budget of half of it and a rate of the rule."""
    bundle = make_covering(
        make_budget(at_most=50, percent=True), make_budget(name="hourly", scope="rule", at_most=20, within_s=3600)
    )
    bundle = replace(bundle, control=bundle.control._replace(shards=16))
    world = World(ports, bundle)
    observe(world, *(f"b{number}" for number in range(9)))
    counter.take()
    result = {}
    first = admit(make_decision("host_reboot", "c1", host="b0"), bundle, ports)
    result["with an ancestor, a budget and a rate, the first of its service"] = counter.take()
    admit(make_decision("host_reboot", "c2", host="b1"), bundle, ports)
    result["the same beside another: its share of the size has to be read"] = counter.take()
    settle_execution(first.dispatch, Execution(ExecutionStatus.SUCCEEDED), ports, bundle)
    result["its end, nobody waiting"] = counter.take()
    whole = admit(make_decision("drain", "c3", service="ledger"), bundle, ports)
    result["a lock on a whole service"] = counter.take()
    settle_execution(whole.dispatch, Execution(ExecutionStatus.SUCCEEDED), ports, bundle)
    result["its end, nobody waiting "] = counter.take()
    return {f"claims: {name}": value for name, value in result.items()}


if __name__ == "__main__":
    print(json.dumps(measure(), indent=1))
