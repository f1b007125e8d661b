"""One stack's life in CloudFormation: change sets, what they would change, and waiting for what they did."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING
from uuid import uuid4

from botocore.exceptions import ClientError
from tenacity import Retrying, retry_if_result, stop_after_delay, wait_exponential

from infra.cloud import Cloud
from infra.errors import BadStage, StackBusy, StackFailed, StackHidden, StackMissing

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.literals import CapabilityType
    from mypy_boto3_cloudformation.type_defs import ChangeTypeDef, StackEventTypeDef, StackTypeDef

_DENIED = {"AccessDenied", "AccessDeniedException"}
_CAPABILITIES: tuple["CapabilityType", ...] = ("CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND")
API_STAGE = "api"
"""What the API's own stage is called in API Gateway, whatever the stage of the stack."""
_STAGE = re.compile(r"[a-z][a-z0-9]{0,11}")
_EMPTY = ("didn't contain changes", "No updates are to be performed")
_UNMADE = {"REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED"}
"""What a stack that never came to be is left in: it holds nothing, and only deleting it helps."""
_PATIENCE_S = 3600
_SHOWN_FAILURES = 5

Report = Callable[[str], None]


def name_stack(stage: str) -> str:
    """Name the stack of a stage. Raises BadStage."""
    if not _STAGE.fullmatch(stage):
        raise BadStage(stage=stage)
    return f"interlock-{stage}"


@dataclass(frozen=True, slots=True)
class Change:
    """One resource that a deployment would add, modify or remove."""

    action: str
    logical_id: str
    kind: str
    replacement: bool
    physical_id: str = ""
    """What AWS calls it: a function's name, a machine's ARN; empty for what is added."""


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """A change set that is ready: `changes` is empty when the stack is as the template says."""

    stack: str
    name: str
    creates: bool
    changes: tuple[Change, ...]


def prepare_changes(cloud: Cloud, stack: str, template_url: str) -> ChangeSet:
    """Make a change set for the template. Raises StackFailed with the reason if AWS refuses it."""
    creates = _clear_unmade(cloud, stack)
    name = f"interlock-{uuid4().hex}"
    cloud.cloudformation.create_change_set(
        StackName=stack,
        ChangeSetName=name,
        ChangeSetType="CREATE" if creates else "UPDATE",
        TemplateURL=template_url,
        Capabilities=list(_CAPABILITIES),
    )
    status, reason = _await_change_set(cloud, stack, name)
    if status == "FAILED" and not any(text in reason for text in _EMPTY):
        discard_changes(cloud, ChangeSet(stack, name, creates, ()))
        raise StackFailed(stack=stack, status="a refused change set", cause=reason)
    return ChangeSet(stack, name, creates, tuple(_list_changes(cloud, stack, name)))


def discard_changes(cloud: Cloud, prepared: ChangeSet) -> None:
    """Remove a change set that is not to be executed, and the empty stack that came with a first one."""
    cloud.cloudformation.delete_change_set(ChangeSetName=prepared.name, StackName=prepared.stack)
    if prepared.creates:
        cloud.cloudformation.delete_stack(StackName=prepared.stack)


def execute_changes(cloud: Cloud, prepared: ChangeSet, report: Report) -> None:
    """Execute a change set and wait, reporting each resource as it ends. Raises StackFailed with the first causes."""
    stack_id = read_stack(cloud, prepared.stack)["StackId"]
    seen: set[str] = set()
    _new_events(cloud, stack_id, seen)
    cloud.cloudformation.execute_change_set(ChangeSetName=prepared.name, StackName=prepared.stack)
    failures: list[str] = []

    def look() -> str:
        for event in _new_events(cloud, stack_id, seen):
            line = _describe_event(event)
            report(line)
            failures.extend([line] if _is_failure(event) else [])
        return read_stack(cloud, stack_id)["StackStatus"]

    status = _poll(cloud)(look)
    if status not in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
        cause = "; ".join(failures[:_SHOWN_FAILURES]) or "no event says why"
        raise StackFailed(stack=prepared.stack, status=status, cause=cause)


