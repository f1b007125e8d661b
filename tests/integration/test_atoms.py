"""The atoms' functions, from payload to published event, on moto. Proof level: moto; health and draining are not real there."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from chalicelib.atoms.errors import NotFound, NotYet, Rejected, StateUnreachable
from chalicelib.atoms.registry import get_atoms
from tests.integration.account import Account, open_account


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    with open_account(monkeypatch) as opened:
        yield opened


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
    assert account.called == {name: get_atoms()[name].actions for name in inputs}
