"""Each AWS call of a dispatch's life fails in each way that AWS fails: one start each, nothing held, nothing lost.

The product's store and engine speak to the local AWS through a fault proxy. What the proxy refuses is done again, as
Lambda and EventBridge would deliver again; the proxy can also take a request through and lose its answer.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.errors import Contended, StoreUnavailable
from infra.cloud import Cloud, open_local
from tests.e2e.incident import EXPECTED, MOST_CALLS, Incident, connect, prepare_stage
from tests.e2e.proxy import FAULTS, FOR_GOOD, ONCE, FaultProxy, running_proxy

pytestmark = pytest.mark.e2e

FAILURES = (ClientError, BotoCoreError, Contended, StoreUnavailable)
DELIVERIES = 5


Fault = tuple[int, str, int]
"""The number of the call, what happens to it, and how many of botocore's attempts that hits."""


@dataclass
class ProxiedClients:
    """Clients that go through the proxy, which fails the call of a chosen number."""

    cloud: Cloud
    proxy: FaultProxy
    armed: Fault | None = None
    calls: list[str] = field(default_factory=list)
    failures: int = 0
    _made: dict[str, Any] = field(default_factory=dict)

    def begin(self, fault: Fault | None) -> None:
        """Begin to count, and to fail; without a fault, fail no more."""
        self.armed, self.calls, self.failures = fault, [], 0
        self.proxy.disarm()

    def get(self, service: str) -> Any:
        if service not in self._made:
            config = Config(
                connect_timeout=5, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 2}, proxies={}
            )
            client = self.cloud.session.client(service, endpoint_url=self.proxy.endpoint, config=config)  # type: ignore[call-overload]
            client.meta.events.register("before-call", self._count)
            self._made[service] = client
        return self._made[service]

    def _count(self, model: Any, **_others: Any) -> None:
        self.calls.append(model.name)
        if self.armed and len(self.calls) == self.armed[0]:
            self.proxy.arm(*self.armed[1:])

    def deliver(self, step: Callable[[], Any]) -> Any:
        """Do it as often as it fails, and have the proxy behave after the first failure."""
        last: Exception | None = None
        for _ in range(DELIVERIES):
            try:
                return step()
            except FAILURES as error:
                last = error
                self.failures += 1
                self.proxy.disarm()
        return pytest.fail(f"it fails however often it is delivered: {last}")


@pytest.fixture(scope="module")
def clients(cloud: Cloud) -> Iterator[ProxiedClients]:
    assert cloud.endpoint is not None
    with running_proxy(cloud.endpoint) as proxy:
        yield ProxiedClients(open_local(proxy.endpoint), proxy)


@pytest.fixture(scope="module")
def stage(cloud: Cloud) -> str:
    return prepare_stage(cloud)


def _play(clients: ProxiedClients, stage: str, fault: Fault | None) -> tuple[dict[str, Any], list[str], int]:
    """Play the story with one fault; give how it ended, the calls it made, and how often one of them failed."""
    incident = Incident(connect(clients, stage), clients.deliver)
    clients.begin(fault)
    dispatches = incident.play()
    calls, failed = clients.calls, clients.proxy.disarm() + clients.failures
    # Looking at how it ended is no part of the story.
    clients.begin(None)
    return incident.look(*dispatches), calls, failed


def test_without_a_fault_the_story_ends_well(clients: ProxiedClients, stage: str) -> None:
    ended, calls, failed = _play(clients, stage, None)
    assert (ended, failed) == (EXPECTED, 0)
    assert {"BatchGetItem", "TransactWriteItems", "StartExecution", "Query"} <= set(calls)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("at", [2, 3], ids=["reserve", "start"])
def test_a_fault_on_the_way_to_the_start_ends_as_if_it_had_not_happened(
    clients: ProxiedClients, stage: str, at: int, fault: str
) -> None:
    ended, _, failed = _play(clients, stage, (at, fault, FOR_GOOD))
    assert failed > 0
    assert ended == EXPECTED


@pytest.mark.slow
@pytest.mark.parametrize("times", [ONCE, FOR_GOOD], ids=["hidden by a retry", "seen by the caller"])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_at_any_call_ends_as_if_it_had_not_happened(
    clients: ProxiedClients, stage: str, fault: str, times: int
) -> None:
    for at in range(1, MOST_CALLS):
        ended, calls, failed = _play(clients, stage, (at, fault, times))
        if len(calls) < at:
            assert (ended, failed) == (EXPECTED, 0)
            return
        assert ended == EXPECTED, f"{fault} at call {at}, {calls[at - 1]}"
        assert failed > 0, f"{fault} at call {at} was not noticed by anyone"
    pytest.fail("the story makes more calls than were tried")
