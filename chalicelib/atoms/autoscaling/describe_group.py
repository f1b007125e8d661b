"""List the hosts of an Auto Scaling group, so that each is known with its state and labels."""

from typing import TYPE_CHECKING

from pydantic import Field

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
from chalicelib.atoms.ec2.listing import (
    LOOK_AT_HOSTS,
    Instance,
    Limit,
    TooManyMatches,
    check_limit,
    describe_members,
    emit_hosts,
)
from chalicelib.catalog.model import Intent

if TYPE_CHECKING:
    from mypy_boto3_autoscaling import AutoScalingClient


class Input(AtomInput):
    """Which group."""

    group: GroupName
    limit: Limit = 200


class Output(AtomOutput):
    """The group, and its hosts in order of their ids."""

    group: str
    desired: int
    in_service: int = Field(description="Members that the group counts as in service")
    instances: list[Instance] = Field(description="Members that EC2 knows; each has the label `group`")


def run(given: Input, context: Context) -> Output:
    """Describe the group, then its members; emit all of them. Raises TooManyMatches past the limit."""
    client: AutoScalingClient = context.clients.get("autoscaling")
    group = fetch_group(client, given.group)
    change = group_change(group)
    context.emit(change)
    members = sorted(one["InstanceId"] for one in group.get("Instances", []))
    check_limit(len(members), given.limit)
    found = describe_members(context, members, given.limit)
    return Output(
        group=given.group,
        desired=group["DesiredCapacity"],
        in_service=int(change.labels["in_service"]),
        instances=emit_hosts(context, found, {"group": given.group}),
    )


ATOM = Atom(
    name="autoscaling.describe_group",
    version=1,
    summary="List the hosts of an Auto Scaling group: state, zone and labels, `group` among them.",
    input=Input,
    output=Output,
    intent=Intent.OBSERVE,
    touches=(Touched("group/{group}", Intent.OBSERVE),),
    emits=(STATE_CHANGED,),
    permissions=(LOOK_AT_GROUPS, LOOK_AT_HOSTS),
    timeout_s=60,
    effect_timeout_s=0,
    idempotency=Idempotency.NATURAL,
    undo=None,
    errors=(TooManyMatches,),
    example="""\
- id: fleet
  atom: autoscaling.describe_group
  with: {group: checkout-web}
""",
    run=run,
    proof=Proof.MINISTACK,
)
