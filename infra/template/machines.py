"""The state machines, each with a role that may invoke exactly the functions its states call."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from chalicelib.catalog.model import ApiCall, AtomEntry, Workflow
from chalicelib.catalog.names import machine_name
from infra import iam
from infra.errors import UnknownSubstitution
from infra.functions import Function
from infra.template.ids import make_id

Definition = Mapping[str, Any]

_BUS, _STAGE = "bus", "stage"
"""The holes that are no functions: the name of Interlock's own bus, and the stage."""

_HOLE = re.compile(r"\$\{(\w+)\}")


def describe_machines(
    stage: str,
    machines: Mapping[str, Definition],
    functions: Sequence[Function],
    workflows: Mapping[str, Workflow] | None = None,
    atoms: Mapping[str, AtomEntry] | None = None,
) -> dict[str, Any]:
    """Give a machine and a role per workflow; `workflows` says which API calls of its own a machine makes.

    A function is one of ours, or the one that an atom of `atoms` names. Raises UnknownSubstitution for any other, and
    UnknownHole.
    """
    known: dict[str, Any] = {one.name: {"Fn::GetAtt": [one.logical_id, "Arn"]} for one in functions}
    known |= _list_foreign(stage, atoms or {})
    return {
        logical_id: resource
        for name in sorted(machines)
        for logical_id, resource in _describe_one(
            stage, name, machines[name], known, _calls((workflows or {}).get(name))
        ).items()
    }


def machine_id(name: str) -> str:
    """Name a workflow's machine in the template."""
    return make_id("Machine", name)


def find_holes(definition: Definition) -> set[str]:
    """List the names of all `${…}` in the definition's strings."""
    return {hole for text in _strings(definition) for hole in _HOLE.findall(text)}


def _list_foreign(stage: str, atoms: Mapping[str, AtomEntry]) -> dict[str, Any]:
    """Give the functions that are not ours, by the hole that stands for them in definitions."""
    return {
        name.replace(".", "_"): iam.fill_holes(name, one.function_arn.replace("${stage}", stage))
        for name, one in atoms.items()
        if one.function_arn is not None
    }


def _calls(workflow: Workflow | None) -> tuple[ApiCall, ...]:
    return workflow.calls if workflow is not None else ()


def _describe_one(
    stage: str, name: str, definition: Definition, known: Mapping[str, Any], calls: Sequence[ApiCall]
) -> dict[str, Any]:
    holes = sorted(find_holes(definition))
    called = [hole for hole in holes if hole not in {_BUS, _STAGE}]
    if unknown := [hole for hole in called if hole not in known]:
        raise UnknownSubstitution(workflow=name, keys=", ".join(unknown))
    logical_id = machine_id(name)
    substitutions: dict[str, Any] = {hole: known[hole] for hole in called}
    if _BUS in holes:
        substitutions[_BUS] = {"Ref": "Bus"}
    if _STAGE in holes:
        substitutions[_STAGE] = stage
    statements = iam.grant_machine(
        machine_name(stage, name),
        [known[hole] for hole in called],
        calls,
        emits=_BUS in holes,
        distributes="DISTRIBUTED" in _strings(definition),
    )
    machine = {
        "StateMachineName": machine_name(stage, name),
        "StateMachineType": "STANDARD",
        "RoleArn": {"Fn::GetAtt": [f"{logical_id}Role", "Arn"]},
        "Definition": definition,
        **({"DefinitionSubstitutions": substitutions} if substitutions else {}),
    }
    return {
        logical_id: {"Type": "AWS::StepFunctions::StateMachine", "Properties": machine},
        f"{logical_id}Role": _describe_role(statements),
    }


def _describe_role(statements: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    properties = {
        "AssumeRolePolicyDocument": iam.trust_service("states.amazonaws.com"),
        **({"Policies": [{"PolicyName": "invoke", "PolicyDocument": document}]} if statements else {}),
    }
    return {"Type": "AWS::IAM::Role", "Properties": properties}


def _strings(value: Any) -> Iterator[str]:
    stack = [value]
    while stack:
        one = stack.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, Mapping):
            stack.extend(one.values())
        elif isinstance(one, Sequence):
            stack.extend(one)
