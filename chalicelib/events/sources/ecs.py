"""Amazon ECS: the status of tasks, and what is said of services and their deployments."""

from chalicelib.events.contract import Source
from chalicelib.events.model import Event, Observation
from chalicelib.events.observing import find_last, find_text, find_time, see

TASK = "ECS Task State Change"
_OF_SERVICES = ("ECS Service Action", "ECS Deployment State Change")


def observe(event: Event) -> tuple[Observation, ...]:
    """Read `task/<id>` with its last status, or `ecs_service/<cluster>:<service>` with the event's name."""
    if event.type == TASK:
        return _observe_task(event)
    return _observe_service(event) if event.type in _OF_SERVICES else ()


def _observe_task(event: Event) -> tuple[Observation, ...]:
    detail = event.detail
    arn = find_text(detail, "taskArn") or find_text(event.raw, "resources", 0)
    group = find_text(detail, "group") or ""
    labels = {
        "cluster": find_last(find_text(detail, "clusterArn")),
        "ecs_service": group.removeprefix("service:") if group.startswith("service:") else None,
        "zone": find_text(detail, "availabilityZone"),
        "stop_code": find_text(detail, "stopCode"),
    }
    at = find_time(detail, "updatedAt")
    return see(event, "task", find_last(arn), find_text(detail, "lastStatus"), labels, at)


def _observe_service(event: Event) -> tuple[Observation, ...]:
    """The service's ARN ends in `service/<cluster>/<name>`; old ones do not name the cluster and give nothing."""
    *_, kind, cluster, name = ("", "", "", *(find_text(event.raw, "resources", 0) or "").split("/"))
    if not kind.endswith(":service"):
        return ()
    at = find_time(event.detail, "createdAt") or find_time(event.detail, "updatedAt")
    labels = {"cluster": cluster, "ecs_service": name, "deployment": find_text(event.detail, "deploymentId")}
    return see(event, "ecs_service", f"{cluster}:{name}", find_text(event.detail, "eventName"), labels, at)


SOURCE = Source(name="aws.ecs", observe=observe)
