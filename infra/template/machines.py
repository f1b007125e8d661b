"""The state machines, each workflow with a role that may invoke exactly the functions its states call."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from chalicelib.catalog.model import ApiCall, AtomEntry, Workflow
from chalicelib.catalog.names import machine_name, machine_owner, resumption_name
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
    """Give each machine, and a role per workflow; `workflows` says which API calls of its own a machine makes.

    A function is one of ours, or the one that an atom of `atoms` names. Raises UnknownSubstitution for any other, and
    UnknownHole.
    """
    known: dict[str, Any] = {one.name: {"Fn::GetAtt": [one.logical_id, "Arn"]} for one in functions}
    known |= _list_foreign(stage, atoms or {})
    found: dict[str, Any] = {}
    for name in sorted(machines):
        found[machine_id(name)] = _describe_machine(stage, name, machines[name], known)
        if machine_owner(name) == name:
            calls = _calls((workflows or {}).get(name))
            found[_role_id(name)] = _describe_role(_grant(stage, name, machines, known, calls))
    return found


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


def _role_id(name: str) -> str:
    return f"{machine_id(machine_owner(name))}Role"


def _list_called(name: str, definition: Definition, known: Mapping[str, Any]) -> list[str]:
    """Give the holes of a definition that are functions. Raises UnknownSubstitution."""
    called = [hole for hole in sorted(find_holes(definition)) if hole not in {_BUS, _STAGE}]
    if unknown := [hole for hole in called if hole not in known]:
        raise UnknownSubstitution(workflow=name, keys=", ".join(unknown))
    return called


def _describe_machine(stage: str, name: str, definition: Definition, known: Mapping[str, Any]) -> dict[str, Any]:
    holes = find_holes(definition)
    substitutions: dict[str, Any] = {hole: known[hole] for hole in _list_called(name, definition, known)}
    if _BUS in holes:
        substitutions[_BUS] = {"Ref": "Bus"}
    if _STAGE in holes:
        substitutions[_STAGE] = stage
    machine = {
        "StateMachineName": machine_name(stage, name),
        "StateMachineType": "STANDARD",
        "RoleArn": {"Fn::GetAtt": [_role_id(name), "Arn"]},
        "Definition": definition,
        **({"DefinitionSubstitutions": substitutions} if substitutions else {}),
    }
    return {"Type": "AWS::StepFunctions::StateMachine", "Properties": machine}


def _grant(
    stage: str, name: str, machines: Mapping[str, Definition], known: Mapping[str, Any], calls: Sequence[ApiCall]
) -> Sequence[Mapping[str, Any]]:
    """Give the rights of a machine, which what goes on with its workflow shares."""
    definition = machines[name]
    return iam.grant_machine(
        [machine_name(stage, one) for one in (name, resumption_name(name)) if one in machines],
        [known[hole] for hole in _list_called(name, definition, known)],
        calls,
        emits=_BUS in find_holes(definition),
        distributes="DISTRIBUTED" in _strings(definition),
    )


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
