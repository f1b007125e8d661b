"""A mocked account for the atoms' functions."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from chalicelib.wiring.atoms import foreign_clients, invoke_atom, warm_clients

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import TagTypeDef

BUS = "interlock-test"
DISPATCH = {"id": "d1", "fence": 7, "object": "o", "tier": "P1", "root_id": "e1", "hops": 0, "fences": {}}
LAMBDA = SimpleNamespace(get_remaining_time_in_millis=lambda: 30_000)
IAM_PREFIX = {
    "auto-scaling": "autoscaling",
    "elastic-load-balancing-v2": "elasticloadbalancing",
    "eventbridge": "events",
    "secrets-manager": "secretsmanager",
}
SERVICES = ("acm", "autoscaling", "cloudwatch", "ec2", "ecs", "elbv2", "rds", "secretsmanager", "sns", "ssm")


@contextmanager
def open_account(monkeypatch: pytest.MonkeyPatch) -> "Iterator[Account]":
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("INTERLOCK_BUS", BUS)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    warm_clients.cache_clear()
    with mock_aws():
        yield Account()
    warm_clients.cache_clear()
    foreign_clients.cache_clear()


class Account:
    """A mocked account with one host, one target group and a queue that gets all of the bus's events."""

    def __init__(self) -> None:
        self.ec2 = boto3.client("ec2")
        self.elb = boto3.client("elbv2")
        self.sqs = boto3.client("sqs")
        self.dry = False
        self.called: dict[str, set[str]] = {}
        self.actions: set[str] = set()
        self.queue = self._make_bus()
        vpc = self.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnet = self.ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
        self.host = self._launch(subnet)
        created = self.elb.create_target_group(Name="web", Protocol="HTTP", Port=8080, VpcId=vpc)
        self.group = created["TargetGroups"][0]["TargetGroupArn"]
        self.vpc, self.subnet = vpc, subnet
        for service in SERVICES:
            warm_clients().get(service).meta.events.register("before-call", self._note)

    def run(self, name: str, /, **given: Any) -> dict[str, Any]:
        self.actions = self.called.setdefault(name, set())
        payload: dict[str, Any] = {"input": given, "dispatch": DISPATCH, "step": "s", "dry_run": self.dry}
        return invoke_atom(name, payload, LAMBDA)

    def state(self) -> str:
        found = self.ec2.describe_instances(InstanceIds=[self.host])
        return found["Reservations"][0]["Instances"][0]["State"]["Name"]

    def registered(self) -> list[tuple[str, int]]:
        health = self.elb.describe_target_health(TargetGroupArn=self.group)["TargetHealthDescriptions"]
        return [(one["Target"]["Id"], one["Target"]["Port"]) for one in health]

    def events(self) -> list[dict[str, Any]]:
        messages = self.sqs.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10).get("Messages", [])
        for message in messages:
            self.sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(message["Body"]) for message in messages]

    def _launch(self, subnet: str) -> str:
        image = self.ec2.register_image(Name="host")["ImageId"]
        tags: list[TagTypeDef] = [{"Key": "service", "Value": "checkout"}, {"Key": "zone", "Value": "blue"}]
        launched = self.ec2.run_instances(
            ImageId=image,
            InstanceType="t3.micro",
            SubnetId=subnet,
            MinCount=1,
            MaxCount=1,
            TagSpecifications=[{"ResourceType": "instance", "Tags": tags}],
        )
        return launched["Instances"][0]["InstanceId"]

    def _make_bus(self) -> str:
        events = boto3.client("events")
        events.create_event_bus(Name=BUS)
        queue = self.sqs.create_queue(QueueName="seen")["QueueUrl"]
        arn = self.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        events.put_rule(Name="all", EventBusName=BUS, EventPattern=json.dumps({"source": ["interlock"]}))
        events.put_targets(Rule="all", EventBusName=BUS, Targets=[{"Id": "q", "Arn": arn}])
        return queue

    def _note(self, event_name: str, **_: Any) -> None:
        service, operation = event_name.split(".")[1:]
        self.actions.add(f"{IAM_PREFIX.get(service, service)}:{operation}")
