"""Look once whether a target still finishes connections; Step Functions' Retry on NotYet does the waiting."""

from typing import TYPE_CHECKING

from pydantic import Field

from chalicelib.atoms.contract import Atom, AtomOutput, Context, Idempotency, Proof, Touched
from chalicelib.atoms.elb.targets import LOOK, MembershipInput, look_up_membership, resolve_port
from chalicelib.atoms.errors import NotYet, StateUnreachable
from chalicelib.catalog.model import Intent

if TYPE_CHECKING:
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client


class Output(AtomOutput):
    """The instance, which ELB sends nothing to any more."""

    target_group: str
    instance_id: str
    port: int = Field(description="The port meant, the group's own if none was given")
    drained: bool = Field(description="Always true on success")


def run(given: MembershipInput, context: Context) -> Output:
    """Look at the membership once. Raises NotYet while it drains, StateUnreachable while it is registered."""
    client: ElasticLoadBalancingv2Client = context.clients.get("elbv2")
    port = resolve_port(client, given)
    seen = look_up_membership(client, given)
    if port in seen.registered:
        raise StateUnreachable(cause=f"{given.instance_id} on port {port} is registered, so nothing drains it")
    if port in seen.draining:
        raise NotYet(cause=f"{given.instance_id} on port {port} is draining")
    return Output(target_group=given.target_group, instance_id=given.instance_id, port=port, drained=True)


ATOM = Atom(
    name="elb.wait_drained",
    version=1,
    summary="Succeed once an instance that was taken out of a target group has drained; raise NotYet until then.",
    input=MembershipInput,
    output=Output,
    intent=Intent.OBSERVE,
    touches=(Touched("host/{instance_id}", Intent.OBSERVE),),
    emits=(),
    permissions=(LOOK,),
    timeout_s=60,
    effect_timeout_s=0,
    idempotency=Idempotency.NATURAL,
    undo=None,
    errors=(NotYet, StateUnreachable),
    example="""\
- id: drained
  atom: elb.wait_drained
  with: {target_group: "{% $input.target_group %}", instance_id: "{% $input.host %}"}
  retry: {errors: [NotYet], max: 60, interval: 15s, backoff: 1}
""",
    run=run,
    # Emulators forget a target at once, so nothing ever drains there.
    proof=Proof.STUBBER,
)
