"""Throttled starts on the local AWS: the deployed queue, its reader and its role start each of them, once."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from tenacity import Retrying, retry_if_result, stop_after_delay, wait_fixed

from chalicelib.aws.queues import OwnQueues
from chalicelib.catalog.names import machine_name
from chalicelib.control.intake import admit
from chalicelib.control.ports import Ports, Start
from chalicelib.control.records import dispatch_key
from chalicelib.wiring.core import build_ports
from chalicelib.wiring.settings import Settings
from infra.build import build_project
from infra.cloud import Cloud, open_local
from infra.deploy import Order, deploy
from infra.project import find_project
from tests.builders import make_bundle, make_decision
from tests.e2e.conftest import Await
from tests.e2e.incident import WAITING_MACHINE
from tests.e2e.proxy import FaultProxy, running_proxy
from tests.fakes import FakeExecutions
from tests.tables import CloudClients

pytestmark = pytest.mark.e2e

WORKFLOW = "host_stop"
"""One that this project has no machine for: the test makes it, and nothing of it ends by itself."""
BURST, THREADS = 200, 4
PATIENCE_S = 240


def make_machine(cloud: Cloud, stage: str) -> str:
    """Make the machine that each start of the test starts; give its ARN."""
    trust = '{"Version": "2012-10-17", "Statement": []}'
    name = f"paced-{uuid4().hex[:8]}"
    role = cloud.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    made = cloud.client("stepfunctions").create_state_machine(
        name=machine_name(stage, WORKFLOW), definition=WAITING_MACHINE, roleArn=role
    )
    return str(made["stateMachineArn"])


def open_ports(cloud: Cloud, outputs: dict[str, str]) -> Ports:
    """Give the ports that a deployed function has."""
    table, bus = outputs["Table"], outputs["Bus"]
    queues = (outputs["HoldQueueUrl"], outputs["StartQueueUrl"])
    settings = Settings(table, bus, *queues, outputs["Stage"], cloud.account, cloud.region, "aws")
    return build_ports(settings, CloudClients(cloud))


def ask(ports: Ports, number: int) -> str:
    decision = make_decision(WORKFLOW, f"burst-{uuid4().hex}", host=f"i-{number:x}{uuid4().hex[:8]}")
    verdict = admit(decision, make_bundle(), ports)
    assert verdict.state == "reserved"
    return verdict.dispatch


def read_states(ports: Ports, dispatches: list[str]) -> Counter[str]:
    """Count in which states dispatches are."""
    keys = [dispatch_key(one) for one in dispatches]
    return Counter(str(row["state"]) for row in ports.store.read(keys).values())


def list_executions(cloud: Cloud, machine: str) -> list[str]:
    pages = cloud.client("stepfunctions").get_paginator("list_executions").paginate(stateMachineArn=machine)
    return sorted(one["name"] for page in pages for one in page["executions"])


def test_a_throttled_start_is_started_by_the_deployed_queue_under_its_own_name(
    cloud: Cloud, outputs: dict[str, str], eventually: Await
) -> None:
    machine = make_machine(cloud, outputs["Stage"])
    ports = open_ports(cloud, outputs)
    dispatch = ask(ports._replace(executions=FakeExecutions(answer=Start.THROTTLED)), 1)
    eventually(lambda: list_executions(cloud, machine) == [dispatch])
    eventually(lambda: read_states(ports, [dispatch]) == {"running": 1})
    assert isinstance(ports.delays, OwnQueues)
    ports.delays.pace(dispatch, 1, 0)  # a repeat: the queue delivers at least once
    eventually(lambda: _is_empty(cloud, outputs))
    assert list_executions(cloud, machine) == [dispatch]
    cloud.client("stepfunctions").delete_state_machine(stateMachineArn=machine)


def _is_empty(cloud: Cloud, outputs: dict[str, str]) -> bool:
    names = [f"ApproximateNumberOfMessages{kind}" for kind in ("", "NotVisible", "Delayed")]
    asked = {"QueueUrl": outputs["StartQueueUrl"], "AttributeNames": names}
    return not any(int(value) for value in cloud.client("sqs").get_queue_attributes(**asked)["Attributes"].values())


@pytest.fixture
def proxy(cloud: Cloud) -> Iterator[FaultProxy]:
    assert cloud.endpoint is not None
    with running_proxy(cloud.endpoint, signs=True) as one:
        yield one


def send_through(proxy: FaultProxy, cloud: Cloud, function: str) -> None:
    """Have a deployed function speak to Step Functions through the proxy; the local AWS would overwrite the general endpoint."""
    client = cloud.client("lambda")
    known = client.get_function_configuration(FunctionName=function)["Environment"]["Variables"]
    changed = {**known, "AWS_ENDPOINT_URL_SFN": proxy.endpoint}
    client.update_function_configuration(FunctionName=function, Environment={"Variables": changed})


@pytest.mark.slow
def test_two_hundred_starts_that_aws_throttles_for_a_while_all_start_once(cloud: Cloud, proxy: FaultProxy) -> None:
    project = find_project()
    outputs = deploy(cloud, project, build_project(project), Order("paced"), lambda _line: None)
    machine = make_machine(cloud, "paced")
    send_through(proxy, cloud, outputs["FunctionStart"])
    proxy.throttle("StartExecution")
    proxied = open_local(proxy.endpoint)
    every = [open_ports(proxied, outputs) for _ in range(THREADS)]
    with ThreadPoolExecutor(THREADS) as pool:
        dispatches = list(pool.map(lambda number: ask(every[number % THREADS], number), range(BURST)))
    directly = proxy.count_fired()
    _wait(lambda: proxy.count_fired() > directly + 10)  # those of the queue's workers
    assert list_executions(cloud, machine) == []
    proxy.disarm()
    _wait(lambda: read_states(every[0], dispatches) == {"running": BURST})
    _wait(lambda: _is_empty(cloud, outputs))
    assert list_executions(cloud, machine) == sorted(dispatches), "each of them once"


_wait: Any = Retrying(
    retry=retry_if_result(lambda done: not done), wait=wait_fixed(0.5), stop=stop_after_delay(PATIENCE_S)
)
