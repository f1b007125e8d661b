"""Every role that a stack would have, as data: who has it and what it allows."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from string import Template
from typing import Any

from chalicelib.catalog.names import function_name, machine_owner
from infra.compiled import Build
from infra.functions import list_functions, select_atoms
from infra.template.machines import describe_machines, machine_id
from infra.template.schedules import SCHEDULER_ROLE, describe_schedules

Json = Mapping[str, Any]

_PSEUDO = {"AWS::Partition": "aws", "AWS::Region": "REGION", "AWS::AccountId": "ACCOUNT"}


@dataclass(frozen=True, slots=True)
class Role:
    """One role. `kind` is core, atom or machine; statements are IAM's, with CloudFormation's expressions in them."""

    kind: str
    name: str
    statements: Sequence[Json]


def list_roles(stage: str, build: Build) -> tuple[Role, ...]:
    """Give the roles of the core functions, of the atoms' functions and of the machines."""
    functions = list_functions(stage, build.atoms.values(), build.bundle.accounts, build.bundle.sources.queues)
    atoms = {one.name for one in select_atoms(functions)}
    machines = describe_machines(stage, build.machines, functions, build.bundle.workflows, build.bundle.atoms)
    return (
        *(Role("atom" if one.name in atoms else "core", one.label, one.statements) for one in functions),
        *(
            Role("machine", name, tuple(_read_policies(machines[f"{machine_id(name)}Role"])))
            for name in sorted(build.machines)
            if machine_owner(name) == name
        ),
        *(
            Role("core", "scheduler", tuple(_read_policies(one)))
            for name, one in describe_schedules(build.bundle.rules, {}).items()
            if name == SCHEDULER_ROLE
        ),
    )


def write_target_role(stage: str, build: Build, account: str, home: str) -> Json:
    """Write what the role in another account needs: who may assume it, and what the atoms that are used do there.

    `home` is Interlock's own account. The role must be made by whoever owns the other one. Raises UnknownHole.
    """
    allowed: dict[str, list[str]] = {}
    for atom in build.atoms.values():
        if atom.home or atom.function_arn is not None:
            continue
        for one in atom.permissions:
            resource = Template(one.resource).safe_substitute(partition="aws", region="*", account=account)
            known = allowed.setdefault(json.dumps([resource, one.condition], sort_keys=True), [])
            known += [action for action in one.actions if action not in known]
    statements = []
    for index, key in enumerate(sorted(allowed)):
        resource, condition = json.loads(key)
        statement = {"Sid": f"Atoms{index}", "Effect": "Allow", "Action": sorted(allowed[key]), "Resource": [resource]}
        statements.append({**statement, "Condition": condition} if condition else statement)
    roles = {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{home}:role/{function_name(stage, '*')}"}}
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{home}:root"},
        "Action": "sts:AssumeRole",
        "Condition": roles,
    }
    return {
        "role": build.bundle.accounts[account],
        "trust": {"Version": "2012-10-17", "Statement": [trust]},
        "policy": {"Version": "2012-10-17", "Statement": statements},
    }


def show_resource(value: Any) -> str:
    """Write a resource as people read it: an ARN with REGION and ACCOUNT, or `Table.Arn` of a resource of the stack."""
    if isinstance(value, str):
        return value
    match dict(value):
        case {"Fn::Sub": str(text)}:
            for name, word in _PSEUDO.items():
                text = text.replace(f"${{{name}}}", word)
            return text.replace("${", "").replace("}", "")
        case {"Fn::GetAtt": [logical_id, attribute]}:
            return f"{logical_id}.{attribute}"
        case {"Ref": name}:
            return str(_PSEUDO.get(name, name))
        case other:
            return str(other)


def _read_policies(role: Json) -> Iterator[Json]:
    for policy in role["Properties"].get("Policies", []):
        yield from policy["PolicyDocument"]["Statement"]
