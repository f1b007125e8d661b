"""What starting, stopping and terminating an instance have in common: one request whose answer is the observation."""

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

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
    Touched,
)
from chalicelib.atoms.ec2.instances import INSTANCES, InstanceId
from chalicelib.catalog.model import Intent

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import InstanceStateChangeTypeDef


class OneInstance(AtomInput):
    """Which instance."""

    instance_id: InstanceId


class Turned(AtomOutput):
    """What EC2 answered."""

    instance_id: str
    state: str = Field(
        description="State after the call: pending, stopping or shutting-down on its way; running, stopped or terminated "
        "if it was there already"
    )
    previous_state: str = Field(description="State before the call")
    changed: bool = Field(description="Whether this call is what changed it; false for a repeat")


def report_turn(answer: "InstanceStateChangeTypeDef", context: Context, reached: Collection[str]) -> Turned:
    """Emit what EC2 answered; `reached` are the states on the way and at its end, in which a repeat finds it."""
    host, state, previous = answer["InstanceId"], answer["CurrentState"]["Name"], answer["PreviousState"]["Name"]
    context.emit(Change(f"host/{host}", state))
    return Turned(instance_id=host, state=state, previous_state=previous, changed=previous not in reached)


def build_turn(
    name: str,
    run: Callable[[OneInstance, Context], Turned],
    *,
    summary: str,
    intent: Intent,
    action: str,
    effect_timeout_s: int,
    undo: str | None,
    example: str,
) -> Atom[OneInstance, Turned]:
    """Declare an atom that turns one instance from one state to another: EC2 itself takes a repeat for nothing new."""
    return Atom(
        name=name,
        version=1,
        summary=summary,
        input=OneInstance,
        output=Turned,
        intent=intent,
        touches=(Touched("host/{instance_id}", intent),),
        emits=(STATE_CHANGED,),
        permissions=(Permission((action,), INSTANCES),),
        timeout_s=60,
        effect_timeout_s=effect_timeout_s,
        idempotency=Idempotency.NATURAL,
        undo=undo,
        errors=(),
        example=example,
        run=run,
        proof=Proof.MINISTACK,
    )
