"""The store on DynamoDB: transactions as data, translated one to one."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from botocore.exceptions import ClientError

from chalicelib.aws.attributes import read_item, write_item, write_value
from chalicelib.aws.ports import Clients
from chalicelib.control.ports import Page
from chalicelib.control.transaction import (
    Absent,
    AtLeast,
    Below,
    Cancelled,
    Check,
    Committed,
    Condition,
    Delete,
    Equals,
    Item,
    Key,
    OneOf,
    Operation,
    Present,
    Put,
    Refusal,
    Result,
    Transaction,
    Update,
)
from chalicelib.errors import Contended, StoreUnavailable

LANES = "lanes"
READ_LIMIT = 100
CONFLICT_ATTEMPTS = 10
_CONFLICTS = {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}
_CONFLICT_CODES = {
    "TransactionConflictException",
    "TransactionInProgressException",
    "ThrottlingException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
}


class DynamoStore:
    """One table with the key `pk`, `sk` and the sparse index `lanes`."""

    def __init__(self, clients: Clients, table: str, pause: Callable[[int], None]) -> None:
        """`pause(attempt)` waits before a conflicting transaction is sent again, with jitter."""
        self._clients = clients
        self._table = table
        self._pause = pause

    def read(self, keys: Sequence[Key]) -> dict[Key, Item]:
        """Read rows, strongly consistent; absent ones are left out."""
        found: dict[Key, Item] = {}
        for start in range(0, len(keys), READ_LIMIT):
            self._read_batch(keys[start : start + READ_LIMIT], found)
        return found

    def _read_batch(self, keys: Sequence[Key], found: dict[Key, Item]) -> None:
        request: dict[str, Any] = {self._table: {"Keys": [_write_key(key) for key in keys], "ConsistentRead": True}}
        for attempt in range(CONFLICT_ATTEMPTS):
            answer = self._clients.get("dynamodb").batch_get_item(RequestItems=request)
            # botocore takes a 200 whose body was cut short for an answer without fields: it is asked again.
            if "Responses" in answer:
                for raw in answer["Responses"].get(self._table, ()):
                    item = read_item(raw)
                    found[Key(item["pk"], item["sk"])] = item
                request = answer.get("UnprocessedKeys") or {}
                if not request:
                    return
            self._pause(attempt)
        raise StoreUnavailable(cause=f"{len(request[self._table]['Keys'])} keys stayed unread")

    def commit(self, transaction: Transaction) -> Result:
        """Write all or nothing. Conflicts with other transactions are retried, and are never a refusal.

        botocore gives the call a request token that its own retries repeat, so a lost response is answered as the
        success it was.
        """
        request = [_write_operation(self._table, operation) for operation in transaction.operations]
        for attempt in range(CONFLICT_ATTEMPTS):
            try:
                self._clients.get("dynamodb").transact_write_items(TransactItems=request)
            except ClientError as error:
                cancelled = _read_cancellation(error, transaction)
                if cancelled is not None:
                    return cancelled
            else:
                return Committed()
            self._pause(attempt)
        raise Contended(what=f"the transaction on {transaction.operations[0].key.pk}", attempts=CONFLICT_ATTEMPTS)

    def query(self, pk: str, prefix: str, limit: int, after: Mapping[str, Any] | None = None) -> Page:
        """List the rows of one partition whose sk has the prefix, in sk order, strongly consistent."""
        # DynamoDB takes no empty string for a key: all rows are asked for by leaving the prefix out.
        condition, values = "pk = :pk", {":pk": {"S": pk}}
        if prefix:
            condition, values = condition + " AND begins_with(sk, :prefix)", {**values, ":prefix": {"S": prefix}}
        return self._query(
            KeyConditionExpression=condition,
            ExpressionAttributeValues=values,
            ConsistentRead=True,
            Limit=limit,
            after=after,
        )

    def list_lane(
        self, lane: str, *, until: str | None = None, descending: bool = False, limit: int = 100,
        after: Mapping[str, Any] | None = None,
    ) -> Page:  # fmt: skip
        """List the rows of one lane by `lane_at` (up to and including `until`), eventually consistent."""
        condition, values = "lane = :lane", {":lane": {"S": lane}}
        if until is not None:
            condition, values = condition + " AND lane_at <= :until", {**values, ":until": {"S": until}}
        return self._query(
            IndexName=LANES,
            KeyConditionExpression=condition,
            ExpressionAttributeValues=values,
            ScanIndexForward=not descending,
            Limit=limit,
            after=after,
        )

    def _query(self, *, after: Mapping[str, Any] | None, **request: Any) -> Page:
        if after is not None:
            request["ExclusiveStartKey"] = write_item(after)
        for attempt in range(CONFLICT_ATTEMPTS):
            answer = self._clients.get("dynamodb").query(TableName=self._table, **request)
            if "Items" in answer:
                last = answer.get("LastEvaluatedKey")
                return Page(tuple(read_item(raw) for raw in answer["Items"]), read_item(last) if last else None)
            self._pause(attempt)
        raise StoreUnavailable(cause="every answer to a query was cut short")


def _write_key(key: Key) -> dict[str, Any]:
    return {"pk": {"S": key.pk}, "sk": {"S": key.sk}}


def _read_cancellation(error: ClientError, transaction: Transaction) -> Cancelled | None:
    """Read why nothing was written: refused conditions, or None if the same transaction should be sent again."""
    code = error.response["Error"]["Code"]
    if code in _CONFLICT_CODES:
        return None
    if code != "TransactionCanceledException":
        raise error
    reasons = error.response["CancellationReasons"]
    refusals = tuple(
        Refusal(operation.key, read_item(reason["Item"]) if reason.get("Item") else None)
        for operation, reason in zip(transaction.operations, reasons, strict=True)
        if reason["Code"] == "ConditionalCheckFailed"
    )
    if refusals:
        return Cancelled(refusals)
    if any(reason["Code"] in _CONFLICTS for reason in reasons):
        return None
    raise error


Kind = Literal["Put", "Update", "Delete", "ConditionCheck"]


def _write_operation(table: str, operation: Operation) -> dict[Kind, dict[str, Any]]:
    names = _Names()
    body: dict[str, Any] = {"TableName": table}
    kind: Kind
    match operation:
        case Put():
            kind = "Put"
            body["Item"] = write_item({**operation.item, "pk": operation.key.pk, "sk": operation.key.sk})
        case Update():
            kind = "Update"
            body |= {"Key": _write_key(operation.key), "UpdateExpression": _write_update(operation, names)}
        case Delete():
            kind, body["Key"] = "Delete", _write_key(operation.key)
        case Check():
            kind, body["Key"] = "ConditionCheck", _write_key(operation.key)
    if operation.conditions:
        body["ConditionExpression"] = " AND ".join(_write_condition(one, names) for one in operation.conditions)
        body["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    return {kind: {**body, **names.render()}}


class _Names:
    """The placeholders of one operation's expressions."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._values: list[Any] = []

    def name(self, field: str) -> str:
        return self._names.setdefault(field, f"#n{len(self._names)}")

    def value(self, value: Any) -> str:
        self._values.append(value)
        return f":v{len(self._values) - 1}"

    def render(self) -> dict[str, Any]:
        rendered: dict[str, Any] = {}
        if self._names:
            rendered["ExpressionAttributeNames"] = {short: field for field, short in self._names.items()}
        if self._values:
            rendered["ExpressionAttributeValues"] = {f":v{i}": write_value(v) for i, v in enumerate(self._values)}
        return rendered


