"""One host's story on the local AWS, told through a store and an engine that fail: each step is done until it is done."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from chalicelib.aws.executions import Place, StepFunctions
from chalicelib.aws.store import DynamoStore
from chalicelib.catalog.names import machine_name
from chalicelib.control.intake import handle_event
from chalicelib.control.lifecycle import DispatchState
from chalicelib.control.model import Execution, ExecutionStatus
from chalicelib.control.paced import take_turn
from chalicelib.control.ports import Ports
from chalicelib.control.reconcile import reconcile
from chalicelib.control.records import dispatch_key, object_key
from chalicelib.control.settle import settle_execution
from chalicelib.identity import Home, ObjectId
from infra.cloud import Cloud
from tests.builders import make_bundle, make_event, make_ports
from tests.fakes import FakeClock, FakeDelays
from tests.tables import create_table

HOME = Home("000000000000", "us-east-1")
MOST_CALLS = 120
WAITING_MACHINE = """{"QueryLanguage": "JSONata", "StartAt": "wait",
 "States": {"wait": {"Type": "Wait", "Seconds": 3600, "End": true}}}"""
EXPECTED = {
    "first": {"state": DispatchState.SUCCEEDED, "owed": False, "runs": ExecutionStatus.RUNNING},
    "second": {"state": DispatchState.SUCCEEDED, "owed": False, "runs": ExecutionStatus.RUNNING},
    "held": [],
    "waiting": 0,
    "fence": 2,
    "starts": 2,
}
"""The machine waits for an hour, so that an execution which was started is still there to be counted."""

Deliver = Callable[[Callable[[], Any]], Any]
"""Does a step as often as it takes, and gives what it gave in the end."""


def prepare_stage(cloud: Cloud) -> str:
    """Make a table, and a machine called as the stage's `host_reboot` is; give the stage."""
    stage = uuid4().hex[:8]
    create_table(cloud.client("dynamodb"), stage)
    trust = '{"Version": "2012-10-17", "Statement": []}'
    role = cloud.client("iam").create_role(RoleName=f"faults-{stage}", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    name = machine_name(stage, "host_reboot")
    cloud.client("stepfunctions").create_state_machine(name=name, definition=WAITING_MACHINE, roleArn=role)
    return stage


def connect(clients: Any, stage: str) -> Ports:
    """Give the product's store and engine on the stage."""
    engine = StepFunctions(clients, Place("aws", HOME.region, HOME.account, stage), rest_s=0)
    return make_ports(DynamoStore(clients, f"interlock-{stage}", lambda _attempt: None))._replace(executions=engine)


@dataclass
class Incident:
    """An event starts a reboot, a second one waits its turn, both end."""

    ports: Ports
    deliver: Deliver
    host: str = field(default_factory=lambda: f"i-{uuid4().hex[:12]}")
    bundle: Any = field(default_factory=make_bundle)

    def play(self) -> tuple[str, str]:
        """Let it happen; give the ids of both dispatches."""
        first = self.deliver(lambda: self._event("one"))
        second = self.deliver(lambda: self._event("two"))
        self._tick()
        self.deliver(lambda: self._tell(first, ExecutionStatus.RUNNING))
        self.deliver(lambda: self._tell(first, ExecutionStatus.SUCCEEDED))
        self._tick()
        self.deliver(lambda: self._tell(second, ExecutionStatus.SUCCEEDED))
        return first, second

    def look(self, first: str, second: str) -> dict[str, Any]:
        """Say how it ended."""
        return {"first": self._look(first), "second": self._look(second), **self._look_at_host()}

    def _event(self, name: str) -> str:
        event = make_event(f"{name}-{self.host}", self.host, account=HOME.account, region=HOME.region)
        return handle_event(event, self.bundle, HOME, self.ports).verdicts[0].dispatch

    def _tell(self, dispatch: str, status: ExecutionStatus) -> Any:
        return settle_execution(dispatch, Execution(status), self.ports, self.bundle).state

    def _tick(self) -> None:
        """Reconcile once a start is overdue: a throttled one is no error, and is queued; then work that queue off."""
        clock = self.ports.clock
        assert isinstance(clock, FakeClock)
        clock.advance(2 * self.bundle.control.start_grace_s)
        self.deliver(self._work_off)

    def _work_off(self) -> None:
        delays = self.ports.delays
        assert isinstance(delays, FakeDelays)
        reconcile(self.ports, self.bundle)
        while delays.paced:
            name, tries, _ = delays.paced.pop(0)
            take_turn(name, tries, self.ports, self.bundle)

    def _look(self, dispatch: str) -> dict[str, Any]:
        row = self._read(dispatch_key(dispatch))
        execution = self.ports.executions.describe("host_reboot", dispatch)
        return {"state": row["state"], "owed": "promotion_owed" in row, "runs": execution and execution.status}

    def _look_at_host(self) -> dict[str, Any]:
        row = self._read(object_key(ObjectId(HOME.account, HOME.region, "host", self.host)))
        return {
            "held": [name for name in row if name.startswith("holder#")],
            "waiting": row.get("waiting", 0),
            "fence": row["fence"],
            "starts": len(row["starts"]),
        }

    def _read(self, key: Any) -> Any:
        return self.ports.store.read([key])[key]