def read_outputs(cloud: Cloud, stack: str) -> dict[str, str]:
    """Give a stack's outputs. Raises StackMissing and StackHidden."""
    return {one["OutputKey"]: one["OutputValue"] for one in read_stack(cloud, stack).get("Outputs", [])}


def read_stack(cloud: Cloud, stack: str) -> "StackTypeDef":
    """Give a stack's description. Raises StackMissing and StackHidden."""
    found = _find_stack(cloud, stack)
    if found is None:
        raise StackMissing(stack=stack)
    return found


def _find_stack(cloud: Cloud, stack: str) -> "StackTypeDef | None":
    try:
        return cloud.cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ValidationError":
            return None
        if error.response["Error"]["Code"] in _DENIED:
            raise StackHidden(stack=stack) from error
        raise


def _clear_unmade(cloud: Cloud, stack: str) -> bool:
    """Whether the stack is still to be created, after removing one whose creation failed. Raises StackBusy."""
    found = _find_stack(cloud, stack)
    if found is None:
        return True
    status = found["StackStatus"]
    if status not in _UNMADE:
        if status.endswith("_IN_PROGRESS"):
            raise StackBusy(stack=stack, status=status)
        return False
    cloud.cloudformation.delete_stack(StackName=stack)
    stack_id = found["StackId"]
    _poll(cloud)(lambda: read_stack(cloud, stack_id)["StackStatus"])
    return True


def _poll(cloud: Cloud) -> Retrying:
    """Ask again while the answer is IN_PROGRESS: soon at first, then every few seconds; AWS takes a minute or two."""
    longest = 0.2 if cloud.local else 4
    return Retrying(
        retry=retry_if_result(lambda status: str(status).endswith("_IN_PROGRESS")),
        wait=wait_exponential(multiplier=0.05, max=longest),
        stop=stop_after_delay(_PATIENCE_S),
    )


def _await_change_set(cloud: Cloud, stack: str, name: str) -> tuple[str, str]:
    def look() -> str:
        status: str = cloud.cloudformation.describe_change_set(ChangeSetName=name, StackName=stack)["Status"]
        return "CREATE_IN_PROGRESS" if status == "CREATE_PENDING" else status

    status = _poll(cloud)(look)
    found = cloud.cloudformation.describe_change_set(ChangeSetName=name, StackName=stack)
    return status, found.get("StatusReason", "")


def _list_changes(cloud: Cloud, stack: str, name: str) -> Iterator[Change]:
    token: dict[str, str] = {}
    while True:
        page = cloud.cloudformation.describe_change_set(ChangeSetName=name, StackName=stack, **token)  # type: ignore[arg-type]
        yield from (_read_change(one) for one in page["Changes"])
        if not page.get("NextToken"):
            return
        token = {"NextToken": page["NextToken"]}


def _read_change(change: "ChangeTypeDef") -> Change:
    resource = change["ResourceChange"]
    return Change(
        action=resource["Action"],
        logical_id=resource["LogicalResourceId"],
        kind=resource["ResourceType"],
        replacement=resource.get("Replacement") == "True",
        physical_id=resource.get("PhysicalResourceId", ""),
    )


def _new_events(cloud: Cloud, stack_id: str, seen: set[str]) -> list["StackEventTypeDef"]:
    """Give the events that ended something since the last look, oldest first, and note them as seen."""
    pages = cloud.cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack_id)
    newest_first = (event for page in pages for event in page["StackEvents"])
    fresh = list(takewhile(lambda event: event["EventId"] not in seen, newest_first))
    seen.update(event["EventId"] for event in fresh)
    return [event for event in reversed(fresh) if not event["ResourceStatus"].endswith("_IN_PROGRESS")]


def _is_failure(event: "StackEventTypeDef") -> bool:
    return event["ResourceStatus"].endswith("_FAILED") and "cancelled" not in event.get("ResourceStatusReason", "")


def _describe_event(event: "StackEventTypeDef") -> str:
    reason = event.get("ResourceStatusReason")
    line = f"{event['ResourceStatus']} {event['ResourceType']} {event['LogicalResourceId']}"
    return f"{line}: {reason}" if reason and event["ResourceStatus"].endswith("_FAILED") else line
