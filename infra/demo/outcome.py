"""Judges the end by reading AWS back: nothing is taken from what the demo itself said."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.catalog.names import machine_arn
from chalicelib.control.ports import Store
from chalicelib.control.records import object_key, read_object
from chalicelib.identity import ObjectId
from infra.cloud import Cloud
from infra.demo.fleet import Fleet, read_states, read_targets


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
    cloud: Cloud, store: Store, stage: str, fleet: Fleet, before: frozenset[str], expected: Mapping[str, int]
) -> list[Check]:
    """Read instances, targets, locks and executions back."""
    states = Counter(read_states(cloud).values())
    targets = read_targets(cloud, fleet.target_group)
    executions = {name: Counter(list_statuses(cloud, stage, name)) for name in expected}
    return [
        Check("instances, read from EC2", f"running: {len(fleet.instances)}", _count(states)),
        Check("targets registered, read from ELBv2", _list(before), _list(targets)),
        Check("locks held, read from the table", "none", ", ".join(_list_held(cloud, store, fleet)) or "none"),
        *(
            Check(f"executions of {name}, listed by Step Functions", f"SUCCEEDED: {count}", _count(executions[name]))
            for name, count in expected.items()
        ),
    ]


def list_statuses(cloud: Cloud, stage: str, workflow: str) -> list[str]:
    """List the status of every execution of a workflow."""
    arn = machine_arn("aws", cloud.region, cloud.account, stage, workflow)
    pages = cloud.client("stepfunctions").get_paginator("list_executions").paginate(stateMachineArn=arn)
    return [one["status"] for page in pages for one in page["executions"]]


def _list_held(cloud: Cloud, store: Store, fleet: Fleet) -> list[str]:
    objects = [ObjectId(cloud.account, cloud.region, "host", one) for one in fleet.instances]
    rows = store.read([object_key(one) for one in objects])
    records = [read_object(one, rows.get(object_key(one))) for one in objects]
    return [f"{record.id.short} by {holder.dispatch}" for record in records for holder in record.holders]


def _count(counter: Mapping[str, int]) -> str:
    return ", ".join(f"{name}: {counter[name]}" for name in sorted(counter)) or "none"


def _list(targets: frozenset[str]) -> str:
    return f"{len(targets)}: " + ", ".join(sorted(targets))
