"""`interlock rules [NAME]`: the deployed rules, and how one decides."""

import json
from typing import Annotated, Any

import typer
from rich.text import Text
from rich.tree import Tree

from infra.cli.connection import connect
from infra.cli.listing import print_json, print_table, print_tree
from infra.cli.options import Local, Profile, Region, Stage
from infra.cli.screen import err

Name = Annotated[str | None, typer.Argument(help="A rule.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, as the API gives it.")]

Json = dict[str, Any]


def run(
    context: typer.Context,
    name: Name = None,
    stage: Stage = "dev",
    local: Local = False,  # noqa: FBT002 - a command's flag
    region: Region = None,
    profile: Profile = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """List the rules of a deployed stage, or show one as a tree: what it matches, and its branches in order."""
    api = connect(context, stage, local=local, region=region, profile=profile).api
    if name is not None:
        rule = api.read_rule(name)
        print_json(rule) if as_json else print_tree(_grow(rule))
        return
    found = api.list_rules()
    if as_json:
        print_json(found)
        return
    if not found["rules"]:
        err.print("There are no rules.")
        return
    rows = ((one["name"], one["mode"], ", ".join(one["runs"]) or "-", one["description"]) for one in found["rules"])
    print_table(("name", "mode", "runs", "description"), rows)


def _grow(rule: Json) -> Tree:
    tree = Tree(Text.assemble((rule["name"], "bold"), f"  {rule['mode']}  ", rule["description"]))
    when = rule["schedule"]
    tree.add(Text(f"at {when['expression']}, {when['timezone']}" if when else f"matches {json.dumps(rule['match'])}"))
    tree.add(Text(f"about {rule['object']}"))
    branches = tree.add(Text("decides, the first true branch:"))
    for one in rule["branches"]:
        condition = f"when {one['when']}" if one["when"] else "else"
        branches.add(Text(f"{condition}: {_say(one)}"))
    if rule["goal"]:
        tree.add(Text(f"until {rule['goal']}"))
    return tree


def _say(branch: Json) -> str:
    if branch["run"]:
        given = ", ".join(f"{name}={value}" for name, value in (branch["input"] or {}).items())
        return f"run {branch['run']}({given})"
    return f"page {branch['page']}" if branch["page"] else f"ignore, because {branch['ignore']}"
