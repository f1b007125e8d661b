"""List the targets of a target group, so that each host behind it is known with its state and labels."""

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from chalicelib.atoms.contract import STATE_CHANGED, Atom, AtomInput, AtomOutput, Context, Idempotency, Proof
from chalicelib.atoms.ec2.listing import (
    LOOK_AT_HOSTS,
    Instance,
    Limit,
    TooManyMatches,
    check_limit,
    describe_members,
    emit_hosts,
)
from chalicelib.atoms.elb.targets import GROUP_LABEL, LOOK, REGISTERED, name_group, target_change
from chalicelib.atoms.errors import NotFound
from chalicelib.catalog.model import Intent

if TYPE_CHECKING:
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client

_LEAVING = "draining"


class Input(AtomInput):
    """Which group, by name or ARN."""

    target_group: Annotated[
        str,
        Field(
            pattern="^(arn:aws[a-z-]*:elasticloadbalancing:[a-z0-9-]+:[0-9]{12}:targetgroup/[A-Za-z0-9-]{1,32}/[A-Za-z0-9]+"
            "|[A-Za-z0-9-]{1,32})$",
            examples=["web"],
            description="Name or ARN of the target group",
        ),
    ]
    limit: Limit = 200


class Target(AtomOutput):
    """One target: an instance, an address, a function or another load balancer."""

    id: str
    port: int | None = Field(description="None for a function")
    health: str = Field(description="As ELB says: healthy, unhealthy, initial, draining, unused, unavailable")


class Output(AtomOutput):
    """The group with all of its targets, and those that are instances as EC2 describes them."""

    target_group: str = Field(description="Its ARN")
    name: str
    targets: list[Target]
    instances: list[Instance] = Field(
        description="In order of their ids; each that is not just draining has the label `target_group:<name>`"
    )


def run(given: Input, context: Context) -> Output:
    """Describe the group's targets, then the instances among them; emit all of these. Raises TooManyMatches past the limit."""
    client: ElasticLoadBalancingv2Client = context.clients.get("elbv2")
    arn, takes_instances = _find_group(client, given.target_group)
    described = client.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
    targets = sorted(
        (
            Target(id=one["Target"]["Id"], port=one["Target"].get("Port"), health=one["TargetHealth"].get("State", "unknown"))
            for one in described
            if one["TargetHealth"].get("Reason") != "Target.NotRegistered"
        ),
        key=lambda one: (one.id, one.port or 0),
    )  # fmt: skip
    check_limit(len(targets), given.limit)
    hosts = [one for one in targets if takes_instances]
    for one in hosts:
        context.emit(target_change(arn, one.id, one.port or 0, one.health))
    staying = {one.id for one in hosts if one.health != _LEAVING}
    found = describe_members(context, sorted({one.id for one in hosts}), given.limit)
    label = {f"{GROUP_LABEL}{name_group(arn)}": REGISTERED}
    instances = [
        shown for one in found for shown in emit_hosts(context, [one], label if one["InstanceId"] in staying else {})
    ]
    return Output(target_group=arn, name=name_group(arn), targets=targets, instances=instances)


def _find_group(client: "ElasticLoadBalancingv2Client", given: str) -> tuple[str, bool]:
    """Give a group's ARN, and whether its targets are instances. Raises NotFound."""
    answer = (
        client.describe_target_groups(TargetGroupArns=[given])
        if given.startswith("arn:")
        else client.describe_target_groups(Names=[given])
    )
    for group in answer["TargetGroups"]:
        return group["TargetGroupArn"], group.get("TargetType", "instance") == "instance"
    raise NotFound(cause=f"ELB knows no target group {given}")


ATOM = Atom(
    name="elb.describe_targets",
    version=1,
    summary="List the targets of a target group with their health, and its hosts with state, zone and labels.",
    input=Input,
    output=Output,
    intent=Intent.OBSERVE,
    touches=(),
    emits=(STATE_CHANGED,),
    permissions=(LOOK, LOOK_AT_HOSTS),
    timeout_s=60,
    effect_timeout_s=0,
    idempotency=Idempotency.NATURAL,
    undo=None,
    errors=(TooManyMatches,),
    example="""\
- id: fleet
  atom: elb.describe_targets
  with: {target_group: checkout}
""",
    run=run,
    # The listing; moto and MiniStack call every target healthy.
    proof=Proof.MINISTACK,
)
