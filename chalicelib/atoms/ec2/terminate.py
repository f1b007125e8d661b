"""Terminate an instance for good."""

from typing import TYPE_CHECKING

from chalicelib.atoms.contract import Context
from chalicelib.atoms.ec2.turns import OneInstance, Turned, build_turn, report_turn
from chalicelib.catalog.model import Intent

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client


def run(given: OneInstance, context: Context) -> Turned:
    """Terminate it; an instance with termination protection is Rejected."""
    client: EC2Client = context.clients.get("ec2")
    answer = client.terminate_instances(InstanceIds=[given.instance_id])["TerminatingInstances"][0]
    return report_turn(answer, context, {"shutting-down", "terminated"})


ATOM = build_turn(
    "ec2.terminate",
    run,
    summary="Terminate an EC2 instance. Nothing takes it back; volumes marked for it are deleted, too.",
    intent=Intent.DESTROY,
    action="ec2:TerminateInstances",
    # Shutting down takes EC2 some minutes, the function's own minute included.
    effect_timeout_s=600,
    undo=None,
    example="""\
- id: gone
  atom: ec2.terminate
  with: {instance_id: "{% $input.host %}"}
""",
)
