"""What could not be delivered: metrics of the last day, and the queues that catch it."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from infra.doctor.finding import Finding, Level, Patient, judge

_DAY = timedelta(days=1)
_OLD_S = 15 * 60 + 120
"""SQS delays a message 15 minutes at most: an older one was not handled."""
_LATE_S = 10 * 60
"""A throttled start that waits this long was queued again by reconcile, at least once."""
CORE_FUNCTIONS = ("FunctionDecide", "FunctionSettle", "FunctionReconcile", "FunctionStart", "FunctionPublish")


def check_metrics(patient: Patient) -> Iterator[Finding]:
    """Sum up what EventBridge could not deliver and what the core functions failed at in the last day."""
    rules = _list_rules(patient)
    asked: list[tuple[str, str, str, dict[str, str]]] = []
    for rule in rules:
        asked += [
            (f"{rule}: not delivered", "AWS/Events", "FailedInvocations", {"RuleName": rule}),
            (f"{rule}: sent to the dead queue", "AWS/Events", "InvocationsSentToDlq", {"RuleName": rule}),
        ]
    for output in CORE_FUNCTIONS:
        name = patient.outputs[output]
        asked += [
            (f"{name}: errors", "AWS/Lambda", "Errors", {"FunctionName": name}),
            (f"{name}: throttled", "AWS/Lambda", "Throttles", {"FunctionName": name}),
        ]
    sums = sum_up(patient, asked)
    bad = {name: count for name, count in sums.items() if count}
    if not bad:
        yield Finding(
            Level.OK,
            "deliveries",
            f"nothing failed in the last day at {len(rules)} rules and {len(CORE_FUNCTIONS)} functions",
        )
    for name, count in bad.items():
        yield Finding(
            Level.WARN, "deliveries", f"{name}: {count:g} in the last day", f"read the log: /aws/lambda/interlock-{patient.stage}-…"
        )  # fmt: skip


def check_queues(patient: Patient) -> Iterator[Finding]:
    """Look into the queue where what failed for good ends up, and at the ages of held releases and of throttled starts."""
    sqs = patient.cloud.client("sqs")
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    dead = sqs.get_queue_attributes(QueueUrl=patient.outputs["DeadQueueUrl"], AttributeNames=names)["Attributes"]
    count = sum(int(dead.get(name, 0)) for name in names)
    advice = (
        f"read them: aws sqs receive-message --queue-url {patient.outputs['DeadQueueUrl']}; they go after two weeks"
    )
    yield judge("dead queue", f"{count} message(s)", good=count == 0, advice=advice)
    found, oldest = _look_into(patient, "HoldQueueUrl", "to be handled")
    advice = "settle does not take them: read its log"
    yield judge("hold queue", found, good=oldest < _OLD_S, advice=advice)
    found, oldest = _look_into(patient, "StartQueueUrl", "throttled, to be started")
    advice = "ask for more starts a second of Step Functions in Service Quotas, or read the log of the function start"
    yield judge("start queue", found, good=oldest < _LATE_S, advice=advice, otherwise=Level.WARN)


def _list_rules(patient: Patient) -> list[str]:
    pages = patient.cloud.cloudformation.get_paginator("list_stack_resources").paginate(
        StackName=f"interlock-{patient.stage}"
    )
    return [
        one["PhysicalResourceId"].rpartition("|")[2].rpartition("/")[2]
        for page in pages
        for one in page["StackResourceSummaries"]
        if one["ResourceType"] == "AWS::Events::Rule"
    ]


def _look_into(patient: Patient, output: str, what: str) -> tuple[str, float]:
    """Say how many messages wait in a queue, and for how many seconds the oldest has."""
    url, name = patient.outputs[output], "ApproximateNumberOfMessages"
    waiting = patient.cloud.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"]
    asked = [("oldest", "AWS/SQS", "ApproximateAgeOfOldestMessage", {"QueueName": url.rpartition("/")[2]})]
    oldest = sum_up(patient, asked, statistic="Maximum", period=timedelta(minutes=5)).get("oldest", 0)
    return f"{int(waiting.get(name, 0))} {what}" + (f", the oldest for {oldest:g} s" if oldest else ""), oldest


def sum_up(
    patient: Patient,
    asked: list[tuple[str, str, str, dict[str, str]]],
    statistic: str = "Sum",
    period: timedelta = _DAY,
) -> dict[str, float]:
    """Ask CloudWatch for (label, namespace, metric, dimensions) over one period that ends now; give value by label."""
    queries: list[dict[str, Any]] = [
        {
            "Id": f"m{index}",
            "Label": label,
            "MetricStat": {
                "Metric": {
                    "Namespace": namespace,
                    "MetricName": metric,
                    "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
                },
                "Period": int(period.total_seconds()),
                "Stat": statistic,
            },
        }
        for index, (label, namespace, metric, dimensions) in enumerate(asked)
    ]
    answer = patient.cloud.client("cloudwatch").get_metric_data(
        MetricDataQueries=queries, StartTime=patient.now - period, EndTime=patient.now
    )
    labels = {f"m{index}": label for index, (label, *_) in enumerate(asked)}
    return {labels[one["Id"]]: sum(one["Values"]) for one in answer["MetricDataResults"]}
