"""The journal on DynamoDB, and the table's stream as control reads it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.aws.attributes import read_item, write_item
from chalicelib.aws.ports import Clients
from chalicelib.aws.store import READ_LIMIT
from chalicelib.control.journal.transitions import Change
from chalicelib.control.transaction import Item, Key
from chalicelib.errors import StoreUnavailable


class DynamoJournal:
    """Entries as rows of the one table. Its role may put them, and neither update nor delete one."""

    def __init__(self, clients: Clients, table: str) -> None:
        self._clients = clients
        self._table = table

    def find(self, keys: Sequence[Key]) -> frozenset[Key]:
        """Say which of them are there already. Raises StoreUnavailable if DynamoDB did not say so of each."""
        found: set[Key] = set()
        for start in range(0, len(keys), READ_LIMIT):
            wanted = [{"pk": {"S": pk}, "sk": {"S": sk}} for pk, sk in keys[start : start + READ_LIMIT]]
            request = {self._table: {"Keys": wanted, "ProjectionExpression": "pk, sk", "ConsistentRead": True}}
            answer = self._clients.get("dynamodb").batch_get_item(RequestItems=request)
            if answer.get("UnprocessedKeys") or "Responses" not in answer:
                raise StoreUnavailable(cause="entries of the journal stayed unread")
            found |= {Key(raw["pk"]["S"], raw["sk"]["S"]) for raw in answer["Responses"].get(self._table, ())}
        return frozenset(found)

    def append(self, key: Key, row: Item) -> None:
        """Put a row if there is none of its key: one write unit, and no transaction."""
        try:
            self._clients.get("dynamodb").put_item(
                TableName=self._table,
                Item=write_item({**row, "pk": key.pk, "sk": key.sk}),
                ConditionExpression="attribute_not_exists(pk)",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise


def read_changes(records: Iterable[Mapping[str, Any]]) -> tuple[Change, ...]:
    """Read the records of a stream, as Lambda hands them over; what was deleted is no change of ours."""
    images = ((one["dynamodb"]["SequenceNumber"], one["dynamodb"]) for one in records)
    return tuple(
        Change(sequence, read_item(image["OldImage"]) if image.get("OldImage") else None, read_item(image["NewImage"]))
        for sequence, image in images
        if image.get("NewImage")
    )
