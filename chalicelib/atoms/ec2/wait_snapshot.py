"""Look once whether snapshots are complete; Step Functions' Retry on NotYet does the waiting."""

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from chalicelib.atoms.contract import Atom, AtomInput, AtomOutput, Context, Idempotency, Proof
from chalicelib.atoms.ec2.snapshots import LOOK, SnapshotId
from chalicelib.atoms.errors import NotFound, NotYet, StateUnreachable
from chalicelib.catalog.model import Intent

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

_FAILED = {"error", "recoverable", "recovering"}


class Input(AtomInput):
    """Which snapshots to wait for."""

    snapshot_ids: Annotated[list[SnapshotId], Field(min_length=1, max_length=100)]


class Output(AtomOutput):
    """The snapshots, all of them complete."""

    snapshot_ids: list[str]


def run(given: Input, context: Context) -> Output:
    """Describe them once. Raises NotYet while one is pending, StateUnreachable when one has failed."""
    client: EC2Client = context.clients.get("ec2")
    found = client.describe_snapshots(SnapshotIds=given.snapshot_ids)["Snapshots"]
    states = {one["SnapshotId"]: one["State"] for one in found}
    if missing := sorted(set(given.snapshot_ids) - set(states)):
        raise NotFound(cause=f"EC2 knows no snapshot {', '.join(missing)}")
    failed = {one: state for one, state in sorted(states.items()) if state in _FAILED}
    if failed:
        raise StateUnreachable(cause=", ".join(f"{one} is in {state}" for one, state in failed.items()))
    if pending := sorted(one for one, state in states.items() if state != "completed"):
        raise NotYet(cause=f"{', '.join(pending)} not completed")
    return Output(snapshot_ids=sorted(states))


ATOM = Atom(
    name="ec2.wait_snapshot",
    version=1,
    summary="Succeed once EBS snapshots are complete; raise NotYet until then.",
    input=Input,
    output=Output,
    intent=Intent.OBSERVE,
    touches=(),
    emits=(),
    permissions=(LOOK,),
    timeout_s=60,
    effect_timeout_s=0,
    idempotency=Idempotency.NATURAL,
    undo=None,
    errors=(NotYet, StateUnreachable),
    example="""\
- id: copied
  atom: ec2.wait_snapshot
  with: {snapshot_ids: [snap-0ab1]}
  retry: {errors: [NotYet], max: 120, interval: 30s, backoff: 1}
""",
    run=run,
    proof=Proof.MOTO,
)
