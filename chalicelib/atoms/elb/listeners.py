"""What is behind a listener: the action that forwards, and how it is written back with other weights."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chalicelib.atoms.errors import AtomError, NotFound

if TYPE_CHECKING:
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client
    from mypy_boto3_elbv2.type_defs import ListenerTypeDef

Actions = Sequence[Mapping[str, Any]]


class NotWeighted(AtomError):
    """The listener does not forward in a way that has these weights: {cause}. Give it a forward action to the groups first."""

    nothing_done = True


@dataclass(frozen=True, slots=True)
class Route:
    """One place that holds weights: a listener's default action, or a rule of it."""

    arn: str
    is_rule: bool
    actions: Actions

    @property
    def weights(self) -> dict[str, int]:
        """Target group ARN -> weight; ELB counts a lone group without a weight as 1. Raises NotWeighted."""
        forward = self.actions[_find_forward(self.actions)]
        groups = forward.get("ForwardConfig", {}).get("TargetGroups")
        if groups:
            return {group["TargetGroupArn"]: group.get("Weight", 1) for group in groups}
        return {forward["TargetGroupArn"]: 1}


def find_route(client: "ElasticLoadBalancingv2Client", balancer: str, port: int, priority: int | None) -> Route:
    """Find a listener by its balancer's name and port, or its rule of a priority. Raises NotFound."""
    listener = fetch_listener(client, balancer, port)
    if priority is None:
        return Route(listener["ListenerArn"], is_rule=False, actions=listener.get("DefaultActions", []))
    for page in client.get_paginator("describe_rules").paginate(ListenerArn=listener["ListenerArn"]):
        for rule in page["Rules"]:
            if rule.get("Priority") == str(priority):
                return Route(rule["RuleArn"], is_rule=True, actions=rule.get("Actions", []))
    raise NotFound(cause=f"the listener of {balancer} on port {port} has no rule of priority {priority}")


def fetch_listener(client: "ElasticLoadBalancingv2Client", balancer: str, port: int) -> "ListenerTypeDef":
    """Describe a listener by its balancer's name and port. Raises NotFound."""
    balancers = client.describe_load_balancers(Names=[balancer])["LoadBalancers"]
    if not balancers:
        raise NotFound(cause=f"ELB knows no load balancer {balancer}")
    pages = client.get_paginator("describe_listeners").paginate(LoadBalancerArn=balancers[0]["LoadBalancerArn"])
    listeners = [one for page in pages for one in page["Listeners"] if one.get("Port") == port]
    if not listeners:
        raise NotFound(cause=f"{balancer} has no listener on port {port}")
    return listeners[0]


def reweigh(actions: Actions, weights: Mapping[str, int]) -> list[dict[str, Any]]:
    """Give the actions with other weights and all else, such as stickiness or a login before it, as it was."""
    changed = [deepcopy(dict(action)) for action in actions]
    forward = changed[_find_forward(actions)]
    config = dict(forward.get("ForwardConfig", {}))
    config["TargetGroups"] = [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in weights.items()]
    forward["ForwardConfig"] = config
    forward.pop("TargetGroupArn", None)
    return changed


def _find_forward(actions: Actions) -> int:
    for at, action in enumerate(actions):
        if action.get("Type") == "forward":
            return at
    raise NotWeighted(cause="it forwards to no target group")
