"""Look once whether a database or its snapshot is available; Step Functions' Retry on NotYet does the waiting."""

from typing import TYPE_CHECKING, Literal

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
    INSTANCE_SNAPSHOTS,
    INSTANCES,
    Identifier,
    database_change,
    fetch_cluster,
    fetch_instance,
    find_writer,
)
from chalicelib.catalog.model import Intent

if TYPE_CHECKING:
    from mypy_boto3_rds import RDSClient

_LOST = {
    "deleting",
    "deleted",
    "failed",
    "incompatible-parameters",
    "incompatible-restore",
    "inaccessible-encryption-credentials",
}


class Input(AtomInput):
    """Which database, and what to wait for: that it is available, that a member writes, or that a snapshot is done."""

    database: Identifier
    kind: Literal["cluster", "instance"] = Field(description="Whether the identifier is a cluster's or an instance's")
    writer: Identifier | None = Field(default=None, description="Member of the cluster that must be the writer")
    snapshot_id: Identifier | None = Field(default=None, description="Snapshot that must be available, too")


class Output(AtomOutput):
    """The database, available."""

    database: str
    status: str
    writer: str | None = Field(description="Identifier of the member that writes; null for an instance")


def run(given: Input, context: Context) -> Output:
    """Describe it once. Raises NotYet while it may come, StateUnreachable when it was lost."""
    client: RDSClient = context.clients.get("rds")
    writer: str | None = None
    if given.kind == "cluster":
        cluster = fetch_cluster(client, given.database)
        status, writer = cluster.get("Status", "unknown"), find_writer(cluster)
    else:
        status = fetch_instance(client, given.database).get("DBInstanceStatus", "unknown")
    _require(given.database, status)
    if given.writer is not None and writer != given.writer:
        raise NotYet(cause=f"{given.database} is written by {writer or 'nobody'}, wanted {given.writer}")
    if given.snapshot_id is not None:
        _require(given.snapshot_id, _look_up_snapshot(client, given.kind, given.snapshot_id))
    context.emit(database_change(given.database, status, writer))
    return Output(database=given.database, status=status, writer=writer)


def _require(name: str, status: str) -> None:
    if status in _LOST:
        raise StateUnreachable(cause=f"{name} is {status}")
    if status != "available":
        raise NotYet(cause=f"{name} is {status}")


def _look_up_snapshot(client: "RDSClient", kind: str, snapshot: str) -> str:
    if kind == "cluster":
        for cluster in client.describe_db_cluster_snapshots(DBClusterSnapshotIdentifier=snapshot)["DBClusterSnapshots"]:
            return cluster.get("Status", "creating")
    else:
        for instance in client.describe_db_snapshots(DBSnapshotIdentifier=snapshot)["DBSnapshots"]:
            return instance.get("Status", "creating")
    raise NotFound(cause=f"there is no snapshot {snapshot}")


ATOM = Atom(
    name="rds.wait",
    version=1,
    summary="Succeed once an RDS database is available, with the writer and snapshot asked for; raise NotYet until then.",
    input=Input,
    output=Output,
    intent=Intent.OBSERVE,
    touches=(Touched("db/{database}", Intent.OBSERVE),),
    emits=(STATE_CHANGED,),
    permissions=(
        Permission(("rds:DescribeDBClusters",), CLUSTERS),
        Permission(("rds:DescribeDBInstances",), INSTANCES),
        Permission(("rds:DescribeDBClusterSnapshots",), CLUSTER_SNAPSHOTS),
        Permission(("rds:DescribeDBSnapshots",), INSTANCE_SNAPSHOTS),
    ),
    timeout_s=60,
    effect_timeout_s=0,
    idempotency=Idempotency.NATURAL,
    undo=None,
    errors=(NotYet, StateUnreachable),
    example="""\
- id: moved
  atom: rds.wait
  with: {database: "{% $input.cluster %}", kind: cluster, writer: "{% $input.reader %}"}
  retry: {errors: [NotYet], max: 60, interval: 10s, backoff: 1}
""",
    run=run,
    proof=Proof.MOTO,
)
