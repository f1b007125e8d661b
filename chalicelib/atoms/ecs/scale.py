"""Set how many tasks a service shall run."""

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from chalicelib.atoms.contract import STATE_CHANGED, Atom, AtomOutput, Context, Idempotency, Proof, Touched
from chalicelib.atoms.ecs.services import (
    LOOK,
    UPDATE,
    ServiceInput,
    fetch_service,
    service_change,
)
from chalicelib.catalog.model import Intent

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient


class Input(ServiceInput):
    """Which service, and its desired count."""

    desired: Annotated[int, Field(ge=0, le=5000)] = Field(description="Tasks wanted")


class Output(AtomOutput):
    """The count before and after. Tasks come and go later: ecs.wait_stable waits for them."""

    cluster: str
    service: str
    desired: int
    previous: int = Field(description="Desired count before the call, which is what an undo gives back")
    changed: bool = Field(description="Whether there was anything to do")


def run(given: Input, context: Context) -> Output:
    """Set it unless it is as wanted, and look again."""
    client: ECSClient = context.clients.get("ecs")
    service = fetch_service(client, given)
    previous = service["desiredCount"]
    if previous != given.desired:
        client.update_service(cluster=given.cluster, service=given.service, desiredCount=given.desired)
        service = fetch_service(client, given)
    context.emit(service_change(given, service))
    return Output(
        cluster=given.cluster,
        service=given.service,
        desired=service["desiredCount"],
        previous=previous,
        changed=previous != given.desired,
    )


ATOM = Atom(
    name="ecs.scale",
    version=1,
    summary="Set the desired count of an ECS service; ecs.wait_stable waits for its tasks.",
    input=Input,
    output=Output,
    intent=Intent.DISRUPT,
    touches=(Touched("ecs_service/{cluster}:{service}", Intent.DISRUPT),),
    emits=(STATE_CHANGED,),
    permissions=(LOOK, UPDATE),
    timeout_s=60,
    # Placing or draining tasks takes minutes.
    effect_timeout_s=600,
    idempotency=Idempotency.CHECK_FIRST,
    undo="ecs.scale",
    errors=(),
    example="""\
- id: grow
  atom: ecs.scale
  with: {cluster: "{% $input.cluster %}", service: "{% $input.service %}", desired: 4}
  undo:
    atom: ecs.scale
    with: {cluster: "{% $input.cluster %}", service: "{% $input.service %}", desired: 2}
""",
    run=run,
    proof=Proof.MOTO,
)
