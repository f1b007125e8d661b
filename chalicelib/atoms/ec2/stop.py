"""Stop a running instance."""

from typing import TYPE_CHECKING

from chalicelib.atoms.contract import Context
from chalicelib.atoms.ec2.turns import OneInstance, Turned, build_turn, report_turn
from chalicelib.catalog.model import Intent

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client


def run(given: OneInstance, context: Context) -> Turned:
    """Stop it; EC2's own answer is the observation, so nothing can fail between the act and the look."""
    client: EC2Client = context.clients.get("ec2")
    answer = client.stop_instances(InstanceIds=[given.instance_id])["StoppingInstances"][0]
    return report_turn(answer, context, {"stopping", "stopped"})


ATOM = build_turn(
    "ec2.stop",
    run,
    summary="Stop an EC2 instance, its data kept; does not wait until it has stopped (ec2.wait_state does).",
    intent=Intent.DISRUPT,
    action="ec2:StopInstances",
    # A guest that shuts down slowly stays in `stopping` for many minutes before EC2 forces it.
    effect_timeout_s=900,
    undo="ec2.start",
    example="""\
- id: stop
  atom: ec2.stop
  with: {instance_id: "{% $input.host %}"}
  undo: {atom: ec2.start, with: {instance_id: "{% $input.host %}"}}
""",
)
