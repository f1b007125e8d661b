"""Replace all tasks of a service, as after a change that its task definition does not show."""

from typing import TYPE_CHECKING

from pydantic import Field

from chalicelib.atoms.contract import STATE_CHANGED, Atom, AtomOutput, Context, Idempotency, Proof, Touched
from chalicelib.atoms.ecs.services import (
    LOOK,
    UPDATE,
    ServiceInput,
    fetch_service,
    is_deploying,
    primary,
    service_change,
    short_revision,
)
from chalicelib.catalog.model import Intent

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient


class Output(AtomOutput):
    """The deployment, which goes on for minutes: ecs.wait_stable waits for it."""

    cluster: str
    service: str
    deployment_id: str = Field(description="The deployment that replaces the tasks")
    task_definition: str = Field(description="`family:revision` of the new tasks, the same as before")
    started: bool = Field(description="Whether this call began it; false when one was under way, which then goes on")


def run(given: ServiceInput, context: Context) -> Output:
    """Begin one unless one is under way.

    ECS takes no token. A repeat after a lost answer finds the deployment that the first try began, unless that has
    ended meanwhile: then the tasks are replaced once more, which does no harm but costs time.
    """
    client: ECSClient = context.clients.get("ecs")
    service = fetch_service(client, given)
    started = not is_deploying(service)
    if started:
        client.update_service(cluster=given.cluster, service=given.service, forceNewDeployment=True)
        service = fetch_service(client, given)
    context.emit(service_change(given, service))
    return Output(
        cluster=given.cluster,
        service=given.service,
        deployment_id=primary(service).get("id", ""),
        task_definition=short_revision(service["taskDefinition"]),
        started=started,
    )


ATOM = Atom(
    name="ecs.force_deployment",
    version=1,
    summary="Replace all tasks of an ECS service by new ones of the same task definition.",
    input=ServiceInput,
    output=Output,
    intent=Intent.DISRUPT,
    touches=(Touched("ecs_service/{cluster}:{service}", Intent.DISRUPT),),
    emits=(STATE_CHANGED,),
    permissions=(LOOK, UPDATE),
    timeout_s=60,
    # A rolling deployment goes on by itself.
    effect_timeout_s=1800,
    idempotency=Idempotency.CHECK_FIRST,
    undo=None,
    errors=(),
    example="""\
- id: restart
  atom: ecs.force_deployment
  with: {cluster: "{% $input.cluster %}", service: "{% $input.service %}"}
""",
    run=run,
    # moto never completes a deployment, so there is always one under way.
    proof=Proof.STUBBER,
)
