"""Put a service back on a task definition that worked."""

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from chalicelib.atoms.contract import STATE_CHANGED, Atom, AtomOutput, Context, Idempotency, Proof, Touched
from chalicelib.atoms.ecs.services import (
    LOOK,
    UPDATE,
    ServiceInput,
    fetch_service,
    primary,
    service_change,
    short_revision,
)
from chalicelib.catalog.model import Intent

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient


class Input(ServiceInput):
    """Which service, and the revision to go to. It must be named: "the one before" would go further with each try."""

    task_definition: Annotated[
        str,
        Field(
            pattern="^[A-Za-z0-9_-]{1,255}:[0-9]+$",
            description="`family:revision`, for example `web:41`",
            examples=["web:41"],
        ),
    ]


class Output(AtomOutput):
    """The revisions before and after; ecs.wait_stable waits for the tasks."""

    cluster: str
    service: str
    task_definition: str
    previous: str = Field(description="`family:revision` before the call")
    deployment_id: str = Field(description="The deployment that brings it")
    changed: bool = Field(description="Whether there was anything to do")


def run(given: Input, context: Context) -> Output:
    """Set the revision unless it is as wanted, and look again."""
    client: ECSClient = context.clients.get("ecs")
    service = fetch_service(client, given)
    previous = short_revision(service["taskDefinition"])
    if previous != given.task_definition:
        client.update_service(cluster=given.cluster, service=given.service, taskDefinition=given.task_definition)
        service = fetch_service(client, given)
    context.emit(service_change(given, service))
    return Output(
        cluster=given.cluster,
        service=given.service,
        task_definition=short_revision(service["taskDefinition"]),
        previous=previous,
        deployment_id=primary(service).get("id", ""),
        changed=previous != given.task_definition,
    )


ATOM = Atom(
    name="ecs.roll_back",
    version=1,
    summary="Put an ECS service on a named revision of its task definition.",
    input=Input,
    output=Output,
    intent=Intent.DISRUPT,
    touches=(Touched("ecs_service/{cluster}:{service}", Intent.DISRUPT),),
    emits=(STATE_CHANGED,),
    permissions=(LOOK, UPDATE),
    timeout_s=60,
    # A rolling deployment goes on by itself.
    effect_timeout_s=1800,
    idempotency=Idempotency.CHECK_FIRST,
    undo="ecs.roll_back",
    errors=(),
    example="""\
- id: back
  atom: ecs.roll_back
  with: {cluster: "{% $input.cluster %}", service: "{% $input.service %}", task_definition: "{% $input.good %}"}
  undo:
    atom: ecs.roll_back
    with: {cluster: "{% $input.cluster %}", service: "{% $input.service %}", task_definition: "{% $input.bad %}"}
""",
    run=run,
    proof=Proof.MOTO,
)
