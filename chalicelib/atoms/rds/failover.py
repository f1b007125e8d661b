"""Make another member of a cluster the writer."""

from typing import TYPE_CHECKING

from pydantic import Field

from chalicelib.atoms.contract import (
    STATE_CHANGED,
    Atom,
    AtomInput,
    AtomOutput,
    Context,
    Idempotency,
    Permission,
    Proof,
    Touched,
)
from chalicelib.atoms.errors import NotFound
from chalicelib.atoms.rds.databases import CLUSTERS, INSTANCES, Identifier, cluster_change, fetch_cluster, find_writer
from chalicelib.catalog.model import Intent

if TYPE_CHECKING:
    from mypy_boto3_rds import RDSClient

_FAILING_OVER = "failing-over"


class Input(AtomInput):
    """Which cluster, and who shall write. The target must be named: a repeat would else fail over once more."""

    database: Identifier = Field(description="Identifier of the cluster")
    target: Identifier = Field(description="Identifier of the member that shall be the writer")


class Output(AtomOutput):
    """Who wrote; rds.wait with `writer` waits until the target does."""

    database: str
    previous_writer: str = Field(description="The writer before the call, which is what an undo gives back")
    status: str = Field(description="Status of the cluster after the call, as RDS names it")
    requested: bool = Field(description="Whether this call began it; false if the target writes or one is under way")


def run(given: Input, context: Context) -> Output:
    """Fail over unless the target writes already or a failover is under way, and look again."""
    client: RDSClient = context.clients.get("rds")
    cluster = fetch_cluster(client, given.database)
    writer = find_writer(cluster)
    members = {one.get("DBInstanceIdentifier") for one in cluster.get("DBClusterMembers", [])}
    if given.target not in members:
        raise NotFound(cause=f"{given.target} is no member of {given.database}")
    requested = writer != given.target and cluster.get("Status") != _FAILING_OVER
    if requested:
        client.failover_db_cluster(DBClusterIdentifier=given.database, TargetDBInstanceIdentifier=given.target)
        cluster = fetch_cluster(client, given.database)
    status = cluster.get("Status", "unknown")
    context.emit(cluster_change(given.database, status, find_writer(cluster)))
    return Output(database=given.database, previous_writer=writer, status=status, requested=requested)


ATOM = Atom(
    name="rds.failover",
    version=1,
    summary="Make a named member of an RDS cluster its writer; connections break for some seconds.",
    input=Input,
    output=Output,
    intent=Intent.DISRUPT,
    touches=(Touched("db_cluster/{database}", Intent.DISRUPT),),
    emits=(STATE_CHANGED,),
    permissions=(
        Permission(("rds:DescribeDBClusters", "rds:FailoverDBCluster"), CLUSTERS),
        Permission(("rds:FailoverDBCluster",), INSTANCES),
    ),
    timeout_s=60,
    # A failover takes a minute or two, and RDS may take longer over a large cluster.
    effect_timeout_s=600,
    idempotency=Idempotency.CHECK_FIRST,
    undo="rds.failover",
    errors=(),
    example="""\
- id: move
  atom: rds.failover
  with: {database: "{% $input.cluster %}", target: "{% $input.reader %}"}
  undo:
    atom: rds.failover
    with: {database: "{% $input.cluster %}", target: "{% $input.writer %}"}
""",
    run=run,
    proof=Proof.STUBBER,
)
