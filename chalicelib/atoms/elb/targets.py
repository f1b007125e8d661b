"""What the ELB atoms share: which ports of a target group an instance serves, and how that becomes an object.

The object an ELB atom changes is the host: it is the host that stops or starts taking traffic, and control's lock and
budgets are on it. A target group is not locked, since many hosts of one group may rightly be drained side by side.
The membership itself is published as `target/<group>:<instance>:<port>`, never as a state of the host, whose state is
EC2's; and never as health, which registering does not show.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from chalicelib.atoms.contract import AtomInput, Change, Permission
from chalicelib.atoms.ec2.instances import InstanceId
from chalicelib.atoms.errors import AtomError, InputInvalid, NotFound

if TYPE_CHECKING:
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client

TargetGroup = Annotated[
    str,
    Field(
        pattern="^arn:aws[a-z-]*:elasticloadbalancing:[a-z0-9-]+:[0-9]{12}:targetgroup/[A-Za-z0-9-]{1,32}/[A-Za-z0-9]+$",
        examples=["arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web/73e2d6bc24d8a067"],
        description="ARN of the target group",
    ),
]

LOOK = Permission(("elasticloadbalancing:DescribeTargetGroups", "elasticloadbalancing:DescribeTargetHealth"))
"""AWS has no resource-level permission for these."""

GROUP_LABEL = "target_group:"
"""A host that was seen in a target group has the label `target_group:<name>`: it may be in several."""
REGISTERED = "registered"

TARGET_GROUPS = "arn:${partition}:elasticloadbalancing:${region}:${account}:targetgroup/*/*"


class PortUnclear(AtomError):
    """The instance serves the group on other ports than the group's own, so say which: {cause}."""

    nothing_done = True


class MembershipInput(AtomInput):
    """One instance in one target group."""

    target_group: TargetGroup
    instance_id: InstanceId
    port: Annotated[int, Field(ge=1, le=65535)] | None = Field(
        default=None,
        description="Port the instance serves the group on; none is the group's own port",
    )


@dataclass(frozen=True, slots=True)
class Membership:
    """How an instance stood in a target group at one look. A port that is draining is not registered any more."""

    registered: frozenset[int]
    draining: frozenset[int]


def resolve_port(client: "ElasticLoadBalancingv2Client", given: MembershipInput) -> int:
    """Give the port meant. Raises NotFound for a group that is not there, InputInvalid for one without ports."""
    if given.port is not None:
        return given.port
    groups = client.describe_target_groups(TargetGroupArns=[given.target_group])["TargetGroups"]
    if not groups:
        raise NotFound(cause=f"ELB knows no target group {given.target_group}")
    port = groups[0].get("Port")
    if port is None:
        raise InputInvalid(cause=f"{given.target_group} takes no instances: it has no port")
    return port


def look_up_membership(client: "ElasticLoadBalancingv2Client", given: MembershipInput) -> Membership:
    """See on which ports the instance is registered; the whole group is asked for, or other ports would stay hidden."""
    registered, draining = set[int](), set[int]()
    answer = client.describe_target_health(TargetGroupArn=given.target_group)
    for one in answer["TargetHealthDescriptions"]:
        target, health = one["Target"], one["TargetHealth"]
        if target["Id"] != given.instance_id or health.get("Reason") == "Target.NotRegistered":
            continue
        (draining if health.get("State") == "draining" else registered).add(target["Port"])
    return Membership(frozenset(registered), frozenset(draining))


def membership_change(given: MembershipInput, port: int, state: str) -> Change:
    """Give the observed membership, `registered` or `deregistered`, as a change of its own object."""
    return target_change(given.target_group, given.instance_id, port, state)


def target_change(target_group: str, instance_id: str, port: int, state: str) -> Change:
    """Give what was seen of one target of a group, by the group's ARN."""
    labels = {"host": instance_id, "target_group": target_group}
    return Change(f"target/{name_group(target_group)}:{instance_id}:{port}", state, labels)


def name_group(target_group: str) -> str:
    """Give the name of a target group from its ARN."""
    return target_group.split("/")[1]
