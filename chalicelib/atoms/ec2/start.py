"""Start a stopped instance."""

from typing import TYPE_CHECKING

from chalicelib.atoms.contract import Context
from chalicelib.atoms.ec2.turns import OneInstance, Turned, build_turn, report_turn
from chalicelib.catalog.model import Intent

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client


def run(given: OneInstance, context: Context) -> Turned:
    """Start it; EC2's own answer is the observation, so nothing can fail between the act and the look."""
    client: EC2Client = context.clients.get("ec2")
    answer = client.start_instances(InstanceIds=[given.instance_id])["StartingInstances"][0]
    return report_turn(answer, context, {"pending", "running"})


ATOM = build_turn(
    "ec2.start",
    run,
    summary="Start a stopped EC2 instance; does not wait until it runs (ec2.wait_state does).",
    intent=Intent.DISRUPT,
    action="ec2:StartInstances",
    # Booting to `running` takes EC2 well under five minutes, the function's own minute included.
    effect_timeout_s=300,
    undo="ec2.stop",
    example="""\
- id: start
  atom: ec2.start
  with: {instance_id: "{% $input.host %}"}
""",
)
