"""Reboot a running instance."""

from typing import TYPE_CHECKING

from pydantic import Field

from chalicelib.atoms.contract import Atom, AtomInput, AtomOutput, Context, Idempotency, Permission, Proof, Touched
from chalicelib.atoms.ec2.instances import INSTANCES, InstanceId
from chalicelib.catalog.model import Intent

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client


class Input(AtomInput):
    """Which instance to reboot."""

    instance_id: InstanceId


class Output(AtomOutput):
    """What EC2 answered."""

    instance_id: str
    requested: bool = Field(description="EC2 accepted the request; it tells nobody when the guest has booted")


def run(given: Input, context: Context) -> Output:
    """Ask for the reboot and look at nothing: EC2 says `running` throughout, so there is no change to observe.

    A second request after the first could only fail in ways that make Step Functions reboot the host again.
    """
    client: EC2Client = context.clients.get("ec2")
    client.reboot_instances(InstanceIds=[given.instance_id])
    return Output(instance_id=given.instance_id, requested=True)


ATOM = Atom(
    name="ec2.reboot",
    version=1,
    summary="Ask EC2 to reboot an instance. EC2 takes no token: a retry after a lost answer may reboot it once more.",
    input=Input,
    output=Output,
    intent=Intent.DISRUPT,
    touches=(Touched("host/{instance_id}", Intent.DISRUPT),),
    emits=(),
    permissions=(Permission(("ec2:RebootInstances",), INSTANCES),),
    timeout_s=60,
    # EC2 forces the reboot of a guest that has not shut down after some minutes.
    effect_timeout_s=600,
    idempotency=Idempotency.NATURAL,
    undo=None,
    errors=(),
    example="""\
- id: reboot
  atom: ec2.reboot
  with: {instance_id: "{% $input.host %}"}
""",
    run=run,
    proof=Proof.MINISTACK,
)
