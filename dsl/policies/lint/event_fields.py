"""Which fields the detail of an event has, by source and detail type: after AWS's documentation and the corpus.

A name with a dot is a field inside another, lists are looked through, and `name.*` has fields of any name. A type that is
not listed is not known, and nothing is said of its fields. A test holds every event of `tests/corpus/events` against it.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_ALARM_STATE = (
    "value",
    "reason",
    "reasonData",
    "timestamp",
    "actionsSuppressedBy",
    "actionsSuppressedReason",
    "evaluationState",
)
_ACTIVITY = (
    "StatusCode", "Description", "AutoScalingGroupName", "ActivityId", "Details.*", "RequestId", "StatusMessage",
    "EndTime", "EC2InstanceId", "StartTime", "Cause", "Origin", "Destination",
)  # fmt: skip
_LIFECYCLE = (
    "LifecycleActionToken", "AutoScalingGroupName", "LifecycleHookName", "EC2InstanceId", "LifecycleTransition",
    "NotificationMetadata", "Origin", "Destination",
)  # fmt: skip
_RDS = ("EventCategories", "SourceType", "SourceArn", "Date", "SourceIdentifier", "Message", "EventID", "Tags.*")
_ACM = (
    "CertificateArn", "CertificateType", "CertificateCreatedDate", "CertificateExpirationDate", "CommonName",
    "DomainName", "DomainValidationMethod", "DaysToExpiry", "InUse", "Exported", "Action",
)  # fmt: skip
_TRANSITION = ("id", "from", "to", "at", "reason", "by", "root_id", "hops")
_DISPATCH = (
    *_TRANSITION, "dispatch", "rule", "workflow", "object", "tier", "service", "fence", "freed_by", "outcome", "campaign",
    "batch", "page", "into",
)  # fmt: skip
_TASK = (
    "attachments.id", "attachments.type", "attachments.status", "attachments.details.name", "attachments.details.value",
    "attributes.name", "attributes.value", "availabilityZone", "capacityProviderName", "clusterArn", "connectivity",
    "connectivityAt", "containerInstanceArn", "containers.*", "cpu", "createdAt", "desiredStatus", "enableExecuteCommand",
    "ephemeralStorage.*", "executionStoppedAt", "fargateEphemeralStorage.*", "group", "healthStatus",
    "inferenceAccelerators.*", "lastStatus", "launchType", "memory", "overrides.*", "platformFamily", "platformVersion",
    "pullStartedAt", "pullStoppedAt", "startedAt", "startedBy", "stopCode", "stoppedAt", "stoppedReason", "stoppingAt",
    "tags.*", "taskArn", "taskDefinitionArn", "updatedAt", "version",
)  # fmt: skip
_SERVICE_ACTION = (
    "eventType", "eventName", "clusterArn", "createdAt", "capacityProviderArns", "containerInstanceArns",
    "containerPort", "deploymentId", "desiredCount", "ec2InstanceIds", "reason", "serviceRegistryArns", "targetGroupArns",
    "taskArns", "taskDefinitionArn", "taskSetArns",
)  # fmt: skip

EVENT_FIELDS: Mapping[tuple[str, str], Sequence[str]] = {
    ("aws.ec2", "EC2 Instance State-change Notification"): ("instance-id", "state"),
    ("aws.ec2", "EC2 Spot Instance Interruption Warning"): ("instance-id", "instance-action"),
    ("aws.ec2", "EC2 Instance Rebalance Recommendation"): ("instance-id",),
    ("aws.cloudwatch", "CloudWatch Alarm State Change"): (
        "alarmName",
        *(f"state.{name}" for name in _ALARM_STATE),
        *(f"previousState.{name}" for name in _ALARM_STATE),
        "operation",
        "configuration.alarmName",
        "configuration.description",
        "configuration.alarmRule",
        "configuration.actionsSuppressor",
        "configuration.actionsSuppressorWaitPeriod",
        "configuration.actionsSuppressorExtensionPeriod",
        *(f"configuration.metrics.{name}" for name in ("id", "expression", "label", "returnData", "accountId", "period")),
        *(f"configuration.metrics.metricStat.{name}" for name in ("period", "stat", "unit")),
        *(f"configuration.metrics.metricStat.metric.{name}" for name in ("namespace", "name", "dimensions.*")),
        "muteDetail.*",
    ),
    **{
        ("aws.autoscaling", f"EC2 Instance {what}"): _ACTIVITY
        for what in ("Launch Successful", "Launch Unsuccessful", "Terminate Successful", "Terminate Unsuccessful")
    },
    ("aws.autoscaling", "EC2 Instance-launch Lifecycle Action"): _LIFECYCLE,
    ("aws.autoscaling", "EC2 Instance-terminate Lifecycle Action"): _LIFECYCLE,
    ("aws.ecs", "ECS Task State Change"): _TASK,
    ("aws.ecs", "ECS Service Action"): _SERVICE_ACTION,
    ("aws.ecs", "ECS Deployment State Change"): ("eventType", "eventName", "deploymentId", "updatedAt", "reason"),
    ("aws.health", "AWS Health Event"): (
        "eventArn", "service", "eventTypeCode", "eventTypeCategory", "eventScopeCode", "communicationId", "startTime",
        "endTime", "lastUpdatedTime", "statusCode", "eventRegion", "eventDescription.language",
        "eventDescription.latestDescription", "eventMetadata.*", "affectedEntities.entityValue", "affectedEntities.status",
        "affectedEntities.lastUpdatedTime", "affectedEntities.entityArn", "affectedEntities.entityUrl",
        "affectedEntities.entityMetadata.*", "affectedEntities.tags.*", "affectedAccount", "page", "totalPages",
        "backupEvent", "actionability", "personas",
    ),
    ("aws.acm", "ACM Certificate Approaching Expiration"): _ACM,
    ("aws.acm", "ACM Certificate Expired"): _ACM,
    ("aws.acm", "ACM Certificate Available"): _ACM,
    ("aws.acm", "ACM Certificate Renewal Action Required"): _ACM,
    ("aws.acm", "ACM Certificate Revoked"): _ACM,
    ("aws.rds", "RDS DB Instance Event"): _RDS,
    ("aws.rds", "RDS DB Cluster Event"): _RDS,
    ("aws.rds", "RDS DB Snapshot Event"): _RDS,
    ("aws.events", "Scheduled Event"): (),
    ("aws.codedeploy", "CodeDeploy Deployment State-change Notification"): (
        "region", "deploymentId", "instanceGroupId", "deploymentGroup", "state", "application",
    ),
    ("aws.codedeploy", "CodeDeploy Instance State-change Notification"): (
        "instanceId", "region", "state", "application", "deploymentId", "instanceGroupId", "deploymentGroup",
    ),
    ("interlock.schedule", "Schedule Due"): ("rule",),
    ("interlock.inventory", "Inventory Due"): (
        "service", "labels.*", "group", "target_group", "cluster", "ecs_service",
    ),
    **{
        ("interlock", one): _DISPATCH
        for one in ("Dispatch State Changed", "Dispatch Batch Opened", "Dispatch Stuck", "Dispatch Broken")
    },
    ("interlock", "Freeze Changed"): (
        *_TRANSITION, "freeze", "scope.*", "owner", "until", "exempt_tiers", "exempt_intents",
    ),
    ("interlock", "Object State Changed"): (
        "object", "state", "at", "labels.*", "dispatch", "fence", "root_id", "hops",
    ),
}  # fmt: skip
"""By (source, detail type)."""


def find_unknown(fields: Sequence[str], path: Sequence[str]) -> tuple[str, list[str]] | None:
    """Say which part of a path inside the detail does not exist, with the names that do there; None if all of it may."""
    known = [one.split(".") for one in fields]
    for depth, name in enumerate(path):
        here = {one[depth] for one in known if len(one) > depth}
        if "*" in here:
            return None
        if name not in here:
            return name, sorted(here)
        known = [one for one in known if len(one) > depth and one[depth] == name]
    return None


def list_paths(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Give the path of every field of a detail, lists looked through."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield (*path, name)
            yield from list_paths(inner, (*path, name))
    elif isinstance(value, list):
        for inner in value:
            yield from list_paths(inner, path)
