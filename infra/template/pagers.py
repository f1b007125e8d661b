"""A topic for each name that is paged, what brings pages to it, and the alarms about Interlock itself."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from chalicelib.catalog.pagers import Pager, Pagers
from chalicelib.control.pages import PAGE_REQUESTED
from infra.functions import PUBLISH, RECONCILE, Function
from infra.template.ids import make_id
from infra.template.messages import PATIENT, describe_target

Resources = dict[str, Any]

_MINUTE_S = 60
_SILENT_MINUTES = 5
_BEHIND_MINUTES = 5
_FIELDS = ("page", "reason", "rule", "object", "tier", "dispatch")
_TEXT = '"<page>: <reason>"\n"<object>, tier <tier>, rule <rule>"\n"interlock why <dispatch>"'
"""EventBridge sends each line with its quotes; a template without them would have to be JSON."""


class _Metric(NamedTuple):
    """What an alarm looks at, minute by minute."""

    namespace: str
    name: str
    statistic: str
    dimension: str
    of: Any


def describe_pagers(stage: str, pagers: Pagers, core: Iterable[Function]) -> Resources:
    """Give topics, their policies and subscriptions, the rules that fill them, and with `watch` the alarms.

    `core` are the functions of which each failure is told; those of atoms fail as part of workflows, which tell it.
    """
    found: Resources = {}
    for pager in pagers.pagers:
        found |= _describe_pager(stage, pager)
        if pager.name == pagers.watch:
            found |= _describe_alarms(stage, {"Ref": _topic(pager)}, core)
    return found


def list_routes(pagers: Pagers) -> list[str]:
    """Give the logical ids of the EventBridge rules that bring pages to topics."""
    return [_route(one) for one in pagers.pagers]


def list_topics(pagers: Pagers) -> dict[str, dict[str, str]]:
    """Give output name -> ARN of each pager's topic, so that people can be subscribed to it."""
    return {name_output(one): {"Ref": _topic(one)} for one in pagers.pagers}


def name_topic(stage: str, pager: str) -> str:
    """Give the name of a pager's topic."""
    return f"interlock-{stage}-page-{pager}"


def name_output(pager: Pager) -> str:
    """Give the name of the output with the ARN of a pager's topic."""
    return f"{_topic(pager)}Arn"


def _topic(pager: Pager) -> str:
    return make_id("Pager", pager.name)


def _route(pager: Pager) -> str:
    return f"{_topic(pager)}Route"


def _describe_pager(stage: str, pager: Pager) -> Resources:
    name = _topic(pager)
    found: Resources = {
        name: {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": name_topic(stage, pager.name)}},
        f"{name}Policy": {
            "Type": "AWS::SNS::TopicPolicy",
            "Properties": {"Topics": [{"Ref": name}], "PolicyDocument": _let_publish(stage, pager)},
        },
        _route(pager): {"Type": "AWS::Events::Rule", "Properties": _bring_pages(pager)},
    }
    for count, address in enumerate(pager.email, start=1):
        subscription = {"Protocol": "email", "Endpoint": address, "TopicArn": {"Ref": name}}
        found[f"{name}Email{count}"] = {"Type": "AWS::SNS::Subscription", "Properties": subscription}
    return found


def _bring_pages(pager: Pager) -> dict[str, Any]:
    target = describe_target("Topic", {"Ref": _topic(pager)}, PATIENT)
    target["InputTransformer"] = {
        "InputPathsMap": {field: f"$.detail.{field}" for field in _FIELDS},
        "InputTemplate": _TEXT,
    }
    pattern = {"source": ["interlock"], "detail-type": [PAGE_REQUESTED], "detail": {"page": [pager.name]}}
    return {"EventBusName": {"Ref": "Bus"}, "EventPattern": pattern, "State": "ENABLED", "Targets": [target]}


def _let_publish(stage: str, pager: Pager) -> dict[str, Any]:
    alarms = "arn:${AWS::Partition}:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:interlock-" + stage + "-*"
    senders: tuple[tuple[str, str, Any], ...] = (
        ("events", "ArnEquals", {"Fn::GetAtt": [_route(pager), "Arn"]}),
        ("cloudwatch", "ArnLike", {"Fn::Sub": alarms}),
    )
    statements = [
        {
            "Sid": service.title(),
            "Effect": "Allow",
            "Principal": {"Service": f"{service}.amazonaws.com"},
            "Action": "sns:Publish",
            "Resource": {"Ref": _topic(pager)},
            "Condition": {operator: {"aws:SourceArn": source}},
        }
        for service, operator, source in senders
    ]
    return {"Version": "2012-10-17", "Statement": statements}


def _describe_alarms(stage: str, topic: Mapping[str, str], core: Iterable[Function]) -> Resources:
    """Whatever failed for good is a dead letter; a function that fails says so sooner; a missing tick is told nowhere else."""
    dead = _Metric(
        "AWS/SQS", "ApproximateNumberOfMessagesVisible", "Maximum",
        "QueueName", {"Fn::GetAtt": ["DeadQueue", "QueueName"]},
    )  # fmt: skip
    text = "Something failed for good: `interlock dead` and `interlock doctor` say what."
    found = {"WatchDeadLetters": _alarm(f"interlock-{stage}-dead-letters", text, dead, topic)}
    for one in core:
        errors = _Metric("AWS/Lambda", "Errors", "Sum", "FunctionName", {"Ref": one.logical_id})
        text = f"The function {one.name} raised an error: see its log, and `interlock doctor`."
        found[f"Watch{one.logical_id}"] = _alarm(f"interlock-{stage}-{one.name}-fails", text, errors, topic)
        if one.name == RECONCILE:
            found["WatchSilence"] = _describe_silence(stage, errors._replace(name="Invocations"), topic)
        if one.name == PUBLISH:
            age = errors._replace(name="IteratorAge", statistic="Maximum")
            text = f"Transitions are told {_BEHIND_MINUTES} minutes late, and are lost after a day: see `interlock doctor`."
            found["WatchJournal"] = _alarm(f"interlock-{stage}-journal-behind", text, age, topic)
            found["WatchJournal"]["Properties"]["Threshold"] = _BEHIND_MINUTES * _MINUTE_S * 1000
    return found


def _describe_silence(stage: str, ticks: _Metric, topic: Mapping[str, str]) -> dict[str, Any]:
    text = f"Nothing was reconciled for {_SILENT_MINUTES} minutes: is the rule EveryMinute enabled?"
    alarm = _alarm(f"interlock-{stage}-reconcile-silent", text, ticks, topic)
    alarm["Properties"] |= {
        "ComparisonOperator": "LessThanThreshold",
        "Threshold": 1,
        "EvaluationPeriods": _SILENT_MINUTES,
        "TreatMissingData": "breaching",
    }
    return alarm


def _alarm(name: str, description: str, metric: _Metric, topic: Mapping[str, str]) -> dict[str, Any]:
    properties = {
        "AlarmName": name,
        "AlarmDescription": description,
        "Namespace": metric.namespace,
        "MetricName": metric.name,
        "Statistic": metric.statistic,
        "Dimensions": [{"Name": metric.dimension, "Value": metric.of}],
        "Period": _MINUTE_S,
        "EvaluationPeriods": 1,
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": 0,
        "TreatMissingData": "notBreaching",
        "AlarmActions": [topic],
        "OKActions": [topic],
    }
    return {"Type": "AWS::CloudWatch::Alarm", "Properties": properties}
