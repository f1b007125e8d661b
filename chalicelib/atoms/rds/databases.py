"""What the RDS atoms share: how a database is named, found, and turned into an object.

A cluster and an instance are both `db/<identifier>`; where one has both names alike, one lock covers both.
"""

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from chalicelib.atoms.contract import Change
from chalicelib.atoms.errors import NotFound

if TYPE_CHECKING:
    from mypy_boto3_rds import RDSClient
    from mypy_boto3_rds.type_defs import DBClusterTypeDef, DBInstanceTypeDef

Identifier = Annotated[str, Field(pattern="^[A-Za-z][A-Za-z0-9-]{0,62}$", description="Identifier of the database")]

CLUSTERS = "arn:${partition}:rds:${region}:${account}:cluster:*"
INSTANCES = "arn:${partition}:rds:${region}:${account}:db:*"
CLUSTER_SNAPSHOTS = "arn:${partition}:rds:${region}:${account}:cluster-snapshot:interlock-*"
INSTANCE_SNAPSHOTS = "arn:${partition}:rds:${region}:${account}:snapshot:interlock-*"


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


def database_change(identifier: str, status: str, writer: str | None = None) -> Change:
    """Give the observed status, as RDS names it."""
    return Change(f"db/{identifier}", status, {"writer": writer} if writer else {})
