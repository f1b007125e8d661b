"""Judges the end by reading AWS back: nothing is taken from what the demo itself said."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.catalog.names import machine_arn
from chalicelib.control.model import ObjectRecord
from infra.cloud import Cloud
from infra.demo.fleet import Fleet, read_states, read_targets
from infra.demo.signs import short


@dataclass(frozen=True, slots=True)
class Check:
    """One condition of success, and what was found."""

    what: str
    expected: str
    found: str

    @property
    def passed(self) -> bool:
        """Whether they agree."""
        return self.expected == self.found


def check_end(
    cloud: Cloud, hosts: Mapping[str, ObjectRecord], stage: str, fleet: Fleet, expected: Mapping[str, int]
) -> list[Check]:
    """Read instances, targets, locks, goals and executions back."""
    states = Counter(read_states(cloud).values())
    targets, wanted = read_targets(cloud, fleet.target_group), frozenset(fleet.instances)
    goals = Counter(record.goal["status"] for record in hosts.values() if record.goal)
    executions = {name: Counter(list_statuses(cloud, stage, name)) for name in expected}
    return [
        Check("instances, read from EC2", f"running: {len(fleet.instances)}", _count(states)),
        Check("targets registered, read from ELBv2", "the same 6", _compare(wanted, targets)),
        Check("locks held, read from the table", "none", ", ".join(_list_held(hosts)) or "none"),
        Check("goals of the rule host_stopped", "met: 2", _count(goals)),
        *(
            Check(
                f"executions of {name}, listed by Step Functions",
                f"SUCCEEDED: {count}" if count else "none",
                _count(executions[name]),
            )
            for name, count in expected.items()
        ),
    ]


def list_statuses(cloud: Cloud, stage: str, workflow: str) -> list[str]:
    """List the status of every execution of a workflow."""
    arn = machine_arn("aws", cloud.region, cloud.account, stage, workflow)
    pages = cloud.client("stepfunctions").get_paginator("list_executions").paginate(stateMachineArn=arn)
    return [one["status"] for page in pages for one in page["executions"]]


def _list_held(hosts: Mapping[str, ObjectRecord]) -> list[str]:
    return [f"{record.id.short} by {short(one.dispatch)}" for record in hosts.values() for one in record.holders]


def _count(counter: Mapping[str, int]) -> str:
    return ", ".join(f"{name}: {counter[name]}" for name in sorted(counter)) or "none"


def _compare(wanted: frozenset[str], found: frozenset[str]) -> str:
    if wanted == found:
        return f"the same {len(wanted)}"
    return (
        f"missing: {', '.join(sorted(wanted - found)) or 'none'}; extra: {', '.join(sorted(found - wanted)) or 'none'}"
    )
