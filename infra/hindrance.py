"""What a deployment would take from under executions that run: the machines and functions that it removes.

CloudFormation does not look: a machine that is removed ends no execution, but an execution whose atom's function is gone
fails at that step, and one whose undo machine is gone cannot be taken back.
"""

from collections.abc import Iterator
from typing import NamedTuple

from infra.cloud import Cloud
from infra.stack import ChangeSet

_MACHINE = "AWS::StepFunctions::StateMachine"
_FUNCTION = "AWS::Lambda::Function"
_UNDO = ".undo"


class Hindrance(NamedTuple):
    """An execution that runs, and what of it would be removed: machines and functions by their names."""

    execution: str
    needs: tuple[str, ...]


def find_hindrances(cloud: Cloud, prepared: ChangeSet) -> tuple[Hindrance, ...]:
    """Give the running executions that need what a change set removes. Asks nothing of AWS if it removes nothing."""
    removed = [one for one in prepared.changes if one.action == "Remove"]
    machines = {one.physical_id.rpartition(":")[2] for one in removed if one.kind == _MACHINE}
    functions = {one.physical_id for one in removed if one.kind == _FUNCTION}
    return tuple(_find(cloud, prepared.stack, machines, functions)) if machines or functions else ()


def _find(cloud: Cloud, stack: str, machines: set[str], functions: set[str]) -> Iterator[Hindrance]:
    states = cloud.client("stepfunctions")
    for page in states.get_paginator("list_state_machines").paginate():
        for machine in page["stateMachines"]:
            if not machine["name"].startswith(f"{stack}-"):
                continue
            needs = sorted({machine["name"], machine["name"] + _UNDO} & machines)
            if functions:
                definition = states.describe_state_machine(stateMachineArn=machine["stateMachineArn"])["definition"]
                needs += sorted(one for one in functions if f':function:{one}"' in definition)
            if needs:
                yield from _list_running(cloud, machine["stateMachineArn"], tuple(needs))


def _list_running(cloud: Cloud, machine: str, needs: tuple[str, ...]) -> Iterator[Hindrance]:
    pages = cloud.client("stepfunctions").get_paginator("list_executions")
    for page in pages.paginate(stateMachineArn=machine, statusFilter="RUNNING"):
        yield from (Hindrance(one["name"], needs) for one in page["executions"])
