"""Look once whether a group has the hosts it wants; Step Functions' Retry on NotYet does the waiting."""

from typing import TYPE_CHECKING

from chalicelib.atoms.autoscaling.groups import LOOK_AT_GROUPS, GroupName, fetch_group, group_change
from chalicelib.atoms.contract import (
    STATE_CHANGED,
    Atom,
    AtomInput,
    AtomOutput,
    Context,
    Idempotency,
    Proof,
    Touched,
)
from chalicelib.atoms.errors import NotYet
from chalicelib.catalog.model import Intent

if TYPE_CHECKING:
    from mypy_boto3_autoscaling import AutoScalingClient


class Input(AtomInput):
    """Which group."""

    group: GroupName


class Output(AtomOutput):
    """The group, with as many healthy hosts in service as are desired, and no others."""

    group: str
    desired: int
    hosts: list[str]


def run(given: Input, context: Context) -> Output:
    """Describe it once. Raises NotYet while hosts come, go or are unhealthy; one in standby counts for nothing."""
    client: AutoScalingClient = context.clients.get("autoscaling")
    group = fetch_group(client, given.group)
    members = [one for one in group.get("Instances", []) if one["LifecycleState"] != "Standby"]
    serving = sorted(
        one["InstanceId"]
        for one in members
        if one["LifecycleState"] == "InService" and one.get("HealthStatus", "Healthy") == "Healthy"
    )
    desired = group["DesiredCapacity"]
    if not len(serving) == len(members) == desired:
        raise NotYet(cause=f"{len(serving)} of {len(members)} hosts of {given.group} serve, wanted {desired}")
    context.emit(group_change(group))
    return Output(group=given.group, desired=desired, hosts=serving)


ATOM = Atom(
    name="autoscaling.wait_steady",
    version=1,
    summary="Succeed once an Auto Scaling group has its desired hosts, all in service; raise NotYet until then.",
    input=Input,
    output=Output,
    intent=Intent.OBSERVE,
    touches=(Touched("group/{group}", Intent.OBSERVE),),
    emits=(STATE_CHANGED,),
    permissions=(LOOK_AT_GROUPS,),
    timeout_s=60,
    effect_timeout_s=0,
    idempotency=Idempotency.NATURAL,
    undo=None,
    errors=(NotYet,),
    example="""\
- id: steady
  atom: autoscaling.wait_steady
  with: {group: "{% $input.group %}"}
  retry: {errors: [NotYet], max: 60, interval: 15s, backoff: 1}
""",
    run=run,
    proof=Proof.MINISTACK,
)
