"""Every role of a stack that uses the whole library: real actions, nothing on everything that could be on less."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.atoms.registry import get_atoms
from chalicelib.catalog.names import machine_owner
from infra.build import build_project
from infra.functions import CORE
from infra.project import find_project
from infra.roles import Role, list_roles, show_resource
from tests.contract.authorizations import fits, is_action, resource_formats
from tests.contract.test_atoms import WITHOUT_A_DATASET

PROJECT = build_project(find_project())
BUILD = replace(
    PROJECT,
    atoms=dict(get_atoms()),
    bundle=replace(PROJECT.bundle, accounts={"111122223333": "interlock", "210987654321": "ops/interlock"}),
)
ROLES = list_roles("test", BUILD)

every_role = pytest.mark.parametrize("role", ROLES, ids=lambda role: f"{role.kind}:{role.name}")


def allowed(role: Role) -> Iterator[tuple[str, Any]]:
    """Give each allowed action with each resource that it is allowed on."""
    for statement in role.statements:
        assert statement["Effect"] in {"Allow", "Deny"}
        assert isinstance(statement["Resource"], list | str)
        assert "NotAction" not in statement
        assert "NotResource" not in statement
        if statement["Effect"] == "Allow":
            actions = [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]
            resources = [statement["Resource"]] if isinstance(statement["Resource"], str) else statement["Resource"]
            yield from ((action, resource) for action in actions for resource in resources)


@every_role
def test_every_action_is_one_that_aws_has(role: Role) -> None:
    for action, _ in allowed(role):
        assert "*" not in action
        assert is_action(action), action


@every_role
def test_everything_is_only_what_cannot_be_limited(role: Role) -> None:
    for action, resource in allowed(role):
        if resource == "*":
            assert not resource_formats(action) or action in WITHOUT_A_DATASET, action


@every_role
def test_a_resource_is_of_a_kind_that_the_action_takes(role: Role) -> None:
    for action, resource in allowed(role):
        shown = show_resource(resource)
        if shown.startswith("arn:"):
            pattern = shown.replace("REGION", "${region}").replace("ACCOUNT", "${account}")
            assert fits(pattern, resource_formats(action)), (action, shown)


def test_every_function_and_every_machine_has_a_role() -> None:
    scheduler = 1
    assert len(ROLES) == len(CORE) + scheduler + len(get_atoms()) + len(
        {machine_owner(name) for name in BUILD.machines}
    )
    assert len({(role.kind, role.name) for role in ROLES}) == len(ROLES)


def test_an_atom_that_only_looks_may_only_look() -> None:
    for atom in get_atoms().values():
        if not atom.mutating and atom.name != "notify.sns":
            verbs = {action.partition(":")[2] for action in atom.actions}
            assert all(verb.startswith(("Describe", "Get", "List")) for verb in verbs), atom.name
