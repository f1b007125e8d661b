"""`interlock start NAME`: ask for a workflow or atom, through the same reservation as an event."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from chalicelib.errors import InterlockError
from infra.cli.connection import connect
from infra.cli.listing import print_json
from infra.cli.options import Local, Profile, Region, Stage
from infra.cli.screen import err, out
from infra.client import ApiClient
from infra.sources import read_text

Name = Annotated[str, typer.Argument(help="A workflow or atom of `interlock catalog`.")]
Inputs = Annotated[list[str] | None, typer.Option("--input", "-i", help="A field as name=value; may be repeated.")]
InputFile = Annotated[Path | None, typer.Option("--input-json", help="A file with the input as JSON; - is stdin.")]
Reason = Annotated[str | None, typer.Option(help="Why, for the record.")]
About = Annotated[str | None, typer.Option("--object", help="The object it is about, if it locks several.")]
Key = Annotated[str | None, typer.Option(help="Idempotency key: the same one starts at most once.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, as the API gives it.")]

Json = dict[str, Any]


class InputMalformed(InterlockError):
    """{what} is not an input: {cause}."""


def run(
    context: typer.Context,
    name: Name,
    inputs: Inputs = None,
    input_json: InputFile = None,
    reason: Reason = None,
    about: About = None,
    key: Key = None,
    stage: Stage = "dev",
    local: Local = False,  # noqa: FBT002 - a command's flag
    region: Region = None,
    profile: Profile = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Start a workflow or atom, or have it wait its turn; exit with 4 if control refuses, naming who holds what."""
    read = read_given(inputs, input_json)
    api = connect(context, stage, local=local, region=region, profile=profile).api
    given = read(api, name)
    admitted = api.start(name, given, key=key, reason=reason, about=about)
    if as_json:
        print_json(admitted)
        return
    out.print(admitted["id"], markup=False)
    err.print(describe_admission(admitted), markup=False)


def read_given(inputs: list[str] | None, file: Path | None) -> Callable[[ApiClient, str], Json]:
    """Read an input from a file and from pairs, which come over it; types come from the catalog, asked afterwards.

    Raises InputMalformed and FileUnreadable.
    """
    given = read_input_file(file) if file else {}
    pairs = [split_pair(one) for one in inputs or []]

    def complete(api: ApiClient, name: str) -> Json:
        fields: Json = api.read_entry(name)["input_schema"].get("properties", {}) if pairs else {}
        return {**given, **{field: read_value(field, text, fields.get(field, {})) for field, text in pairs}}

    return complete


def read_input_file(file: Path) -> Json:
    """Read an input from a file. Raises InputMalformed with the position of a mistake, and FileUnreadable."""
    text = sys.stdin.read() if file == Path("-") else read_text(file)
    what = "standard input" if file == Path("-") else file.as_posix()
    try:
        given = json.loads(text)
    except json.JSONDecodeError as error:
        cause = f"{error.msg} at line {error.lineno}, column {error.colno}"
        raise InputMalformed(what=what, cause=cause) from None
    if not isinstance(given, dict):
        raise InputMalformed(what=what, cause="it is JSON, but not an object")
    return given


def split_pair(text: str) -> tuple[str, str]:
    """Split `name=value` at the first `=`. Raises InputMalformed."""
    field, found, value = text.partition("=")
    if not found or not field:
        raise InputMalformed(what=repr(text), cause="write name=value")
    return field, value


def read_value(field: str, text: str, schema: Json) -> Any:
    """Read a value by the type that the catalog declares: a string as it is, anything else as JSON."""
    shapes = [one.get("type") for one in schema.get("anyOf", ())]
    kind = schema.get("type", "string" if "string" in shapes or not shapes else shapes[0])
    if kind == "string" and not (shapes and text[:1] in {"[", "{"}):
        return text
    try:
        return json.loads(text)
    except ValueError:
        if "string" in shapes:
            return text
        raise InputMalformed(what=repr(f"{field}={text}"), cause=f"{field} must be {kind}") from None


def describe_admission(admitted: Json) -> str:
    """Say in a line what control answered."""
    about = f" on {admitted['object']}" if admitted["object"] else ""
    if admitted["repeated"]:
        return f"This key started {admitted['workflow']}{about} before: it is {admitted['state']}."
    if admitted["verdict"] == "queue":
        return f"{admitted['workflow']}{about} waits its turn: {admitted['reason']}."
    if admitted["verdict"] in {"await_approval", "hold"}:
        return f"{admitted['workflow']}{about} waits: {admitted['reason']}."
    return f"Started {admitted['workflow']}{about}."
