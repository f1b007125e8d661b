"""Keep a group from acting by itself while somebody works on its hosts."""

from typing import TYPE_CHECKING

from chalicelib.atoms.autoscaling.groups import GROUPS, LOOK_AT_GROUPS, fetch_group
from chalicelib.atoms.autoscaling.processes import ProcessesInput, ProcessesOutput, read_suspended
from chalicelib.atoms.contract import Atom, Context, Idempotency, Permission, Proof, Touched
from chalicelib.catalog.model import Intent

if TYPE_CHECKING:
    from mypy_boto3_autoscaling import AutoScalingClient


def run(given: ProcessesInput, context: Context) -> ProcessesOutput:
    """Suspend those that are not suspended, and look again."""
    client: AutoScalingClient = context.clients.get("autoscaling")
    suspended = read_suspended(fetch_group(client, given.group))
    changed = sorted({one for one in given.processes if one not in suspended})
    if changed:
        client.suspend_processes(AutoScalingGroupName=given.group, ScalingProcesses=changed)
        suspended = read_suspended(fetch_group(client, given.group))
    return ProcessesOutput(group=given.group, suspended=sorted(suspended), changed=changed)


ATOM = Atom(
    name="autoscaling.suspend_processes",
    version=1,
    summary="Suspend processes of an Auto Scaling group, such as ReplaceUnhealthy, while its hosts are worked on.",
    input=ProcessesInput,
    output=ProcessesOutput,
    intent=Intent.CONFIGURE,
    touches=(Touched("group/{group}", Intent.CONFIGURE),),
    emits=(),
    permissions=(LOOK_AT_GROUPS, Permission(("autoscaling:SuspendProcesses",), GROUPS)),
    timeout_s=60,
    effect_timeout_s=60,
    idempotency=Idempotency.CHECK_FIRST,
    undo="autoscaling.resume_processes",
    errors=(),
    example="""\
- id: freeze
  atom: autoscaling.suspend_processes
  with: {group: "{% $input.group %}", processes: [ReplaceUnhealthy, AZRebalance]}
  undo:
    atom: autoscaling.resume_processes
    with: {group: "{% $input.group %}", processes: "{% $freeze ? $freeze.changed : [] %}"}
""",
    run=run,
    proof=Proof.MOTO,
)
