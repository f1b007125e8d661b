"""`interlock catalog [NAME]`: what may be started."""

import json
from collections.abc import Iterable, Iterator
from typing import Annotated, Any

import typer

from infra.cli.connection import connect
from infra.cli.listing import print_fields, print_json, print_table
from infra.cli.options import Local, Profile, Region, Stage
from infra.cli.screen import err, out

Name = Annotated[str | None, typer.Argument(help="A workflow or atom.")]
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
    """List the workflows and atoms that may be started, or show one with its input."""
    api = connect(context, stage, local=local, region=region, profile=profile).api
    if name is not None:
        entry = api.read_entry(name)
        print_json(entry) if as_json else print_entry(entry)
        return
    found = api.list_catalog()
    print_json(found) if as_json else print_entries(found["entries"])


def print_entries(entries: list[Json]) -> None:
    """Print a table of entries."""
    if not entries:
        err.print("The catalog is empty.")
        return
    print_table(("name", "kind", "intent", "objects", "description"), _list_entries(entries))


def print_entry(entry: Json) -> None:
    """Print one entry: what it does, what it locks, how long it takes, and its input."""
    print_fields(_list_fields(entry))
    fields: dict[str, Json] = entry["input_schema"].get("properties", {})
    if fields:
        out.print("\ninput:", style="bold")
        required = entry["input_schema"].get("required", ())
        print_table(("field", "type", "", "meaning"), _list_inputs(fields, required))


def _list_entries(entries: Iterable[Json]) -> Iterator[tuple[str, ...]]:
    for one in entries:
        intents, objects = ", ".join(one["intents"]) or "-", ", ".join(one["objects"]) or "-"
        yield one["name"], one["kind"], intents, objects, one["description"]


def _list_fields(entry: Json) -> Iterator[tuple[str, str]]:
    yield entry["kind"], entry["name"]
    yield "description", entry["description"]
    yield "locks", ", ".join(f"{one['object']} ({one['intent']})" for one in entry["touches"])
    yield "excludes", ", ".join(entry["excludes"])
    yield "usually takes", f"{entry['expected_s']} s, at most {entry['timeout_s']} s"
    yield "steps", str(entry["logical_steps"])
    yield "atoms", ", ".join(entry["atoms"])
    yield "on failure", "undone" if entry["undoes"] else ""
    if found := entry["estimate"]:
        yield "a run costs", f"about {found['expected']['usd']:.6f} US dollars, at worst {found['worst']['usd']:.6f}"
    if entry["example"]:
        yield "example", json.dumps(entry["example"])
    yield "hash", entry["hash"]


def _list_inputs(fields: dict[str, Json], required: Iterable[str]) -> Iterator[tuple[str, ...]]:
    for name, schema in fields.items():
        default = f"default {json.dumps(schema['default'])}" if "default" in schema else ""
        need = "required" if name in required else default
        yield name, str(schema.get("type", "any")), need, _describe(schema)


def _describe(schema: Json) -> str:
    rules = [f"{word} {schema[word]}" for word in ("pattern", "enum", "minimum", "maximum") if word in schema]
    return "; ".join([*([schema["description"]] if "description" in schema else []), *rules])
