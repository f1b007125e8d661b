"""Look once whether a refresh of a group has ended; Step Functions' Retry on NotYet does the waiting."""

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from chalicelib.atoms.autoscaling.groups import GroupName
from chalicelib.atoms.autoscaling.refreshes import LOOK_AT_REFRESHES, UNDER_WAY
from chalicelib.atoms.contract import Atom, AtomInput, AtomOutput, Context, Idempotency, Proof, Touched
from chalicelib.atoms.errors import NotFound, NotYet, StateUnreachable
from chalicelib.catalog.model import Intent

if TYPE_CHECKING:
    from mypy_boto3_autoscaling import AutoScalingClient


class Input(AtomInput):
    """Which refresh of which group."""

    group: GroupName
    refresh_id: Annotated[
        str,
        Field(
            pattern="^[0-9a-f-]{1,64}$",
            description="As autoscaling.start_refresh gave it",
            examples=["12345678-1234-1234-1234-123456789012"],
        ),
    ]


class Output(AtomOutput):
    """The refresh, which has succeeded."""

    group: str
    refresh_id: str
    status: str


def run(given: Input, context: Context) -> Output:
    """Describe it once. Raises NotYet while it goes on, StateUnreachable when it ended in any other way."""
    client: AutoScalingClient = context.clients.get("autoscaling")
    found = client.describe_instance_refreshes(AutoScalingGroupName=given.group, InstanceRefreshIds=[given.refresh_id])[
        "InstanceRefreshes"
    ]
    if not found:
        raise NotFound(cause=f"{given.group} had no refresh {given.refresh_id}")
    status = found[0].get("Status", "Pending")
    percent, reason = found[0].get("PercentageComplete", 0), found[0].get("StatusReason", "no reason given")
    if status in UNDER_WAY:
        raise NotYet(cause=f"the refresh of {given.group} is {status} at {percent} %")
    if status != "Successful":
        raise StateUnreachable(cause=f"the refresh of {given.group} ended as {status}: {reason}")
    return Output(group=given.group, refresh_id=given.refresh_id, status=status)


ATOM = Atom(
    name="autoscaling.wait_refresh",
    version=1,
    summary="Succeed once a refresh of an Auto Scaling group has succeeded; raise NotYet until then.",
    input=Input,
    output=Output,
    intent=Intent.OBSERVE,
    touches=(Touched("group/{group}", Intent.OBSERVE),),
    emits=(),
    permissions=(LOOK_AT_REFRESHES,),
    timeout_s=60,
    effect_timeout_s=0,
    idempotency=Idempotency.NATURAL,
    undo=None,
    errors=(NotYet, StateUnreachable),
    example="""\
- id: refreshed
  atom: autoscaling.wait_refresh
  with: {group: "{% $input.group %}", refresh_id: "{% $input.refresh %}"}
  retry: {errors: [NotYet], max: 240, interval: 1m, backoff: 1}
""",
    run=run,
    proof=Proof.STUBBER,
)
