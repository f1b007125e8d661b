"""For each atom: a valid input, the world it works in, and the request that matters."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.unit.atoms.fakes import GROUP, HOST, TOPIC, FakeAws


@dataclass(frozen=True)
class Scenario:
    given: Mapping[str, Any]
    prepare: Callable[[FakeAws], object]
    service: str
    operation: str

    def build(self) -> FakeAws:
        aws = FakeAws()
        self.prepare(aws)
        return aws


def host(state: str) -> Callable[[FakeAws], object]:
    return lambda aws: aws.ec2.add(HOST, state)


def in_group(aws: FakeAws) -> None:
    aws.elb.targets = {(HOST, 80): "healthy"}


SCENARIOS = {
    "ec2.describe": Scenario({"instance_ids": [HOST]}, host("running"), "ec2", "get_paginator"),
    "ec2.reboot": Scenario({"instance_id": HOST}, host("running"), "ec2", "reboot_instances"),
    "ec2.start": Scenario({"instance_id": HOST}, host("stopped"), "ec2", "start_instances"),
    "ec2.stop": Scenario({"instance_id": HOST}, host("running"), "ec2", "stop_instances"),
    "ec2.wait_state": Scenario(
        {"instance_id": HOST, "state": "running"},
        host("running"),
        "ec2",
        "describe_instances",
    ),
    "elb.deregister": Scenario(
        {"target_group": GROUP, "instance_id": HOST},
        in_group,
        "elbv2",
        "deregister_targets",
    ),
    "elb.register": Scenario(
        {"target_group": GROUP, "instance_id": HOST},
        lambda _: None,
        "elbv2",
        "register_targets",
    ),
    "notify.sns": Scenario(
        {"topic": TOPIC, "subject": "s", "message": "m"},
        lambda _: None,
        "sns",
        "publish",
    ),
}
