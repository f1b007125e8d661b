"""What the ECS atoms share: how a service is named, found, and turned into an object.

The object is `ecs_service/<cluster>:<service>`: `stable` when its one deployment has all its tasks, else `deploying`.
"""

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from chalicelib.atoms.contract import AtomInput, Change, Permission
from chalicelib.atoms.errors import NotFound

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_ecs.type_defs import DeploymentTypeDef, ServiceTypeDef

Name = Annotated[str, Field(pattern="^[A-Za-z0-9_-]{1,255}$")]

SERVICES = "arn:${partition}:ecs:${region}:${account}:service/*/*"
LOOK = Permission(("ecs:DescribeServices",), SERVICES)
UPDATE = Permission(("ecs:UpdateService",), SERVICES)


class ServiceInput(AtomInput):
    """One service of one cluster."""

    cluster: Name = Field(description="Name of the cluster")
    service: Name = Field(description="Name of the service")


def fetch_service(client: "ECSClient", given: ServiceInput) -> "ServiceTypeDef":
    """Describe one service. Raises NotFound for one that is not there or was deleted."""
    for found in client.describe_services(cluster=given.cluster, services=[given.service])["services"]:
        if found.get("status") != "INACTIVE":
            return found
    raise NotFound(cause=f"there is no ECS service {given.service} in {given.cluster}")


def primary(service: "ServiceTypeDef") -> "DeploymentTypeDef":
    """Give the deployment that the service is going to, or has gone to."""
    for deployment in service.get("deployments", []):
        if deployment.get("status") == "PRIMARY":
            return deployment
    return {}


def is_deploying(service: "ServiceTypeDef") -> bool:
    """Whether a deployment is under way, by ECS's own word or because an older one still has its tasks."""
    return len(service.get("deployments", [])) > 1 or primary(service).get("rolloutState") == "IN_PROGRESS"


def is_stable(service: "ServiceTypeDef") -> bool:
    """Whether there is one deployment and as many tasks run as are desired."""
    return not is_deploying(service) and service["runningCount"] == service["desiredCount"]


def service_change(given: ServiceInput, service: "ServiceTypeDef") -> Change:
    """Give what a description says of a service."""
    labels = {
        "cluster": given.cluster,
        "ecs_service": given.service,
        "desired": str(service["desiredCount"]),
        "running": str(service["runningCount"]),
        "task_definition": short_revision(service["taskDefinition"]),
    }
    state = "stable" if is_stable(service) else "deploying"
    return Change(f"ecs_service/{given.cluster}:{given.service}", state, labels)


def short_revision(arn: str) -> str:
    """Give `family:7` of a task definition's ARN."""
    return arn.rpartition("/")[2]
