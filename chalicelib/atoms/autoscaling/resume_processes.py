"""Let a group act by itself again."""

from typing import TYPE_CHECKING

from chalicelib.atoms.autoscaling.groups import GROUPS, LOOK_AT_GROUPS, fetch_group
from chalicelib.atoms.autoscaling.processes import ProcessesInput, ProcessesOutput, read_suspended
from chalicelib.atoms.contract import Atom, Context, Idempotency, Permission, Proof, Touched
from chalicelib.catalog.model import Intent

if TYPE_CHECKING:
    from mypy_boto3_autoscaling import AutoScalingClient


def run(given: ProcessesInput, context: Context) -> ProcessesOutput:
    """Resume those that are suspended, and look again."""
    client: AutoScalingClient = context.clients.get("autoscaling")
    suspended = read_suspended(fetch_group(client, given.group))
    changed = sorted({one for one in given.processes if one in suspended})
    if changed:
        client.resume_processes(AutoScalingGroupName=given.group, ScalingProcesses=changed)
        suspended = read_suspended(fetch_group(client, given.group))
    return ProcessesOutput(group=given.group, suspended=sorted(suspended), changed=changed)


ATOM = Atom(
    name="autoscaling.resume_processes",
    version=1,
    summary="Resume suspended processes of an Auto Scaling group: exactly those named, never all.",
    input=ProcessesInput,
    output=ProcessesOutput,
    intent=Intent.CONFIGURE,
    touches=(Touched("group/{group}", Intent.CONFIGURE),),
    emits=(),
    permissions=(LOOK_AT_GROUPS, Permission(("autoscaling:ResumeProcesses",), GROUPS)),
    timeout_s=60,
    effect_timeout_s=60,
    idempotency=Idempotency.CHECK_FIRST,
    undo="autoscaling.suspend_processes",
    errors=(),
    example="""\
- id: thaw
  atom: autoscaling.resume_processes
  with: {group: "{% $input.group %}", processes: [ReplaceUnhealthy, AZRebalance]}
""",
    run=run,
    proof=Proof.MOTO,
)
