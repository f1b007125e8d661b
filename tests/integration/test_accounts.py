"""Atoms in other accounts, on moto, whose accounts are kept apart by the credentials of a request."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import boto3
import pytest

from chalicelib.atoms.errors import AccessDenied, NotFound
from chalicelib.wiring.atoms import foreign_clients, invoke_atom
from tests.integration.account import DISPATCH, LAMBDA, Account, open_account
from tests.unit.infra.placeholder import make_bundle

HOME, OTHER = "123456789012", "210987654321"
BUNDLE = replace(make_bundle(), accounts={OTHER: "ops/interlock"})


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    for name, value in {
        "INTERLOCK_ACCOUNT": HOME,
        "INTERLOCK_PARTITION": "aws",
        "AWS_REGION": "us-east-1",
        "AWS_LAMBDA_FUNCTION_NAME": "interlock-dev-ec2_stop",
    }.items():
        monkeypatch.setenv(name, value)
    with open_account(monkeypatch) as opened:
        yield opened


def enter(account: str, region: str) -> Any:
    """Work in an account of moto's as somebody who may do everything there."""
    given = boto3.client("sts").assume_role(RoleArn=f"arn:aws:iam::{account}:role/admin", RoleSessionName="test")
    keys = given["Credentials"]
    return boto3.client(
        "ec2",
        region_name=region,
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )


def launch(ec2: Any) -> str:
    image = ec2.register_image(Name="host")["ImageId"]
    launched = ec2.run_instances(ImageId=image, InstanceType="t3.micro", MinCount=1, MaxCount=1)
    return str(launched["Instances"][0]["InstanceId"])


def read_state(ec2: Any, host: str) -> str:
    found = ec2.describe_instances(InstanceIds=[host])
    return str(found["Reservations"][0]["Instances"][0]["State"]["Name"])


def run(name: str, object_id: str, **given: Any) -> dict[str, Any]:
    payload = {"input": given, "dispatch": {**DISPATCH, "object": object_id}, "step": "s"}
    return invoke_atom(name, payload, LAMBDA, BUNDLE)


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1"])
def test_an_atom_works_where_its_object_is_by_the_role_that_is_named_there(account: Account, region: str) -> None:
    there = enter(OTHER, region)
    host = launch(there)
    assert run("ec2.stop", f"{OTHER}/{region}/host/{host}", instance_id=host)["state"] == "stopping"
    assert read_state(there, host) == "stopped"
    assert account.state() == "running", "the host at home is another one"
    [event] = account.events()
    assert event["detail"]["object"] == f"{OTHER}/{region}/host/{host}", "told at home, under its full name"


def test_at_home_no_role_is_assumed(account: Account) -> None:
    run("ec2.stop", f"{HOME}/us-east-1/host/{account.host}", instance_id=account.host)
    assert account.state() == "stopped"
    assert foreign_clients.cache_info().currsize == 0
    with pytest.raises(NotFound):
        run("ec2.stop", f"{OTHER}/us-east-1/host/{account.host}", instance_id=account.host)


def test_an_account_without_a_role_is_refused_and_nothing_is_asked(account: Account) -> None:
    with pytest.raises(AccessDenied, match=r"names no role for the account 111122223333") as raised:
        run("ec2.stop", f"111122223333/us-east-1/host/{account.host}", instance_id=account.host)
    assert (raised.value.nothing_done, raised.value.transient) == (True, False)
    assert account.state() == "running"


def test_people_are_told_from_home_wherever_the_object_is(account: Account) -> None:
    topic = boto3.client("sns").create_topic(Name="ops")["TopicArn"]
    queue = boto3.client("sqs").create_queue(QueueName="told")["QueueUrl"]
    arn = boto3.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"][
        "QueueArn"
    ]
    boto3.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    run("notify.sns", f"{OTHER}/us-east-1/host/i-1", topic=topic, subject="down", message="it is down")
    [message] = boto3.client("sqs").receive_message(QueueUrl=queue)["Messages"]
    assert "it is down" in json.loads(message["Body"])["Message"]
    del account
