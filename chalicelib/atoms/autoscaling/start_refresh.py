"""Begin to replace all hosts of a group."""

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from chalicelib.atoms.autoscaling.groups import GROUPS, GroupName
from chalicelib.atoms.autoscaling.refreshes import LOOK_AT_REFRESHES, UNDER_WAY, latest_refresh
from chalicelib.atoms.contract import Atom, AtomInput, AtomOutput, Context, Idempotency, Permission, Proof, Touched
from chalicelib.catalog.model import Intent

if TYPE_CHECKING:
    from mypy_boto3_autoscaling import AutoScalingClient


class Input(AtomInput):
    """Which group, and how carefully."""

    group: GroupName
    min_healthy_percent: Annotated[int, Field(ge=0, le=100)] = Field(
        default=90, description="Share of the desired capacity that stays in service, in percent"
    )
    warmup_s: Annotated[int, Field(ge=0, le=3600)] = Field(
        default=300, description="Seconds after which a new host counts as in service"
    )
    skip_matching: bool = Field(default=True, description="Whether hosts that are as wanted already are left alone")
    auto_rollback: bool = Field(
        default=False, description="Whether Auto Scaling rolls back by itself; the group's template must name a version"
    )


class Output(AtomOutput):
    """The refresh, which goes on for long: autoscaling.wait_refresh waits for it."""

    group: str
    refresh_id: str
    started: bool = Field(description="Whether this call began it; false when one was under way, which then goes on")


def run(given: Input, context: Context) -> Output:
    """Begin it unless one is under way: a group has one at a time, and the lock says that it is ours."""
    client: AutoScalingClient = context.clients.get("autoscaling")
    running = latest_refresh(client, given.group)
    if running is not None and running.get("Status") in UNDER_WAY:
        return Output(group=given.group, refresh_id=running.get("InstanceRefreshId", ""), started=False)
    answer = client.start_instance_refresh(
        AutoScalingGroupName=given.group,
        Strategy="Rolling",
        Preferences={
            "MinHealthyPercentage": given.min_healthy_percent,
            "InstanceWarmup": given.warmup_s,
            "SkipMatching": given.skip_matching,
            "AutoRollback": given.auto_rollback,
        },
    )
    return Output(group=given.group, refresh_id=answer["InstanceRefreshId"], started=True)


ATOM = Atom(
    name="autoscaling.start_refresh",
    version=1,
    summary="Begin to replace all hosts of an Auto Scaling group, some at a time.",
    input=Input,
    output=Output,
    intent=Intent.DISRUPT,
    touches=(Touched("group/{group}", Intent.DISRUPT),),
    emits=(),
    permissions=(LOOK_AT_REFRESHES, Permission(("autoscaling:StartInstanceRefresh",), GROUPS)),
    timeout_s=60,
    # A refresh goes on by itself until every host is replaced: four hours hold for most groups.
    effect_timeout_s=14_400,
    idempotency=Idempotency.CHECK_FIRST,
    undo=None,
    errors=(),
    example="""\
- id: refresh
  atom: autoscaling.start_refresh
  with: {group: "{% $input.group %}", min_healthy_percent: 90}
""",
    run=run,
    proof=Proof.STUBBER,
)
