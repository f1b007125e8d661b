"""Look once whether a database instance is available; Step Functions' Retry on NotYet does the waiting."""

from typing import TYPE_CHECKING

from pydantic import Field

from chalicelib.atoms.contract import (
    STATE_CHANGED,
    Atom,
    AtomInput,
    AtomOutput,
    Change,
    Context,
    Idempotency,
    Permission,
    Proof,
    Touched,
)
from chalicelib.atoms.errors import NotFound, NotYet, StateUnreachable
from chalicelib.atoms.rds.databases import INSTANCE_SNAPSHOTS, INSTANCES, Identifier, fetch_instance, require_available
from chalicelib.catalog.model import Intent

if TYPE_CHECKING:
    from mypy_boto3_rds import RDSClient


class Input(AtomInput):
    """Which instance, and what to wait for: that it is available, and that a snapshot is done."""

    database: Identifier = Field(description="Identifier of the instance")
    snapshot_id: Identifier | None = Field(default=None, description="Snapshot that must be available, too")


class Output(AtomOutput):
    """The instance, available."""

    database: str
    status: str


def run(given: Input, context: Context) -> Output:
    """Describe it once. Raises NotYet while it may come, StateUnreachable when it was lost."""
    client: RDSClient = context.clients.get("rds")
    status = fetch_instance(client, given.database).get("DBInstanceStatus", "unknown")
    require_available(given.database, status)
    if given.snapshot_id is not None:
        require_available(given.snapshot_id, _look_up_snapshot(client, given.snapshot_id))
    context.emit(Change(f"db/{given.database}", status))
    return Output(database=given.database, status=status)


def _look_up_snapshot(client: "RDSClient", snapshot: str) -> str:
    for found in client.describe_db_snapshots(DBSnapshotIdentifier=snapshot)["DBSnapshots"]:
        return found.get("Status", "creating")
    raise NotFound(cause=f"there is no snapshot {snapshot}")


ATOM = Atom(
    name="rds.wait_instance",
    version=1,
    summary="Succeed once an RDS instance is available as asked for; raise NotYet until then.",
    input=Input,
    output=Output,
    intent=Intent.OBSERVE,
    touches=(Touched("db/{database}", Intent.OBSERVE),),
    emits=(STATE_CHANGED,),
    permissions=(
        Permission(("rds:DescribeDBInstances",), INSTANCES),
        Permission(("rds:DescribeDBSnapshots",), INSTANCE_SNAPSHOTS),
    ),
    timeout_s=120,
    effect_timeout_s=0,
    idempotency=Idempotency.NATURAL,
    undo=None,
    errors=(NotYet, StateUnreachable),
    example="""\
- id: ready
  atom: rds.wait_instance
  with: {database: "{% $input.database %}"}
  retry: {errors: [NotYet], max: 60, interval: 10s, backoff: 1}
""",
    run=run,
    proof=Proof.MOTO,
)
