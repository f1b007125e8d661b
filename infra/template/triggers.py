"""What invokes the functions: EventBridge rules, the minute tick, the hold queue. Nothing of it is Chalice's."""

from collections.abc import Iterable, Sequence
from typing import Any

from chalicelib.catalog.model import Rule, Service, Sources
from infra.template.messages import PATIENT, describe_dead_letter_policy, describe_target
from infra.template.routes import route_default_bus, route_other_bus, route_own_bus
from infra.template.schedules import describe_schedules, list_clocks, list_inventories, transform
from infra.template.stream import describe_stream
from infra.template.subscriptions import allow_topics, describe_subscriptions

Resources = dict[str, Any]

_TICK = {"MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": 60}
"""A tick that was missed is made good by the next one."""
_HOLD_BATCH = 10
NO_SOURCES = Sources()


def describe_triggers(
    stage: str,
    rules: Sequence[Rule],
    sources: Sources = NO_SOURCES,
    services: Sequence[Service] = (),
    routes: Sequence[str] = (),
) -> Resources:
    """Give every rule with its permission, the queue's mapping, and where failed asynchronous calls go.

    `routes` are the logical ids of rules described elsewhere whose undelivered events are dead letters, too.
    """
    triggers = {
        **_route_rules("EventRoute", route_default_bus(rules), {}),
        **_route_rules("OwnRoute", route_own_bus(rules), {"EventBusName": {"Ref": "Bus"}}),
        **_route_buses(rules, sources.buses),
        **_hang_clocks(list_inventories(services, sources.inventory_s), _TICK),
        **_hang_clocks(list_clocks(rules), PATIENT),
        "ExecutionEnded": _rule("Settle", {"EventPattern": _execution_pattern(stage)}, PATIENT),
        "EveryMinute": _rule("Reconcile", {"ScheduleExpression": "rate(1 minute)"}, _TICK),
    }
    permissions = {f"{rule_id}Permission": _permit(rule_id, rule) for rule_id, rule in triggers.items()}
    return {
        **triggers,
        **permissions,
        **describe_dead_letter_policy((*triggers, *routes), allow_topics(sources.topics)),
        **describe_subscriptions(sources),
        **describe_schedules(rules, PATIENT),
        "HeldReleases": _map_hold_queue(),
        **describe_stream(),
        **{f"{one}Failures": _keep_failures(one) for one in ("Decide", "Settle", "Reconcile")},
    }


def _hang_clocks(clocks: Iterable[tuple[str, dict[str, Any], str]], retry: dict[str, int]) -> Resources:
    found: Resources = {}
    for name, asked, template in clocks:
        found[name] = _rule("Decide", asked, retry)
        found[name]["Properties"]["Targets"][0]["InputTransformer"] = transform(template)
    return found


def _route_buses(rules: Sequence[Rule], buses: Sequence[str]) -> Resources:
    patterns = route_other_bus(rules)
    found: Resources = {}
    for number, bus in enumerate(buses, start=1):
        found |= _route_rules(f"Bus{number}Route", patterns, {"EventBusName": bus})
    return found


def _route_rules(prefix: str, patterns: Sequence[dict[str, Any]], extra: dict[str, Any]) -> Resources:
    return {
        f"{prefix}{index}": _rule("Decide", {"EventPattern": pattern, **extra}, PATIENT)
        for index, pattern in enumerate(patterns, start=1)
    }


def _rule(function_id: str, properties: dict[str, Any], retry: dict[str, int]) -> dict[str, Any]:
    target = describe_target(function_id, {"Fn::GetAtt": [function_id, "Arn"]}, retry)
    return {"Type": "AWS::Events::Rule", "Properties": {**properties, "State": "ENABLED", "Targets": [target]}}


def _execution_pattern(stage: str) -> dict[str, Any]:
    machines = "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:stateMachine:interlock-" + stage + "-"
    return {
        "source": ["aws.states"],
        "detail-type": ["Step Functions Execution Status Change"],
        "detail": {"stateMachineArn": [{"prefix": {"Fn::Sub": machines}}]},
    }


def _permit(rule_id: str, rule: dict[str, Any]) -> dict[str, Any]:
    properties = {
        "Action": "lambda:InvokeFunction",
        "FunctionName": {"Ref": rule["Properties"]["Targets"][0]["Id"]},
        "Principal": "events.amazonaws.com",
        "SourceArn": {"Fn::GetAtt": [rule_id, "Arn"]},
    }
    return {"Type": "AWS::Lambda::Permission", "Properties": properties}


def _map_hold_queue() -> dict[str, Any]:
    properties = {
        "EventSourceArn": {"Fn::GetAtt": ["HoldQueue", "Arn"]},
        "FunctionName": {"Ref": "Settle"},
        "BatchSize": _HOLD_BATCH,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
    }
    return {"Type": "AWS::Lambda::EventSourceMapping", "Properties": properties}


def _keep_failures(function_id: str) -> dict[str, Any]:
    properties = {
        "FunctionName": {"Ref": function_id},
        "Qualifier": "$LATEST",
        "MaximumRetryAttempts": 2,
        "DestinationConfig": {"OnFailure": {"Destination": {"Fn::GetAtt": ["DeadQueue", "Arn"]}}},
    }
    return {"Type": "AWS::Lambda::EventInvokeConfig", "Properties": properties}
