"""The table as the template declares it, and clients for it, for tests that need no more."""

from dataclasses import dataclass
from typing import Any

from chalicelib.aws.attributes import read_item
from chalicelib.control.transaction import Key
from infra.cloud import Cloud
from infra.template.storage import describe_table


@dataclass
class CloudClients:
    """The clients of an account, as the adapters ask for them."""

    cloud: Cloud

    def get(self, service: str) -> Any:
        return self.cloud.client(service)


def create_table(client: Any, stage: str) -> str:
    """Create the table from the very properties that are deployed; give its name.

    CloudFormation has no `StreamEnabled`: a stream that is specified is enabled.
    """
    properties = describe_table(stage)["Table"]["Properties"]
    wanted = {
        "TableName",
        "AttributeDefinitions",
        "KeySchema",
        "BillingMode",
        "GlobalSecondaryIndexes",
        "StreamSpecification",
    }
    asked = {key: value for key, value in properties.items() if key in wanted}
    asked["StreamSpecification"] = {**asked["StreamSpecification"], "StreamEnabled": True}
    client.create_table(**asked)
    return str(properties["TableName"])


def read_stream(clients: Any, table: str) -> list[dict[str, Any]]:
    """Read the table's stream from its beginning, page by page, as Lambda does; `clients` gives one by its name."""
    arn = clients.get("dynamodb").describe_table(TableName=table)["Table"]["LatestStreamArn"]
    streams = clients.get("dynamodbstreams")
    (shard,) = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    where: dict[str, str] = {"ShardIteratorType": "TRIM_HORIZON"}
    records: list[dict[str, Any]] = []
    while True:
        iterator = streams.get_shard_iterator(StreamArn=arn, ShardId=shard["ShardId"], **where)["ShardIterator"]
        page = streams.get_records(ShardIterator=iterator)["Records"]
        if not page:
            return records
        records += page
        last = page[-1]["dynamodb"]["SequenceNumber"]
        where = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": last}


def scan_rows(client: Any, table: str) -> dict[Key, dict[str, Any]]:
    """Read everything a table holds."""
    pages = client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    rows = [read_item(raw) for page in pages for raw in page["Items"]]
    return {Key(row["pk"], row["sk"]): row for row in rows}
