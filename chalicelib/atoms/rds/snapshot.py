"""Begin a snapshot of a database."""

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from chalicelib.atoms.contract import Atom, AtomInput, AtomOutput, Context, Idempotency, Permission, Proof, Touched
from chalicelib.atoms.rds.databases import CLUSTER_SNAPSHOTS, CLUSTERS, INSTANCE_SNAPSHOTS, INSTANCES, Identifier
from chalicelib.catalog.model import Intent
from chalicelib.identity import digest

if TYPE_CHECKING:
    from mypy_boto3_rds import RDSClient


class Input(AtomInput):
    """Which database to take a snapshot of."""

    database: Identifier
    kind: Literal["cluster", "instance"] = Field(description="Whether the identifier is a cluster's or an instance's")


class Output(AtomOutput):
    """The snapshot, which is not finished yet: rds.wait waits for it."""

    database: str
    snapshot_id: str = Field(description="`interlock-` and a hash that is the same for every attempt of the step")
    status: str = Field(description="As RDS names it: creating, then available")
    started: bool = Field(description="Whether this call began it; false when an earlier attempt had")


def run(given: Input, context: Context) -> Output:
    """Begin it under a name that follows from the idempotency key, unless a snapshot of that name is there."""
    client: RDSClient = context.clients.get("rds")
    snapshot = f"interlock-{digest([context.idempotency_key])}"
    status = _find_status(client, given, snapshot)
    started = status is None
    if status is None:
        status = _begin(client, given, snapshot)
    return Output(database=given.database, snapshot_id=snapshot, status=status, started=started)


def _find_status(client: "RDSClient", given: Input, snapshot: str) -> str | None:
    """Ask for the database's snapshots, not for the one: RDS answers a question for one that is not there with an error."""
    if given.kind == "cluster":
        pages = client.get_paginator("describe_db_cluster_snapshots").paginate(
            DBClusterIdentifier=given.database, SnapshotType="manual"
        )
        for page in pages:
            for cluster in page["DBClusterSnapshots"]:
                if cluster.get("DBClusterSnapshotIdentifier") == snapshot:
                    return cluster.get("Status", "creating")
        return None
    for instances in client.get_paginator("describe_db_snapshots").paginate(
        DBInstanceIdentifier=given.database, SnapshotType="manual"
    ):
        for instance in instances["DBSnapshots"]:
            if instance.get("DBSnapshotIdentifier") == snapshot:
                return instance.get("Status", "creating")
    return None


def _begin(client: "RDSClient", given: Input, snapshot: str) -> str:
    if given.kind == "cluster":
        cluster = client.create_db_cluster_snapshot(
            DBClusterSnapshotIdentifier=snapshot, DBClusterIdentifier=given.database
        )
        return cluster["DBClusterSnapshot"].get("Status", "creating")
    instance = client.create_db_snapshot(DBSnapshotIdentifier=snapshot, DBInstanceIdentifier=given.database)
    return instance["DBSnapshot"].get("Status", "creating")


ATOM = Atom(
    name="rds.snapshot",
    version=1,
    summary="Begin a snapshot of an RDS cluster or instance; rds.wait waits for it.",
    input=Input,
    output=Output,
    intent=Intent.CONFIGURE,
    touches=(Touched("db/{database}", Intent.CONFIGURE),),
    emits=(),
    permissions=(
        Permission(("rds:CreateDBClusterSnapshot", "rds:DescribeDBClusterSnapshots"), CLUSTERS),
        Permission(("rds:CreateDBClusterSnapshot", "rds:DescribeDBClusterSnapshots"), CLUSTER_SNAPSHOTS),
        Permission(("rds:CreateDBSnapshot", "rds:DescribeDBSnapshots"), INSTANCES),
        Permission(("rds:CreateDBSnapshot", "rds:DescribeDBSnapshots"), INSTANCE_SNAPSHOTS),
    ),
    timeout_s=60,
    # A single-zone instance stops answering for seconds while its snapshot begins.
    effect_timeout_s=300,
    idempotency=Idempotency.CLIENT_TOKEN,
    undo=None,
    errors=(),
    example="""\
- id: copy
  atom: rds.snapshot
  with: {database: "{% $input.cluster %}", kind: cluster}
""",
    run=run,
    proof=Proof.MOTO,
)
