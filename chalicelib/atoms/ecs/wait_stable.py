"""Look once whether a service is stable; Step Functions' Retry on NotYet does the waiting."""

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from chalicelib.atoms.contract import STATE_CHANGED, Atom, AtomOutput, Context, Idempotency, Proof, Touched
from chalicelib.atoms.ecs.services import (
    LOOK,
    ServiceInput,
    fetch_service,
    is_stable,
    primary,
    service_change,
    short_revision,
)
from chalicelib.atoms.errors import NotYet, StateUnreachable
from chalicelib.catalog.model import Intent

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient


class Input(ServiceInput):
    """Which service, and, if it is a deployment that is awaited, which."""

    deployment_id: Annotated[str, Field(pattern="^[A-Za-z0-9_/-]{1,64}$")] | None = Field(
        default=None,
        description="The deployment awaited: that ECS has replaced it by another, or rolled it back, is then an error",
    )


class Output(AtomOutput):
    """The service, with all of its tasks running."""

    cluster: str
    service: str
    running: int
    task_definition: str = Field(description="`family:revision` that runs")


def run(given: Input, context: Context) -> Output:
    """Describe it once. Raises NotYet while tasks come and go, StateUnreachable when the deployment has failed."""
    client: ECSClient = context.clients.get("ecs")
    service = fetch_service(client, given)
    deployment = primary(service)
    if given.deployment_id is not None and deployment.get("id") != given.deployment_id:
        raise StateUnreachable(
            cause=f"{given.deployment_id} was given up: {given.service} is at {deployment.get('id', 'no deployment')}"
        )
    if deployment.get("rolloutState") == "FAILED":
        reason = deployment.get("rolloutStateReason", "ECS gives no reason")
        raise StateUnreachable(cause=f"the deployment of {given.service} has failed: {reason}")
    running, desired = service["runningCount"], service["desiredCount"]
    if not is_stable(service):
        raise NotYet(cause=f"{given.service} runs {running} of {desired} tasks, and a deployment may be under way")
    context.emit(service_change(given, service))
    return Output(
        cluster=given.cluster,
        service=given.service,
        running=running,
        task_definition=short_revision(service["taskDefinition"]),
    )


ATOM = Atom(
    name="ecs.wait_stable",
    version=1,
    summary="Succeed once an ECS service runs all of its tasks in one deployment; raise NotYet until then.",
    input=Input,
    output=Output,
    intent=Intent.OBSERVE,
    touches=(Touched("ecs_service/{cluster}:{service}", Intent.OBSERVE),),
    emits=(STATE_CHANGED,),
    permissions=(LOOK,),
    timeout_s=60,
    effect_timeout_s=0,
    idempotency=Idempotency.NATURAL,
    undo=None,
    errors=(NotYet, StateUnreachable),
    example="""\
- id: stable
  atom: ecs.wait_stable
  with: {cluster: "{% $input.cluster %}", service: "{% $input.service %}"}
  retry: {errors: [NotYet], max: 60, interval: 15s, backoff: 1}
""",
    run=run,
    proof=Proof.STUBBER,
)
