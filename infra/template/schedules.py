"""Schedules whose event says what is due: it goes to the decision function alone, so that nobody can make it up on a bus."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from chalicelib.catalog.model import Rule, RuleMode, Schedule, Selector, Service
from chalicelib.decision.selectors import ECS_SERVICE, LABELS, describe_selector, list_selectors
from dsl.schedules import INVENTORY, INVENTORY_DUE, UTC_ZONE, write_due, write_rate
from infra import iam

Resources = dict[str, Any]

SCHEDULER_ROLE = "SchedulerRole"
_SCHEDULED = "<aws.scheduler.scheduled-time>"
_ENVELOPE = ("id", "time", "account", "region")


def list_inventories(services: Sequence[Service], every_s: int) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Give (name, what to ask EventBridge for, the event's template) for each selector of each service."""
    selected = [(service, one) for service in services for one in list_selectors(service)] if every_s else []
    for number, (service, selector) in enumerate(selected, start=1):
        description = f"Inventory of {service.name}: {describe_selector(selector)}"[:512]
        detail = {"service": service.name, **_write_selector(selector)}
        text = write_event(INVENTORY, INVENTORY_DUE, detail)
        yield f"Inventory{number}", {"ScheduleExpression": write_rate(every_s), "Description": description}, text


def list_clocks(rules: Sequence[Rule]) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Give the same for each rule that decides at times of UTC, or every so often."""
    for number, (rule, schedule) in enumerate(_list_scheduled(rules, utc=True), start=1):
        asked = {"ScheduleExpression": schedule.expression, "Description": f"Rule {rule}"}
        text = json.dumps(write_due(rule, "<time>")).replace('"<time>"', "<time>")
        yield f"Clock{number}", asked, text


def describe_schedules(rules: Sequence[Rule], retry: dict[str, int]) -> Resources:
    """Give a schedule of EventBridge Scheduler for each rule that decides by the clocks of some other zone.

    EventBridge's rules know UTC only. Scheduler writes the time that was due into the event.
    """
    found: Resources = {}
    for number, (rule, schedule) in enumerate(_list_scheduled(rules, utc=False), start=1):
        target = {
            "Arn": {"Fn::GetAtt": ["Decide", "Arn"]},
            "RoleArn": {"Fn::GetAtt": [SCHEDULER_ROLE, "Arn"]},
            "Input": json.dumps(write_due(rule, _SCHEDULED)),
            "RetryPolicy": retry,
            "DeadLetterConfig": {"Arn": {"Fn::GetAtt": ["DeadQueue", "Arn"]}},
        }
        properties = {
            "ScheduleExpression": schedule.expression,
            "ScheduleExpressionTimezone": schedule.timezone,
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "State": "ENABLED",
            "Description": f"Rule {rule}",
            "Target": target,
        }
        found[f"Schedule{number}"] = {"Type": "AWS::Scheduler::Schedule", "Properties": properties}
    return {**found, SCHEDULER_ROLE: _describe_role()} if found else {}


def _list_scheduled(rules: Sequence[Rule], *, utc: bool) -> list[tuple[str, Schedule]]:
    scheduled = [
        (one.name, one.schedule) for one in rules if one.schedule is not None and one.mode is not RuleMode.DISABLED
    ]
    return [(name, schedule) for name, schedule in scheduled if (schedule.timezone == UTC_ZONE) is utc]


def _describe_role() -> dict[str, Any]:
    """Scheduler calls the decision function and buries what it could not deliver, for schedules of this account only."""
    statements = [
        {"Sid": "Decide", "Effect": "Allow", "Action": ["lambda:InvokeFunction"],
         "Resource": [{"Fn::GetAtt": ["Decide", "Arn"]}]},
        {"Sid": "Undelivered", "Effect": "Allow", "Action": ["sqs:SendMessage"],
         "Resource": [{"Fn::GetAtt": ["DeadQueue", "Arn"]}]},
    ]  # fmt: skip
    document = {"Version": "2012-10-17", "Statement": statements}
    properties = {
        "AssumeRolePolicyDocument": iam.trust_service("scheduler.amazonaws.com"),
        "Policies": [{"PolicyName": "deliver", "PolicyDocument": document}],
    }
    return {"Type": "AWS::IAM::Role", "Properties": properties}


def write_event(source: str, kind: str, detail: dict[str, Any]) -> str:
    """Write the event with EventBridge's own id, time and place in it; it puts the quotes around them."""
    said = {"version": "0", "id": "<id>", "source": source, "detail-type": kind, "time": "<time>",
            "account": "<account>", "region": "<region>", "resources": [], "detail": detail}  # fmt: skip
    text = json.dumps(said)
    for name in _ENVELOPE:
        text = text.replace(f'"<{name}>"', f"<{name}>")
    return text


def transform(template: str) -> dict[str, Any]:
    """Give the input transformer of a target."""
    used = [name for name in _ENVELOPE if f"<{name}>" in template]
    return {"InputPathsMap": {name: f"$.{name}" for name in used}, "InputTemplate": template}


def _write_selector(selector: Selector) -> dict[str, Any]:
    if selector.kind == LABELS:
        return {"labels": dict(selector.labels)}
    if selector.kind == ECS_SERVICE:
        return {"cluster": selector.cluster, ECS_SERVICE: selector.name, "labels": dict(selector.labels)}
    return {selector.kind: selector.name}
