"""Set tags of an instance."""

from typing import TYPE_CHECKING, Annotated

from pydantic import Field, StringConstraints

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
from chalicelib.atoms.ec2.instances import INSTANCES, InstanceId, fetch_instance, observe_change
from chalicelib.catalog.model import Intent

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

Key = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:/=+@-]{1,128}$")]
Value = Annotated[str, StringConstraints(max_length=256)]


class Input(AtomInput):
    """Which tags to set on which instance."""

    instance_id: InstanceId
    tags: Annotated[dict[Key, Value], Field(min_length=1, max_length=20)] = Field(
        description="Tag keys with the value each shall have; other tags stay as they are",
    )


class Output(AtomOutput):
    """The tags set, and what they were."""

    instance_id: str
    labels: dict[str, str] = Field(description="All labels after the call: the tags, and `zone`")
    previous: dict[str, str] = Field(description="Values that were overwritten; a tag that is new is not in it")


def run(given: Input, context: Context) -> Output:
    """Set them unless they are as wanted, and look again; the labels seen are emitted with the host's state."""
    client: EC2Client = context.clients.get("ec2")
    before = {tag["Key"]: tag["Value"] for tag in fetch_instance(client, given.instance_id).get("Tags", [])}
    wanted = {key: value for key, value in given.tags.items() if before.get(key) != value}
    if wanted:
        pairs = [{"Key": key, "Value": value} for key, value in sorted(wanted.items())]
        client.create_tags(Resources=[given.instance_id], Tags=pairs)  # type: ignore[arg-type]
    change = observe_change(fetch_instance(client, given.instance_id))
    context.emit(change)
    return Output(
        instance_id=given.instance_id,
        labels=dict(change.labels),
        previous={key: before[key] for key in wanted if key in before},
    )


ATOM = Atom(
    name="ec2.tag",
    version=1,
    summary="Set tags of an EC2 instance; other tags stay.",
    input=Input,
    output=Output,
    intent=Intent.CONFIGURE,
    touches=(Touched("host/{instance_id}", Intent.CONFIGURE),),
    emits=(STATE_CHANGED,),
    permissions=(Permission(("ec2:DescribeInstances",)), Permission(("ec2:CreateTags",), INSTANCES)),
    timeout_s=60,
    effect_timeout_s=60,
    idempotency=Idempotency.CHECK_FIRST,
    undo=None,
    errors=(),
    example="""\
- id: mark
  atom: ec2.tag
  with: {instance_id: "{% $input.host %}", tags: {patched: "yes"}}
""",
    run=run,
    proof=Proof.MOTO,
)
