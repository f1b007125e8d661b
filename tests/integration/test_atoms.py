"""The atoms' functions, from payload to published event, on moto. Proof level: moto; health and draining are not real there."""

import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from chalicelib.atoms.errors import NotFound, NotYet, Rejected, StateUnreachable
from chalicelib.atoms.registry import get_atoms
from chalicelib.wiring.atoms import invoke_atom, warm_clients

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import TagTypeDef

BUS = "interlock-test"
DISPATCH = {"id": "d1", "fence": 7, "object": "o", "tier": "P1", "root_id": "e1", "hops": 0, "fences": {}}
LAMBDA = SimpleNamespace(get_remaining_time_in_millis=lambda: 30_000)
IAM_PREFIX = {"elastic-load-balancing-v2": "elasticloadbalancing", "eventbridge": "events"}


class Account:
    """A mocked account with one host, one target group and a queue that gets all of the bus's events."""

    def __init__(self) -> None:
        self.ec2 = boto3.client("ec2")
        self.elb = boto3.client("elbv2")
        self.sqs = boto3.client("sqs")
        self.actions: set[str] = set()
        self.queue = self._make_bus()
        vpc = self.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnet = self.ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
        self.host = self._launch(subnet)
        created = self.elb.create_target_group(Name="web", Protocol="HTTP", Port=8080, VpcId=vpc)
        self.group = created["TargetGroups"][0]["TargetGroupArn"]
        for service in ("ec2", "elbv2", "sns"):
            warm_clients().get(service).meta.events.register("before-call", self._note)

    def run(self, name: str, **given: Any) -> dict[str, Any]:
        self.actions.clear()
        payload: dict[str, Any] = {"input": given, "dispatch": DISPATCH, "step": "s"}
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


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("INTERLOCK_BUS", BUS)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    warm_clients.cache_clear()
    with mock_aws():
        yield Account()
    warm_clients.cache_clear()


def test_a_host_is_drained_stopped_started_awaited_and_put_back(account: Account) -> None:
    member = {"target_group": account.group, "instance_id": account.host}
    assert account.run("elb.register", **member)["was_registered"] is False
    assert account.registered() == [(account.host, 8080)]

    drained = account.run("elb.deregister", **member)
    assert (drained["port"], drained["was_registered"], drained["registered"]) == (8080, True, False)
    assert account.registered() == []
    assert account.run("elb.deregister", **member)["was_registered"] is False

    assert account.run("ec2.stop", instance_id=account.host)["changed"] is True
    assert account.run("ec2.stop", instance_id=account.host)["changed"] is False
    assert account.state() == "stopped"
    with pytest.raises(NotYet, match="is stopped"):
        account.run("ec2.wait_state", instance_id=account.host, state="running")

    assert account.run("ec2.start", instance_id=account.host)["changed"] is True
    waited = account.run("ec2.wait_state", instance_id=account.host, state="running")
    assert waited == {"instance_id": account.host, "state": "running", "zone": "blue"}
    assert account.run("ec2.reboot", instance_id=account.host)["requested"] is True

    assert account.run("elb.register", **member)["registered"] is True
    assert account.run("elb.register", **member)["was_registered"] is True
    assert account.registered() == [(account.host, 8080)]


def test_an_observed_state_arrives_on_the_bus_as_an_event(account: Account) -> None:
    account.run("ec2.wait_state", instance_id=account.host, state="running")
    [event] = account.events()
    assert (event["source"], event["detail-type"]) == ("interlock", "Object State Changed")
    at = event["detail"].pop("at")
    assert at.endswith("+00:00")
    assert event["detail"] == {
        "object": f"host/{account.host}",
        "state": "running",
        "labels": {"service": "checkout", "zone": "blue"},
        "dispatch": "d1",
        "fence": 7,
        "root_id": "e1",
        "hops": 1,
    }


def test_a_terminated_host_ends_the_wait_and_is_reported(account: Account) -> None:
    account.ec2.terminate_instances(InstanceIds=[account.host])
    with pytest.raises(StateUnreachable, match="terminated"):
        account.run("ec2.wait_state", instance_id=account.host, state="running")
    assert [event["detail"]["state"] for event in account.events()] == ["terminated"]


def test_describe_finds_hosts_by_tag(account: Account) -> None:
    found = account.run("ec2.describe", tags={"service": "checkout"})["instances"]
    assert [(one["instance_id"], one["state"], one["zone"]) for one in found] == [(account.host, "running", "blue")]
    assert account.run("ec2.describe", tags={"service": "check*"}) == {"instances": []}


def test_what_does_not_exist_is_not_found(account: Account) -> None:
    with pytest.raises(NotFound, match=r"InvalidInstanceID\.NotFound"):
        account.run("ec2.start", instance_id="i-00000000000000000")
    with pytest.raises(NotFound, match="TargetGroupNotFound"):
        account.run("elb.register", target_group=account.group[:-4] + "beef", instance_id=account.host)
    with pytest.raises(NotFound, match="NotFound"):
        account.run("notify.sns", topic="arn:aws:sns:us-east-1:123456789012:gone", subject="s", message="m")


def test_a_host_in_the_wrong_state_is_rejected(account: Account) -> None:
    account.run("ec2.stop", instance_id=account.host)
    with pytest.raises(Rejected, match="InvalidTarget"):
        account.run("elb.register", target_group=account.group, instance_id=account.host)


def test_a_message_reaches_the_topics_subscribers(account: Account) -> None:
    sns = boto3.client("sns")
    topic = sns.create_topic(Name="oncall")["TopicArn"]
    arn = account.sqs.get_queue_attributes(QueueUrl=account.queue, AttributeNames=["QueueArn"])["Attributes"][
        "QueueArn"
    ]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    sent = account.run("notify.sns", topic=topic, subject="A host is down", message="i-1")
    [message] = account.events()
    assert (message["Subject"], message["Message"], message["MessageId"]) == (
        "A host is down",
        "i-1",
        sent["message_id"],
    )


def test_an_atom_calls_exactly_what_its_role_may_call(account: Account) -> None:
    topic = boto3.client("sns").create_topic(Name="oncall")["TopicArn"]
    member = {"target_group": account.group, "instance_id": account.host}
    called = {}
    inputs: dict[str, dict[str, Any]] = {
        "ec2.start": {"instance_id": account.host},
        "ec2.reboot": {"instance_id": account.host},
        "ec2.wait_state": {"instance_id": account.host, "state": "running"},
        "ec2.describe": {"instance_ids": [account.host]},
        "elb.register": member,
        "elb.deregister": member,
        "ec2.stop": {"instance_id": account.host},
        "notify.sns": {"topic": topic, "subject": "s", "message": "m"},
    }
    for name, given in inputs.items():
        account.run(name, **given)
        called[name] = set(account.actions)
    assert called == {
        name: {action for permission in atom.permissions for action in permission.actions}
        for name, atom in get_atoms().items()
    }
