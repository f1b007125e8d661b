"""Begin a snapshot of a database cluster."""

from typing import TYPE_CHECKING

from pydantic import Field

from chalicelib.atoms.contract import Atom, AtomInput, AtomOutput, Context, Idempotency, Permission, Proof, Touched
from chalicelib.atoms.rds.databases import CLUSTER_SNAPSHOTS, CLUSTERS, Identifier, name_snapshot
from chalicelib.catalog.model import Intent

if TYPE_CHECKING:
    from mypy_boto3_rds import RDSClient

_ACTIONS = ("rds:CreateDBClusterSnapshot", "rds:DescribeDBClusterSnapshots")


class Input(AtomInput):
    """Which cluster to take a snapshot of."""

    database: Identifier = Field(description="Identifier of the cluster")


class Output(AtomOutput):
    """The snapshot, which is not finished yet: rds.wait waits for it."""

    database: str
    snapshot_id: str = Field(description="`interlock-` and a hash that is the same for every attempt of the step")
    status: str = Field(description="As RDS names it: creating, then available")
    started: bool = Field(description="Whether this call began it; false when an earlier attempt had")


def run(given: Input, context: Context) -> Output:
    """Begin it under a name that follows from the idempotency key, unless a snapshot of that name is there."""
    client: RDSClient = context.clients.get("rds")
    snapshot = name_snapshot(context.idempotency_key)
    status = _find_status(client, given.database, snapshot)
    started = status is None
    if status is None:
        answer = client.create_db_cluster_snapshot(
            DBClusterSnapshotIdentifier=snapshot, DBClusterIdentifier=given.database
        )
        status = answer["DBClusterSnapshot"].get("Status", "creating")
    return Output(database=given.database, snapshot_id=snapshot, status=status, started=started)


def _find_status(client: "RDSClient", database: str, snapshot: str) -> str | None:
    """List all of the cluster's: asked for one that is not there, RDS answers with an error."""
    pages = client.get_paginator("describe_db_cluster_snapshots").paginate(
        DBClusterIdentifier=database, SnapshotType="manual"
    )
    for page in pages:
        for one in page["DBClusterSnapshots"]:
            if one.get("DBClusterSnapshotIdentifier") == snapshot:
                return one.get("Status", "creating")
    return None


ATOM = Atom(
    name="rds.snapshot",
    version=1,
    summary="Begin a snapshot of an RDS cluster; rds.wait waits for it.",
    input=Input,
    output=Output,
    intent=Intent.CONFIGURE,
    touches=(Touched("db_cluster/{database}", Intent.CONFIGURE),),
    emits=(),
    permissions=(Permission(_ACTIONS, CLUSTERS), Permission(_ACTIONS, CLUSTER_SNAPSHOTS)),
    timeout_s=60,
    # The moment is fixed soon after the answer; copying goes on and disturbs nobody.
    effect_timeout_s=120,
    idempotency=Idempotency.CLIENT_TOKEN,
    undo=None,
    errors=(),
    example="""\
- id: copy
  atom: rds.snapshot
  with: {database: "{% $input.database %}"}
""",
    run=run,
    proof=Proof.MINISTACK,
)