def _write_update(update: Update, names: _Names) -> str:
    clauses = []
    if update.set:
        clauses.append("SET " + ", ".join(f"{names.name(f)} = {names.value(v)}" for f, v in update.set.items()))
    if update.add:
        clauses.append("ADD " + ", ".join(f"{names.name(f)} {names.value(v)}" for f, v in update.add.items()))
    if update.remove:
        clauses.append("REMOVE " + ", ".join(names.name(field) for field in update.remove))
    return " ".join(clauses)


def _write_condition(condition: Condition, names: _Names) -> str:
    match condition:
        case Absent(field=None):
            return f"attribute_not_exists({names.name('pk')})"
        case Absent(field=str(field)) | Equals(field=field, value=None):
            return f"attribute_not_exists({names.name(field)})"
        case Present(field=field):
            return f"attribute_exists({names.name(field)})"
        case Equals(field=field, value=value):
            return f"{names.name(field)} = {names.value(value)}"
        case OneOf(field=field, values=values):
            return f"{names.name(field)} IN ({', '.join(names.value(value) for value in values)})"
        case Below(field=field, value=value):
            name = names.name(field)
            return f"(attribute_not_exists({name}) OR {name} < {names.value(value)})"
        case AtLeast(field=field, value=value):
            return f"{names.name(field)} >= {names.value(value)}"
        case _:
            raise AssertionError(condition)
