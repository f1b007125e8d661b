"""A page reaches those who are behind its name, through the bus and the topic of the deployed stack."""

import json

import pytest

from chalicelib.aws.publisher import BusPublisher
from chalicelib.control.pages import publish_page
from infra.cloud import Cloud
from infra.template.pagers import name_topic
from tests.builders import make_ports
from tests.e2e.conftest import Await
from tests.tables import CloudClients

pytestmark = pytest.mark.e2e


def test_a_page_arrives_at_the_topic_of_its_name_as_a_text(
    cloud: Cloud, outputs: dict[str, str], eventually: Await
) -> None:
    heard = listen(cloud, next(one for one in outputs.values() if one.endswith(name_topic("e2e", "sre-oncall"))))
    record = {
        "page": "sre-oncall", "why": 'branch 1: $object.tier = "P0"', "rule": "host_stopped", "tier": "P0",
        "object": "000000000000/us-east-1/host/i-0a", "service": None, "root_id": "event-1", "hops": 0,
    }  # fmt: skip
    publisher = BusPublisher(CloudClients(cloud), outputs["Bus"])
    publish_page("d-1", record, make_ports()._replace(publisher=publisher))

    sqs = cloud.client("sqs")
    (message,) = eventually(lambda: sqs.receive_message(QueueUrl=heard).get("Messages"))
    assert message["Body"].splitlines() == [
        '"sre-oncall: branch 1: $object.tier = "P0""',
        '"000000000000/us-east-1/host/i-0a, tier P0, rule host_stopped"',
        '"interlock why d-1"',
    ]


def listen(cloud: Cloud, topic: str) -> str:
    """Give the URL of a queue that gets what the topic sends."""
    sqs = cloud.client("sqs")
    queue: str = sqs.create_queue(QueueName="pager-e2e")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
    raw = {"RawMessageDelivery": "true"}
    cloud.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=raw)
    return queue
