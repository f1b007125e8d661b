import json
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

import pytest

from chalicelib.atoms.contract import Permission
from infra import iam
from infra.errors import UnknownHole
from infra.functions import APPROVAL, CORE, PUBLISH
from tests.unit.infra.placeholder import make_atom


def actions(statements: Iterable[Mapping[str, Any]], effect: str = "Allow") -> set[str]:
    found = [one["Action"] for one in statements if one["Effect"] == effect]
    return {action for some in found for action in ([some] if isinstance(some, str) else some)}


@pytest.mark.parametrize("name", [name for name in CORE if name != PUBLISH])
def test_every_core_function_writes_the_table_and_starts_machines_but_never_redrives(name: str) -> None:
    statements = iam.grant_core("dev", name)
    starts = {"states:StartExecution"} if name != APPROVAL else set()
    assert {"dynamodb:UpdateItem", "events:PutEvents"} | starts <= actions(statements)
    assert actions(statements, "Deny") >= {"states:RedriveExecution"}


def may(statements: Iterable[Mapping[str, Any]], action: str, key: str) -> bool:
    """Judge an action on a partition of the table as IAM does: what is denied is, whatever allows it."""

    def fits(one: Mapping[str, Any]) -> bool:
        named = [one["Action"]] if isinstance(one["Action"], str) else one["Action"]
        keys = [each["dynamodb:LeadingKeys"] for each in one.get("Condition", {}).values()]
        return action in named and all(any(fnmatchcase(key, each) for each in some) for some in keys)

    effects = {one["Effect"] for one in statements if fits(one)}
    return effects == {"Allow"}


@pytest.mark.parametrize("name", CORE)
@pytest.mark.parametrize("kept", ["audit#2026-01-01#3", "journal#0123-4567"])
def test_no_function_may_change_or_delete_what_was_written_down_and_one_may_add(name: str, kept: str) -> None:
    statements = iam.grant_core("dev", name)
    adds = {"audit": "api_handler", "journal": PUBLISH}[kept.partition("#")[0]]
    assert not may(statements, "dynamodb:UpdateItem", kept)
    assert not may(statements, "dynamodb:DeleteItem", kept)
    assert may(statements, "dynamodb:PutItem", kept) is (name == adds)
    assert may(statements, "dynamodb:PutItem", "event#0123") is (name != PUBLISH)
    assert may(statements, "dynamodb:UpdateItem", "event#0123") is (name != PUBLISH)
    for action in (
        "dynamodb:BatchWriteItem",
        "dynamodb:PartiQLUpdate",
        "dynamodb:PartiQLDelete",
        "dynamodb:PartiQLInsert",
    ):
        assert not may(statements, action, kept)


def test_who_publishes_reads_the_stream_and_puts_entries_of_the_journal_and_may_do_no_more() -> None:
    statements = iam.grant_core("dev", PUBLISH)
    assert {one for one in actions(statements) if one.startswith("dynamodb:")} == {
        "dynamodb:BatchGetItem",
        "dynamodb:DescribeStream",
        "dynamodb:GetRecords",
        "dynamodb:GetShardIterator",
        "dynamodb:ListStreams",
        "dynamodb:PutItem",
    }
    (entries,) = (one for one in statements if one["Sid"] == "Journal")
    assert entries["Condition"] == {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["journal#*"]}}
    assert not any(action.startswith("states:") for action in actions(statements))


@pytest.mark.parametrize("name", CORE)
def test_no_core_function_is_allowed_a_wildcard(name: str) -> None:
    for one in iam.grant_core("dev", name):
        if one["Effect"] == "Allow" and one["Sid"] not in {"AnswerTasks", "ListStreams"}:
            assert "*" not in one["Resource"]
            assert not any("*" in action for action in one["Action"])


def test_only_those_that_watch_executions_may_stop_them() -> None:
    may = {name for name in CORE if "states:StopExecution" in actions(iam.grant_core("dev", name))}
    assert may == {"settle", "reconcile", "start", "api_handler"}


def test_who_asks_people_may_neither_start_nor_stop_anything() -> None:
    may = actions(iam.grant_core("dev", APPROVAL))
    assert {one for one in may if one.startswith("states:")} == {"states:SendTaskFailure", "states:SendTaskSuccess"}
    assert {name for name in CORE if "states:SendTaskSuccess" in actions(iam.grant_core("dev", name))} == {
        "approval",
        "reconcile",
        "api_handler",
    }


def test_each_queue_of_messages_to_oneself_has_one_reader() -> None:
    found = {
        name: one["Resource"] for name in CORE for one in iam.grant_core("dev", name) if one.get("Sid") == "OwnQueue"
    }
    assert found == {
        "settle": [{"Fn::GetAtt": ["HoldQueue", "Arn"]}],
        "start": [{"Fn::GetAtt": ["StartQueue", "Arn"]}],
    }
    readers = {name for name in CORE if "sqs:ReceiveMessage" in actions(iam.grant_core("dev", name))}
    assert readers == set(found)


def test_machines_are_named_by_the_stage_so_that_stages_keep_apart() -> None:
    start = next(one for one in iam.grant_core("dev", "decide") if one.get("Sid") == "Start")
    assert start["Resource"] == [
        {"Fn::Sub": "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:stateMachine:interlock-dev-*"}
    ]


def test_an_atom_gets_what_it_declares_with_the_holes_filled() -> None:
    permission = Permission(("ec2:StartInstances",), "arn:${partition}:ec2:${region}:${account}:instance/*")
    declared = iam.grant_atom("dev", make_atom("ec2.start", permission))[-1]
    assert declared["Action"] == ["ec2:StartInstances"]
    assert declared["Resource"] == [
        {"Fn::Sub": "arn:${AWS::Partition}:ec2:${AWS::Region}:${AWS::AccountId}:instance/*"}
    ]


def test_an_atom_that_emits_nothing_may_not_put_events() -> None:
    assert "events:PutEvents" not in actions(iam.grant_atom("dev", make_atom()))
    assert "events:PutEvents" in actions(iam.grant_atom("dev", make_atom(emits=("Object State Changed",))))


def test_an_atom_never_reaches_the_table() -> None:
    assert "Table" not in json.dumps(iam.grant_atom("dev", make_atom()))


@pytest.mark.parametrize("resource", ["arn:${partitoin}:x", "arn:$", "arn:${}:x"])
def test_an_unknown_hole_is_named_with_its_atom(resource: str) -> None:
    with pytest.raises(UnknownHole, match=r"probe\.look"):
        iam.grant_atom("dev", make_atom("probe.look", Permission(("a:B",), resource)))


def test_people_are_denied_every_way_to_start_a_machine() -> None:
    denied = iam.guard_machines("dev")["Statement"][0]
    assert denied["Effect"] == "Deny"
    assert set(denied["Action"]) == {"states:StartExecution", "states:StartSyncExecution", "states:RedriveExecution"}
