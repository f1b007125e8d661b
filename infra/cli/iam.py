"""`interlock iam`: every role that a deployment creates, and what it may do."""

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from infra.cli.listing import print_json, print_table
from infra.cli.opening import compile_project
from infra.cli.options import Stage
from infra.roles import Role, list_roles, show_resource, write_target_role

As = Annotated[bool, typer.Option("--json", help="The statements as IAM takes them, for scripts and reviews.")]
Only = Annotated[str | None, typer.Argument(help="Only the role of this function, atom or machine.")]


Target = Annotated[
    str | None, typer.Option(help="In place of that, what the role in this other account needs, as JSON.")
]
Home = Annotated[str, typer.Option(help="With --account: the account that Interlock is in.")]


def run(
    name: Only = None,
    stage: Stage = "dev",
    as_json: As = False,  # noqa: FBT002 - typer's option
    account: Target = None,
    home: Home = "HOME",
) -> None:
    """Print the roles of this project's functions and machines; no AWS account is asked."""
    build = compile_project()
    if account is not None:
        if account not in build.bundle.accounts:
            known = ", ".join(build.bundle.accounts) or "none"
            raise typer.BadParameter(f"policies/services.yaml names no role for {account}; it has: {known}")
        print_json(write_target_role(stage, build, account, home))
        return
    roles = list_roles(stage, build)
    chosen = [one for one in roles if name is None or name in {one.name, one.name.replace("_", ".", 1)}]
    if not chosen:
        raise typer.BadParameter(f"no role is called {name}; there are: " + ", ".join(one.name for one in roles))
    if as_json:
        print_json([{"kind": one.kind, "name": one.name, "statements": one.statements} for one in chosen])
        return
    print_table(("role", "of", "", "actions", "on"), (row for one in chosen for row in _list_rows(one)))


def _list_rows(role: Role) -> Iterator[tuple[str, ...]]:
    for index, statement in enumerate(role.statements):
        actions, resources = _as_list(statement["Action"]), _as_list(statement["Resource"])
        title = (role.name, role.kind) if index == 0 else ("", "")
        on = ", ".join(show_resource(one) for one in resources) + _show_condition(statement)
        yield (*title, statement["Effect"].lower(), ", ".join(actions), on)


def _show_condition(statement: Any) -> str:
    keys = [f"{key} = {value}" for pairs in statement.get("Condition", {}).values() for key, value in pairs.items()]
    return f" if {' and '.join(keys)}" if keys else ""


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
