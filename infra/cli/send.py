"""`interlock send EVENT.json`: deliver a raw event."""

import sys
from pathlib import Path
from typing import Annotated
from uuid import uuid4

import typer

from infra.cli.connection import connect
from infra.cli.listing import print_json
from infra.cli.options import Local, Profile, Region, Stage
from infra.cli.screen import err
from infra.delivery import EventMalformed, deliver_event, read_event
from infra.sources import read_text

File = Annotated[Path, typer.Argument(help="A file with one event in EventBridge's form; - reads standard input.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON: the event's id, and the function or bus.")]
Fresh = Annotated[bool, typer.Option("--new-id", help="Give the event a fresh id, so that it is no duplicate.")]


def run(
    context: typer.Context,
    file: File,
    stage: Stage = "dev",
    local: Local = False,  # noqa: FBT002 - a command's flag
    region: Region = None,
    profile: Profile = None,
    new_id: Fresh = False,  # noqa: FBT002
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Deliver an event to Interlock; what becomes of it is in `interlock dispatches`.

    An event whose source begins with `aws.` or `interlock.` goes to the decision function as EventBridge would call it, any other to
    Interlock's bus. The file is read before AWS is asked anything.
    """
    name = "standard input" if file == Path("-") else file.as_posix()
    event = read_event(_read(file, name), name)
    if new_id:
        event["id"] = str(uuid4())
    connection = connect(context, stage, local=local, region=region, profile=profile)
    delivered = deliver_event(connection.cloud, connection.outputs, event, name)
    if as_json:
        print_json(delivered._asdict())
        return
    err.print(delivered.describe(), markup=False)


def _read(file: Path, name: str) -> str:
    if file != Path("-"):
        return read_text(file)
    try:
        return sys.stdin.buffer.read().decode()
    except UnicodeDecodeError as error:
        raise EventMalformed(name=name, cause=f"byte {error.start} is not UTF-8") from None
