"""What the DynamoDB store does that a fake cannot show: requests as sent, conflicts, cancellations."""

from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.session import Session
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.aws.attributes import read_item, write_item, write_value
from chalicelib.aws.store import CONFLICT_ATTEMPTS, DynamoStore
from chalicelib.control.transaction import (
    Absent,
    AtLeast,
    Below,
    Cancelled,
    Check,
    Committed,
    Delete,
    Equals,
    Key,
    OneOf,
    Present,
    Put,
    Transaction,
    Update,
)
from chalicelib.errors import Contended, StoreUnavailable

KEY = Key("object#1", "object")


class ScriptedClient:
    """Answers each call with the next of its answers; an exception is raised."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.requests: list[dict[str, Any]] = []

    def get(self, _service: str) -> "ScriptedClient":
        return self

    def _answer(self, **request: Any) -> Any:
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    transact_write_items = batch_get_item = query = _answer


def cancelled(*codes: str, item: dict[str, Any] | None = None) -> ClientError:
    reasons = [
        {"Code": code, **({"Item": item} if item and code == "ConditionalCheckFailed" else {})} for code in codes
    ]
    answer: Any = {"Error": {"Code": "TransactionCanceledException", "Message": ""}, "CancellationReasons": reasons}
    return ClientError(answer, "TransactWriteItems")


def failed(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": ""}}, "TransactWriteItems")


def make_store(client: ScriptedClient) -> tuple[DynamoStore, list[int]]:
    pauses: list[int] = []
    return DynamoStore(client, "table", pauses.append), pauses


ONE = Transaction((Put(KEY, {"a": 1}, (Absent(),)),))
TWO = Transaction((Put(KEY, {"a": 1}), Check(Key("x", "y"), (Present("z"),))))


def test_every_kind_of_write_and_condition_is_one_that_dynamodb_takes() -> None:
    client = ScriptedClient({})
    transaction = Transaction(
        (
            Put(KEY, {"a": {"b": [1, None, True, "x"]}}, (Absent(),)),
            Update(
                Key("u", "u"),
                set={"state": "x", "holder#1": {"i": 1}},
                add={"waiting": -1},
                remove=("gone",),
                conditions=(Equals("fence", 3), Equals("none", None), OneOf("state", ("a", "b")), Below("waiting", 1)),
            ),
            Delete(Key("d", "d"), (Absent("z"),)),
            Check(Key("c", "c"), (Present("z"), AtLeast("n", 1))),
        )
    )
    assert make_store(client)[0].commit(transaction) == Committed()
    put, update, delete, check = (next(iter(one.values())) for one in client.requests[0]["TransactItems"])
    assert put["Item"]["pk"] == {"S": "object#1"}
    assert update["UpdateExpression"] == "SET #n0 = :v0, #n1 = :v1 ADD #n2 :v2 REMOVE #n3"
    assert update["ConditionExpression"] == (
        "#n4 = :v3 AND attribute_not_exists(#n5) AND #n0 IN (:v4, :v5) AND (attribute_not_exists(#n2) OR #n2 < :v6)"
    )
    assert update["ExpressionAttributeNames"]["#n1"] == "holder#1"
    assert delete["ConditionExpression"] == "attribute_not_exists(#n0)"
    assert check["ConditionExpression"] == "attribute_exists(#n0) AND #n1 >= :v0"
    service = Session().get_service_model("dynamodb")
    shape: Any = service.operation_model("TransactWriteItems").input_shape
    from botocore.validate import ParamValidator  # noqa: PLC0415 - only this test needs it

    assert not ParamValidator().validate(client.requests[0], shape).has_errors()


def test_a_refused_condition_gives_the_row_as_it_was() -> None:
    store, _ = make_store(ScriptedClient(cancelled("ConditionalCheckFailed", item={"pk": {"S": "p"}, "n": {"N": "7"}})))
    result = store.commit(ONE)
    assert isinstance(result, Cancelled)
    refusal = result.find(KEY)
    assert refusal is not None
    assert refusal.item == {"pk": "p", "n": 7}
    assert result.find(Key("x", "y")) is None


def test_a_conflict_is_tried_again_and_is_never_a_refusal() -> None:
    client = ScriptedClient(cancelled("TransactionConflict", "None"), failed("ThrottlingException"), {})
    store, pauses = make_store(client)
    assert store.commit(TWO) == Committed()
    assert pauses == [0, 1]


def test_a_refusal_beside_a_conflict_is_the_answer() -> None:
    store, pauses = make_store(ScriptedClient(cancelled("TransactionConflict", "ConditionalCheckFailed")))
    assert isinstance(store.commit(TWO), Cancelled)
    assert pauses == []


def test_endless_conflict_is_said_so() -> None:
    store, pauses = make_store(ScriptedClient(*[cancelled("TransactionConflict")] * CONFLICT_ATTEMPTS))
    with pytest.raises(Contended, match=f"{CONFLICT_ATTEMPTS} attempts"):
        store.commit(ONE)
    assert len(pauses) == CONFLICT_ATTEMPTS


@pytest.mark.parametrize("error", [failed("AccessDeniedException"), cancelled("ValidationError")])
def test_anything_else_is_not_hidden(error: ClientError) -> None:
    store, _ = make_store(ScriptedClient(error))
    with pytest.raises(ClientError):
        store.commit(ONE)


def test_keys_that_a_batch_left_unread_are_read_again() -> None:
    first, second = Key("a", "a"), Key("b", "b")
    rows = {key: {"pk": {"S": key.pk}, "sk": {"S": key.sk}} for key in (first, second)}
    client = ScriptedClient(
        {"Responses": {"table": [rows[first]]}, "UnprocessedKeys": {"table": {"Keys": [rows[second]]}}},
        {"Responses": {"table": [rows[second]]}, "UnprocessedKeys": {}},
    )
    store, pauses = make_store(client)
    assert set(store.read([first, second])) == {first, second}
    assert pauses == [0]


def test_keys_that_stay_unread_are_an_error_and_not_absent_rows() -> None:
    left = {"Responses": {}, "UnprocessedKeys": {"table": {"Keys": [{"pk": {"S": "a"}, "sk": {"S": "a"}}]}}}
    store, _ = make_store(ScriptedClient(*[left] * CONFLICT_ATTEMPTS))
    with pytest.raises(StoreUnavailable, match="1 keys stayed unread"):
        store.read([Key("a", "a")])


def test_more_than_a_hundred_keys_are_read_in_batches() -> None:
    client = ScriptedClient(*[{"Responses": {"table": []}}] * 3)
    store, _ = make_store(client)
    assert store.read([Key(str(n), "x") for n in range(201)]) == {}
    assert [len(one["RequestItems"]["table"]["Keys"]) for one in client.requests] == [100, 100, 1]
    assert all(one["RequestItems"]["table"]["ConsistentRead"] for one in client.requests)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.text(max_size=8) | st.floats(-1e20, 1e20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(min_size=1, max_size=5), inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(st.text(min_size=1, max_size=5), JSON, max_size=4))
def test_json_survives_the_way_to_attributes_and_back(item: dict[str, Any]) -> None:
    assert read_item(write_item(item)) == item


def test_what_is_not_json_is_refused() -> None:
    with pytest.raises(TypeError, match="set is not a JSON value"):
        write_value({1})


def test_an_answer_that_was_cut_short_is_asked_for_again() -> None:
    cut: dict[str, Any] = {"message": '{"Responses": {"tab'}
    whole = {"Responses": {"table": [write_item({"pk": KEY.pk, "sk": KEY.sk})]}}
    client = ScriptedClient(cut, whole)
    assert list(DynamoStore(client, "table", lambda _attempt: None).read([KEY])) == [KEY]
    client = ScriptedClient(cut, {"Items": []})
    assert DynamoStore(client, "table", lambda _attempt: None).query("object#1", "wait#", 10).items == ()
    with pytest.raises(StoreUnavailable):
        DynamoStore(ScriptedClient(*[cut] * CONFLICT_ATTEMPTS), "table", lambda _attempt: None).query("a", "b", 1)


def test_all_rows_of_a_partition_are_asked_for_without_an_empty_prefix() -> None:
    client = ScriptedClient({"Items": []}, {"Items": []})
    store = DynamoStore(client, "table", lambda _attempt: None)
    store.query("a", "", 1)
    store.query("a", "b", 1)
    everything, some = client.requests
    assert (everything["KeyConditionExpression"], everything["ExpressionAttributeValues"]) == (
        "pk = :pk",
        {":pk": {"S": "a"}},
    )
    assert some["ExpressionAttributeValues"] == {":pk": {"S": "a"}, ":prefix": {"S": "b"}}
