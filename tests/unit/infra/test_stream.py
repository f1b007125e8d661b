"""What of the table's stream invokes the publishing function."""

import json
from typing import Any

import pytest

from chalicelib.control.freezes import freezes_key
from chalicelib.control.records import SHARDS, dispatch_key, live_lane, member_key, object_key, wait_key
from chalicelib.control.transaction import Key
from chalicelib.decision.patterns import compile_pattern
from infra.template.stream import describe_stream
from tests.builders import HOST

NAME = "a" * 20 + "-" + "b" * 20
MAPPING = describe_stream()["Transitions"]["Properties"]
FILTERS = [compile_pattern(json.loads(one["Pattern"])) for one in MAPPING["FilterCriteria"]["Filters"]]


def passes(event: str, key: Key, **new: str) -> bool:
    """Whether Lambda's filter lets a record through: its patterns are EventBridge's."""
    keys = {"pk": {"S": key.pk}, "sk": {"S": key.sk}}
    record: dict[str, Any] = {"eventName": event, "dynamodb": {"Keys": keys}}
    if event != "REMOVE":
        record["dynamodb"]["NewImage"] = {**keys, **{name: {"S": value} for name, value in new.items()}}
    return any(one.matches(record) for one in FILTERS)


def test_dispatches_freezes_and_approvals_pass() -> None:
    assert passes("INSERT", dispatch_key(NAME), state="reserved")
    assert passes("MODIFY", dispatch_key(NAME), state="running")
    assert passes("INSERT", freezes_key(0))
    assert passes("MODIFY", Key(f"approval#{NAME}", "request#"), state="approved")
    assert passes("INSERT", Key(f"approval#{NAME}", "answer##1"))


@pytest.mark.parametrize("state", ["ignored", "deduplicated", "accumulated", "shadowed"])
def test_a_decision_to_do_nothing_invokes_nothing(state: str) -> None:
    assert not passes("INSERT", dispatch_key(NAME), state=state)


@pytest.mark.parametrize(
    "key",
    [
        object_key(HOST),
        member_key(HOST),
        wait_key("object#x", 1, live_lane(NAME), NAME),
        Key(f"journal#{NAME}", "1#state"),
        Key("audit#2026-01-01#0", "x"),
        *(freezes_key(shard) for shard in range(1, SHARDS)),
    ],
)
def test_locks_queues_the_journal_itself_and_further_shards_invoke_nothing(key: Key) -> None:
    assert not passes("INSERT", key, state="reserved")
    assert not passes("MODIFY", key, state="reserved")


def test_what_expires_invokes_nothing() -> None:
    assert not passes("REMOVE", dispatch_key(NAME))


def test_retries_end_and_what_is_given_up_is_kept() -> None:
    assert MAPPING["DestinationConfig"]["OnFailure"]["Destination"] == {"Fn::GetAtt": ["DeadQueue", "Arn"]}
    assert 0 < MAPPING["MaximumRecordAgeInSeconds"] < 24 * 3600, "a stream forgets after a day"
    assert len(MAPPING["FilterCriteria"]["Filters"]) <= 5, "Lambda takes no more"
