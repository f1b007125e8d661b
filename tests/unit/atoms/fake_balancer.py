# ruff: noqa: N803 - the arguments are botocore's
"""ELBv2 in memory, as far as the atoms need it."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from tests.unit.atoms.faults import client_error
from tests.unit.atoms.places import BALANCER, GROUP


class FakeElb:
    """One target group on port 80: health state by instance and port."""

    def __init__(self) -> None:
        self.port: int | None = 80
        self.kind = "instance"
        self.targets: dict[tuple[str, int], str] = {}
        self.requests: list[str] = []
        self.visible = True
        self.actions: list[dict[str, Any]] = []
        self.rule: list[dict[str, Any]] = []
        self.certificate: str | None = None

    def describe_target_groups(
        self, TargetGroupArns: list[str] | None = None, Names: list[str] | None = None
    ) -> dict[str, Any]:
        self._require(TargetGroupArns[0] if TargetGroupArns else GROUP.replace("/web/", f"/{(Names or [''])[0]}/"),
                      "DescribeTargetGroups")  # fmt: skip
        shown = {"TargetGroupArn": GROUP, "TargetType": self.kind}
        return {"TargetGroups": [shown | ({"Port": self.port} if self.port else {})]}

    def state(self) -> object:
        return [self.targets, self.actions, self.rule, self.certificate]

    def describe_load_balancers(self, Names: list[str]) -> dict[str, Any]:
        if Names != [BALANCER]:
            raise client_error("LoadBalancerNotFound", "DescribeLoadBalancers")
        return {"LoadBalancers": [{"LoadBalancerArn": "lb"}]}

    def get_paginator(self, operation: str) -> "_Pages":
        shown = [{"CertificateArn": self.certificate}] if self.certificate else []
        listener = {
            "ListenerArn": "listener",
            "Port": 443,
            "DefaultActions": deepcopy(self.actions),
            "Certificates": shown,
        }
        rule = {"RuleArn": "rule", "Priority": "10", "Actions": deepcopy(self.rule)}
        return _Pages({"Listeners": [listener]} if operation == "describe_listeners" else {"Rules": [rule]})

    def modify_listener(
        self,
        ListenerArn: str,
        DefaultActions: list[dict[str, Any]] | None = None,
        Certificates: list[dict[str, str]] | None = None,
    ) -> None:
        self.requests.append("ModifyListener")
        self.actions = DefaultActions or self.actions
        for one in Certificates or [] if self.visible else []:
            self.certificate = one["CertificateArn"]

    def modify_rule(self, RuleArn: str, Actions: list[dict[str, Any]]) -> None:
        self.requests.append("ModifyRule")
        self.rule = Actions

    def describe_target_health(self, TargetGroupArn: str, Targets: object = None) -> dict[str, Any]:
        self._require(TargetGroupArn, "DescribeTargetHealth")
        return {
            "TargetHealthDescriptions": [
                {"Target": {"Id": instance, "Port": port}, "TargetHealth": self._health(state)}
                for (instance, port), state in self.targets.items()
            ],
        }

    def register_targets(self, TargetGroupArn: str, Targets: list[dict[str, Any]]) -> dict[str, Any]:
        self._require(TargetGroupArn, "RegisterTargets")
        self.requests.append("RegisterTargets")
        for one in Targets if self.visible else []:
            self.targets[one["Id"], one["Port"]] = "initial"
        return {}

    def deregister_targets(self, TargetGroupArn: str, Targets: list[dict[str, Any]]) -> dict[str, Any]:
        self._require(TargetGroupArn, "DeregisterTargets")
        self.requests.append("DeregisterTargets")
        for one in Targets if self.visible else []:
            self.targets[one["Id"], one["Port"]] = "draining"
        return {}

    def _require(self, arn: str, operation: str) -> None:
        if arn != GROUP:
            raise client_error("TargetGroupNotFound", operation)

    @staticmethod
    def _health(state: str) -> dict[str, str]:
        """Read `unused: Target.NotInUse` as a state with its reason."""
        name, _, reason = state.partition(": ")
        return {"State": name, **({"Reason": reason} if reason else {})}


class _Pages:
    def __init__(self, page: dict[str, Any]) -> None:
        self._page = page

    def paginate(self, **_: Any) -> Iterator[dict[str, Any]]:
        yield self._page
