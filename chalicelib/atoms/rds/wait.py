"""Look once whether a database cluster is available; Step Functions' Retry on NotYet does the waiting."""

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
from chalicelib.atoms.errors import NotFound, NotYet, StateUnreachable
from chalicelib.atoms.rds.databases import (
    CLUSTER_SNAPSHOTS,
    CLUSTERS,
    Identifier,
    cluster_change,
    fetch_cluster,
    find_writer,
    require_available,
)
from chalicelib.catalog.model import Intent

if TYPE_CHECKING:
    from mypy_boto3_rds import RDSClient


class Input(AtomInput):
    """Which cluster, and what to wait for: that it is available, that a member writes, and that a snapshot is done."""

    database: Identifier = Field(description="Identifier of the cluster")
    writer: Identifier | None = Field(default=None, description="Member of the cluster that must be the writer")
    snapshot_id: Identifier | None = Field(default=None, description="Snapshot that must be available, too")


class Output(AtomOutput):
    """The cluster, available."""

    database: str
    status: str
    writer: str = Field(description="Identifier of the member that writes")


def run(given: Input, context: Context) -> Output:
    """Describe it once. Raises NotYet while it may come, StateUnreachable when it was lost."""
    client: RDSClient = context.clients.get("rds")
    cluster = fetch_cluster(client, given.database)
    status, writer = cluster.get("Status", "unknown"), find_writer(cluster)
    require_available(given.database, status)
    if given.writer is not None and writer != given.writer:
        raise NotYet(cause=f"{given.database} is written by {writer or 'nobody'}, wanted {given.writer}")
    if given.snapshot_id is not None:
        require_available(given.snapshot_id, _look_up_snapshot(client, given.snapshot_id))
    context.emit(cluster_change(given.database, status, writer))
    return Output(database=given.database, status=status, writer=writer)


def _look_up_snapshot(client: "RDSClient", snapshot: str) -> str:
    for found in client.describe_db_cluster_snapshots(DBClusterSnapshotIdentifier=snapshot)["DBClusterSnapshots"]:
        return found.get("Status", "creating")
    raise NotFound(cause=f"there is no snapshot {snapshot}")


ATOM = Atom(
    name="rds.wait",
    version=1,
    summary="Succeed once an RDS cluster is available as asked for; raise NotYet until then.",
    input=Input,
    output=Output,
    intent=Intent.OBSERVE,
    touches=(Touched("db_cluster/{database}", Intent.OBSERVE),),
    emits=(STATE_CHANGED,),
    permissions=(
        Permission(("rds:DescribeDBClusters",), CLUSTERS),
        Permission(("rds:DescribeDBClusterSnapshots",), CLUSTER_SNAPSHOTS),
    ),
    timeout_s=120,
    effect_timeout_s=0,
    idempotency=Idempotency.NATURAL,
    undo=None,
    errors=(NotYet, StateUnreachable),
    example="""\
- id: ready
  atom: rds.wait
  with: {database: "{% $input.database %}", writer: "{% $input.reader %}"}
  retry: {errors: [NotYet], max: 60, interval: 10s, backoff: 1}
""",
    run=run,
    proof=Proof.MOTO,
)
