"""Each AWS call of a dispatch's life fails in each way that AWS fails: one start each, nothing held, nothing lost.

The product's store and engine speak to the local AWS through a fault proxy. What the proxy refuses is done again, as
Lambda and EventBridge would deliver again; the proxy can also take a request through and lose its answer.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

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
from chalicelib.errors import Contended, StoreUnavailable
from chalicelib.identity import Home, ObjectId
from infra.cloud import Cloud, open_local
from tests.builders import make_bundle, make_event, make_ports
from tests.e2e.proxy import FAULTS, FOR_GOOD, ONCE, FaultProxy, running_proxy
from tests.fakes import FakeClock, FakeDelays
from tests.tables import create_table

pytestmark = pytest.mark.e2e

HOME = Home("000000000000", "us-east-1")
FAILURES = (ClientError, BotoCoreError, Contended, StoreUnavailable)
MOST_CALLS = 80
DELIVERIES = 5
WAITING_MACHINE = """{"QueryLanguage": "JSONata", "StartAt": "wait",
 "States": {"wait": {"Type": "Wait", "Seconds": 3600, "End": true}}}"""


@dataclass
class ProxiedClients:
    """Clients that go through the proxy, which fails the call of a chosen number."""

    cloud: Cloud
    proxy: FaultProxy
    armed: tuple[int, str, int] | None = None
    """The number of the call, the fault, and how many of botocore's attempts it hits."""
    calls: list[str] = field(default_factory=list)
    _made: dict[str, Any] = field(default_factory=dict)

    def get(self, service: str) -> Any:
        if service not in self._made:
            config = Config(
                connect_timeout=1, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 2}, proxies={}
            )
            client = self.cloud.session.client(service, endpoint_url=self.proxy.endpoint, config=config)  # type: ignore[call-overload]
            client.meta.events.register("before-call", self._count)
            self._made[service] = client
        return self._made[service]

    def _count(self, model: Any, **_others: Any) -> None:
        self.calls.append(model.name)
        if self.armed and len(self.calls) == self.armed[0]:
            self.proxy.arm(*self.armed[1:])


@dataclass
class Incident:
    """One host's story: an event starts a reboot, a second one waits its turn, both end."""

    ports: Ports
    host: str
    proxy: FaultProxy
    failures: int = 0
    bundle: Any = field(default_factory=make_bundle)

    def play(self) -> dict[str, Any]:
        first = self._deliver(lambda: self._event("one")).verdicts[0].dispatch
        second = self._deliver(lambda: self._event("two")).verdicts[0].dispatch
        self._deliver(self._tick)
        self._deliver(lambda: self._tell(first, ExecutionStatus.RUNNING))
        self._deliver(lambda: self._tell(first, ExecutionStatus.SUCCEEDED))
        self._deliver(self._tick)
        self._deliver(lambda: self._tell(second, ExecutionStatus.SUCCEEDED))
        return {"first": self._look(first), "second": self._look(second), **self._look_at_host()}

    def _event(self, name: str) -> Any:
        return handle_event(
            make_event(f"{name}-{self.host}", self.host, account=HOME.account, region=HOME.region),
            self.bundle,
            HOME,
            self.ports,
        )

    def _tell(self, dispatch: str, status: ExecutionStatus) -> Any:
        return settle_execution(dispatch, Execution(status), self.ports, self.bundle)

    def _tick(self) -> Any:
        """Reconcile once a start is overdue: a throttled one is no error, and is queued; then work that queue off."""
        clock, delays = self.ports.clock, self.ports.delays
        assert isinstance(clock, FakeClock)
        assert isinstance(delays, FakeDelays)
        clock.advance(2 * self.bundle.control.start_grace_s)
        done = reconcile(self.ports, self.bundle)
        while delays.paced:
            name, tries, _ = delays.paced.pop(0)
            take_turn(name, tries, self.ports, self.bundle)
        return done

    def _deliver(self, step: Callable[[], Any]) -> Any:
        """Do it as often as it fails, and have the proxy behave after the first failure."""
        for _ in range(DELIVERIES):
            try:
                return step()
            except FAILURES:
                self.failures += 1
                self.proxy.disarm()
        return pytest.fail("it fails however often it is delivered")

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


EXPECTED = {
    "first": {"state": DispatchState.SUCCEEDED, "owed": False, "runs": ExecutionStatus.RUNNING},
    "second": {"state": DispatchState.SUCCEEDED, "owed": False, "runs": ExecutionStatus.RUNNING},
    "held": [],
    "waiting": 0,
    "fence": 2,
    "starts": 2,
}
"""The machine waits for an hour, so that an execution which was started is still there to be counted."""


@pytest.fixture(scope="module")
def proxy(cloud: Cloud) -> Iterator[FaultProxy]:
    assert cloud.endpoint is not None
    with running_proxy(cloud.endpoint) as one:
        yield one


@pytest.fixture(scope="module")
def stage(cloud: Cloud) -> str:
    """Make a table, and a machine called as the stage's `host_reboot` is; give the stage."""
    stage = uuid4().hex[:8]
    create_table(cloud.client("dynamodb"), stage)
    trust = '{"Version": "2012-10-17", "Statement": []}'
    role = cloud.client("iam").create_role(RoleName=f"faults-{stage}", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    name = machine_name(stage, "host_reboot")
    cloud.client("stepfunctions").create_state_machine(name=name, definition=WAITING_MACHINE, roleArn=role)
    return stage


def _play(proxy: FaultProxy, stage: str, armed: tuple[int, str, int] | None) -> tuple[dict[str, Any], list[str], int]:
    """Play the story with one fault; give how it ended, the calls made, and how often the proxy failed one."""
    clients = ProxiedClients(open_local(proxy.endpoint), proxy, armed)
    engine = StepFunctions(clients, Place("aws", HOME.region, HOME.account, stage), rest_s=0)
    ports = make_ports(DynamoStore(clients, f"interlock-{stage}", lambda _attempt: None))._replace(executions=engine)
    incident = Incident(ports, f"i-{uuid4().hex[:12]}", proxy)
    proxy.disarm()
    ended = incident.play()
    return ended, clients.calls, proxy.disarm() + incident.failures


def test_without_a_fault_the_story_ends_well(proxy: FaultProxy, stage: str) -> None:
    ended, calls, failed = _play(proxy, stage, None)
    assert (ended, failed) == (EXPECTED, 0)
    assert {"BatchGetItem", "TransactWriteItems", "StartExecution", "Query"} <= set(calls)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("at", [2, 3], ids=["reserve", "start"])
def test_a_fault_on_the_way_to_the_start_ends_as_if_it_had_not_happened(
    proxy: FaultProxy, stage: str, at: int, fault: str
) -> None:
    ended, _, failed = _play(proxy, stage, (at, fault, FOR_GOOD))
    assert failed > 0
    assert ended == EXPECTED


@pytest.mark.slow
@pytest.mark.parametrize("times", [ONCE, FOR_GOOD], ids=["hidden by a retry", "seen by the caller"])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_at_any_call_ends_as_if_it_had_not_happened(
    proxy: FaultProxy, stage: str, fault: str, times: int
) -> None:
    for at in range(1, MOST_CALLS):
        ended, calls, failed = _play(proxy, stage, (at, fault, times))
        assert ended == EXPECTED, f"{fault} at call {at}, {calls[at - 1]}"
        if len(calls) < at:
            return
        assert failed > 0, f"{fault} at call {at} was not noticed by anyone"
    pytest.fail("the story makes more calls than were tried")
