from collections.abc import Iterable
from typing import Any, Self

import pytest
from botocore.exceptions import ClientError

from infra.cloud import Cloud, open_local
from infra.errors import StackBusy, StackFailed, StackMissing
from infra.stack import discard_changes, execute_changes, prepare_changes, read_outputs

Json = dict[str, Any]

URL = "http://127.0.0.1:1/bucket/template.json"


class FakeCloudFormation:
    """One stack, whose statuses and events are scripted; calls are kept in order."""

    def __init__(
        self,
        statuses: Iterable[str] = (),
        change_set: tuple[str, str] = ("CREATE_COMPLETE", ""),
        events: Iterable[Json] = (),
    ) -> None:
        self.statuses = iter(statuses)
        self.status = next(self.statuses, None)
        self.change_set = change_set
        self.events = list(events)
        self.calls: list[object] = []

    def describe_stacks(self, **_request: object) -> Json:
        if self.status is None:
            raise ClientError({"Error": {"Code": "ValidationError"}}, "DescribeStacks")
        found = {
            "StackId": "arn:stack",
            "StackStatus": self.status,
            "Outputs": [{"OutputKey": "A", "OutputValue": "b"}],
        }
        self.status = next(self.statuses, self.status)
        return {"Stacks": [found]}

    def create_change_set(self, **request: object) -> None:
        self.calls.append(("create", request["ChangeSetType"]))
        self.status = self.status or "REVIEW_IN_PROGRESS"

    def describe_change_set(self, **request: object) -> Json:
        status, reason = self.change_set
        change = {"Action": "Add", "LogicalResourceId": "Table", "ResourceType": "AWS::DynamoDB::Table"}
        found = {"Status": status, "StatusReason": reason, "Changes": [{"ResourceChange": change}]}
        if status == "FAILED":
            return {**found, "Changes": []}
        return found if "NextToken" in request else {**found, "NextToken": "2"}

    def execute_change_set(self, **request: object) -> None:
        self.calls.append("execute")

    def delete_change_set(self, **request: object) -> None:
        self.calls.append("discard")

    def delete_stack(self, **request: object) -> None:
        self.calls.append("delete")

    def get_paginator(self, _name: str) -> Self:
        return self

    def paginate(self, **_request: object) -> list[Json]:
        shown = self.events if "execute" in self.calls else []
        return [{"StackEvents": shown[::-1]}]


def make_cloud(fake: FakeCloudFormation) -> Cloud:
    local = open_local("http://127.0.0.1:1")
    return Cloud(local.session, local.region, local.endpoint, {"cloudformation": fake})


def make_event(status: str, name: str, reason: str = "") -> Json:
    return {
        "EventId": f"{name} {status}",
        "ResourceStatus": status,
        "ResourceType": "AWS::SQS::Queue",
        "LogicalResourceId": name,
        "ResourceStatusReason": reason,
    }


def test_a_new_stack_is_created_and_every_page_of_changes_is_read() -> None:
    fake = FakeCloudFormation()
    prepared = prepare_changes(make_cloud(fake), "interlock-dev", URL)
    assert fake.calls == [("create", "CREATE")]
    assert [one.logical_id for one in prepared.changes] == ["Table", "Table"]


def test_a_stack_that_is_there_is_updated() -> None:
    fake = FakeCloudFormation(["UPDATE_COMPLETE"])
    assert not prepare_changes(make_cloud(fake), "interlock-dev", URL).creates
    assert fake.calls == [("create", "UPDATE")]


def test_what_a_failed_creation_left_is_removed_first() -> None:
    fake = FakeCloudFormation(["ROLLBACK_COMPLETE", "DELETE_IN_PROGRESS", "DELETE_COMPLETE"])
    assert prepare_changes(make_cloud(fake), "interlock-dev", URL).creates
    assert fake.calls == ["delete", ("create", "CREATE")]


def test_a_stack_that_is_being_changed_is_left_alone() -> None:
    with pytest.raises(StackBusy, match="UPDATE_IN_PROGRESS"):
        prepare_changes(make_cloud(FakeCloudFormation(["UPDATE_IN_PROGRESS"])), "interlock-dev", URL)


def test_no_changes_is_not_a_failure() -> None:
    fake = FakeCloudFormation(["CREATE_COMPLETE"], ("FAILED", "The submitted information didn't contain changes."))
    assert prepare_changes(make_cloud(fake), "interlock-dev", URL).changes == ()


def test_a_refused_change_set_gives_awss_reason_and_is_removed() -> None:
    fake = FakeCloudFormation(["CREATE_COMPLETE"], ("FAILED", "Template error: no such resource"))
    with pytest.raises(StackFailed, match="no such resource"):
        prepare_changes(make_cloud(fake), "interlock-dev", URL)
    assert fake.calls[-1] == "discard"


def test_a_discarded_first_change_set_leaves_no_empty_stack() -> None:
    fake = FakeCloudFormation()
    cloud = make_cloud(fake)
    discard_changes(cloud, prepare_changes(cloud, "interlock-dev", URL))
    assert fake.calls[-2:] == ["discard", "delete"]


def test_each_event_is_reported_once_and_progress_is_not() -> None:
    events = [make_event("CREATE_IN_PROGRESS", "A"), make_event("CREATE_COMPLETE", "A")]
    fake = FakeCloudFormation(
        ["CREATE_COMPLETE", "CREATE_COMPLETE", "UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"], events=events
    )
    cloud = make_cloud(fake)
    prepared = prepare_changes(cloud, "interlock-dev", URL)
    lines: list[str] = []
    execute_changes(cloud, prepared, lines.append)
    assert lines == ["CREATE_COMPLETE AWS::SQS::Queue A"]


def test_a_failed_stack_names_the_first_cause_and_not_what_was_cancelled_by_it() -> None:
    events = [
        make_event("CREATE_FAILED", "A", "the quota is used up"),
        make_event("CREATE_FAILED", "B", "Resource creation cancelled"),
    ]
    fake = FakeCloudFormation(["CREATE_COMPLETE", "CREATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"], events=events)
    cloud = make_cloud(fake)
    prepared = prepare_changes(cloud, "interlock-dev", URL)
    with pytest.raises(StackFailed, match=r"UPDATE_ROLLBACK_COMPLETE.*quota is used up") as caught:
        execute_changes(cloud, prepared, lambda _line: None)
    assert "cancelled" not in str(caught.value)


def test_outputs_are_read_by_name() -> None:
    assert read_outputs(make_cloud(FakeCloudFormation(["CREATE_COMPLETE"])), "interlock-dev") == {"A": "b"}


def test_a_stack_that_is_not_there_says_to_deploy() -> None:
    with pytest.raises(StackMissing, match="interlock deploy"):
        read_outputs(make_cloud(FakeCloudFormation()), "interlock-dev")
