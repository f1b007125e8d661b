"""Set how a listener shares traffic among its target groups."""

from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import Field, model_validator

from chalicelib.atoms.contract import Atom, AtomInput, AtomOutput, Context, Idempotency, Permission, Proof, Touched
from chalicelib.atoms.elb.listeners import NotWeighted, Route, find_route, reweigh
from chalicelib.atoms.elb.targets import TargetGroup
from chalicelib.atoms.errors import Unavailable
from chalicelib.catalog.model import Intent

if TYPE_CHECKING:
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client

Weight = Annotated[int, Field(ge=0, le=999)]

_LISTENERS = "arn:${partition}:elasticloadbalancing:${region}:${account}:listener/app/*/*/*"
_RULES = "arn:${partition}:elasticloadbalancing:${region}:${account}:listener-rule/app/*/*/*/*"
_GROUPS = 5


class Input(AtomInput):
    """Which listener, and the weight of each of its target groups."""

    load_balancer: Annotated[
        str,
        Field(pattern="^[A-Za-z0-9-]{1,32}$", description="Name of an application load balancer", examples=["shop"]),
    ]
    port: Annotated[int, Field(ge=1, le=65535)] = Field(description="Port of the listener")
    rule: Annotated[int, Field(ge=1, le=50_000)] | None = Field(
        default=None, description="Priority of the listener's rule; none is its default action"
    )
    weights: Annotated[dict[TargetGroup, Weight], Field(min_length=1, max_length=_GROUPS)] = Field(
        description="Target group ARN with its weight from 0 to 999; the share is weight by sum of weights",
    )

    @model_validator(mode="after")
    def _send_it_somewhere(self) -> Self:
        if not any(self.weights.values()):
            cause = "one weight must be above 0, else ELB answers everybody with an error"
            raise ValueError(cause)
        return self


class Output(AtomOutput):
    """The weights before and after; the former are what an undo gives back."""

    load_balancer: str
    port: int
    weights: dict[str, int]
    previous: dict[str, int]
    changed: bool = Field(description="Whether there was anything to do")


def run(given: Input, context: Context) -> Output:
    """Read the weights, write them if they differ, and read them again."""
    client: ElasticLoadBalancingv2Client = context.clients.get("elbv2")
    route = find_route(client, given.load_balancer, given.port, given.rule)
    previous = route.weights
    if unnamed := sorted(set(previous) - set(given.weights)):
        raise NotWeighted(cause=f"it also sends to {', '.join(unnamed)}: give every group a weight, 0 for none")
    after = previous
    if previous != given.weights:
        _write(client, route, given.weights)
        after = find_route(client, given.load_balancer, given.port, given.rule).weights
    if after != given.weights:
        raise Unavailable(cause="ELB accepted the request, and still shows other weights")
    return Output(
        load_balancer=given.load_balancer,
        port=given.port,
        weights=after,
        previous=previous,
        changed=previous != after,
    )


def _write(client: "ElasticLoadBalancingv2Client", route: Route, weights: dict[str, int]) -> None:
    actions: Any = reweigh(route.actions, weights)
    if route.is_rule:
        client.modify_rule(RuleArn=route.arn, Actions=actions)
    else:
        client.modify_listener(ListenerArn=route.arn, DefaultActions=actions)


ATOM = Atom(
    name="elb.shift_weights",
    version=1,
    summary="Set the weights by which a listener or its rule shares traffic among target groups.",
    input=Input,
    output=Output,
    intent=Intent.DISRUPT,
    touches=(Touched("load_balancer/{load_balancer}", Intent.DISRUPT),),
    emits=(),
    permissions=(
        Permission(
            (
                "elasticloadbalancing:DescribeListeners",
                "elasticloadbalancing:DescribeLoadBalancers",
                "elasticloadbalancing:DescribeRules",
            ),
        ),
        Permission(("elasticloadbalancing:ModifyListener",), _LISTENERS),
        Permission(("elasticloadbalancing:ModifyRule",), _RULES),
    ),
    timeout_s=60,
    # ELB takes some seconds to spread the weights to its nodes; the function's own minute is longer.
    effect_timeout_s=120,
    idempotency=Idempotency.CHECK_FIRST,
    undo="elb.shift_weights",
    errors=(NotWeighted,),
    example="""\
- id: shift
  atom: elb.shift_weights
  with:
    load_balancer: "{% $input.balancer %}"
    port: 443
    weights:
      arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/blue/73e2d6bc24d8a067: 90
      arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/green/83e2d6bc24d8a068: 10
  undo:
    atom: elb.shift_weights
    with:
      load_balancer: "{% $input.balancer %}"
      port: 443
      weights:
        arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/blue/73e2d6bc24d8a067: 100
        arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/green/83e2d6bc24d8a068: 0
""",
    run=run,
    proof=Proof.MOTO,
)
