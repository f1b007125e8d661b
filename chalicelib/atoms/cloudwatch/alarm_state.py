"""Read the state of an alarm, and wait for one if asked."""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from chalicelib.atoms.contract import (
    STATE_CHANGED,
    Atom,
    AtomInput,
    AtomOutput,
    Change,
    Context,
    Idempotency,
    Permission,
    Proof,
)
from chalicelib.atoms.errors import NotFound, NotYet
from chalicelib.catalog.model import Intent

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

State = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]


class Input(AtomInput):
    """Which alarm, and the state to wait for, if one is awaited."""

    alarm: Annotated[str, Field(pattern="^[^/\x00-\x1f]{1,255}$", description="Name of a metric or composite alarm")]
    wanted: State | None = Field(default=None, description="State to wait for; none reads the state as it is")


class Output(AtomOutput):
    """What the alarm says."""

    alarm: str
    state: State
    reason: str = Field(description="CloudWatch's own words for it, cut at 500 characters")
    actions_enabled: bool = Field(description="Whether anybody is told when it changes")


def run(given: Input, context: Context) -> Output:
    """Describe it once. Raises NotYet while it is in another state than the one awaited."""
    client: CloudWatchClient = context.clients.get("cloudwatch")
    answer = client.describe_alarms(AlarmNames=[given.alarm], AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    found = [*answer.get("MetricAlarms", []), *answer.get("CompositeAlarms", [])]
    if not found:
        raise NotFound(cause=f"CloudWatch knows no alarm {given.alarm}")
    state: State = found[0].get("StateValue", "INSUFFICIENT_DATA")
    context.emit(Change(f"alarm/{given.alarm}", state))
    if given.wanted is not None and state != given.wanted:
        raise NotYet(cause=f"{given.alarm} is {state}, wanted {given.wanted}")
    return Output(
        alarm=given.alarm,
        state=state,
        reason=found[0].get("StateReason", "")[:500],
        actions_enabled=found[0].get("ActionsEnabled", False),
    )


ATOM = Atom(
    name="cloudwatch.alarm_state",
    version=1,
    summary="Read the state of a CloudWatch alarm; raise NotYet while it is not the one awaited.",
    input=Input,
    output=Output,
    intent=Intent.OBSERVE,
    touches=(),
    emits=(STATE_CHANGED,),
    permissions=(
        Permission(("cloudwatch:DescribeAlarms",), "arn:${partition}:cloudwatch:${region}:${account}:alarm:*"),
    ),
    timeout_s=60,
    effect_timeout_s=0,
    idempotency=Idempotency.NATURAL,
    undo=None,
    errors=(NotYet,),
    example="""\
- id: calm
  atom: cloudwatch.alarm_state
  with: {alarm: checkout-5xx, wanted: OK}
  retry: {errors: [NotYet], max: 20, interval: 30s, backoff: 1}
""",
    run=run,
    proof=Proof.MOTO,
)
