"""What the RDS atoms share: how a database is named, found, and turned into an object.

A cluster is `db_cluster/<identifier>` and an instance `db/<identifier>`, so that each has a lock of its own.
"""

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from chalicelib.atoms.contract import Change
from chalicelib.atoms.errors import NotFound, NotYet, StateUnreachable
from chalicelib.identity import digest

if TYPE_CHECKING:
    from mypy_boto3_rds import RDSClient
    from mypy_boto3_rds.type_defs import DBClusterTypeDef, DBInstanceTypeDef

Identifier = Annotated[str, Field(pattern="^[A-Za-z][A-Za-z0-9-]{0,62}$", description="Identifier of the database")]

CLUSTERS = "arn:${partition}:rds:${region}:${account}:cluster:*"
INSTANCES = "arn:${partition}:rds:${region}:${account}:db:*"
CLUSTER_SNAPSHOTS = "arn:${partition}:rds:${region}:${account}:cluster-snapshot:interlock-*"
INSTANCE_SNAPSHOTS = "arn:${partition}:rds:${region}:${account}:snapshot:interlock-*"

_LOST = {
    "deleting",
    "deleted",
    "failed",
    "inaccessible-encryption-credentials",
    "incompatible-parameters",
    "incompatible-restore",
}


def fetch_cluster(client: "RDSClient", identifier: str) -> "DBClusterTypeDef":
    """Describe one cluster. Raises NotFound."""
    for found in client.describe_db_clusters(DBClusterIdentifier=identifier)["DBClusters"]:
        return found
    raise NotFound(cause=f"there is no database cluster {identifier}")


def fetch_instance(client: "RDSClient", identifier: str) -> "DBInstanceTypeDef":
    """Describe one instance. Raises NotFound."""
    for found in client.describe_db_instances(DBInstanceIdentifier=identifier)["DBInstances"]:
        return found
    raise NotFound(cause=f"there is no database instance {identifier}")


def find_writer(cluster: "DBClusterTypeDef") -> str:
    """Give the identifier of the member that writes; empty while there is none."""
    for member in cluster.get("DBClusterMembers", []):
        if member.get("IsClusterWriter"):
            return member.get("DBInstanceIdentifier", "")
    return ""


def cluster_change(identifier: str, status: str, writer: str) -> Change:
    """Give the observed status, as RDS names it, and who writes."""
    return Change(f"db_cluster/{identifier}", status, {"writer": writer} if writer else {})


def name_snapshot(key: str) -> str:
    """Name the one snapshot of all attempts of a step."""
    return f"interlock-{digest([key])}"


def require_available(name: str, status: str) -> None:
    """Raise StateUnreachable for what was lost, NotYet for what may still become available."""
    if status in _LOST:
        raise StateUnreachable(cause=f"{name} is {status}")
    if status != "available":
        raise NotYet(cause=f"{name} is {status}")
