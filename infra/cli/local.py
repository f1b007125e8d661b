"""`interlock local up|down|status`: the local AWS."""

from typing import Annotated

import typer

from infra.cli.exits import Exit
from infra.cli.listing import print_json
from infra.cli.screen import err, out
from infra.local.server import default_site, find_local, start_local, stop_local
from infra.project import find_project

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]

app = typer.Typer(help="The local AWS: one process on 127.0.0.1.", no_args_is_help=True, rich_markup_mode=None)


@app.command()
def up(as_json: AsJson = False) -> None:  # noqa: FBT002 - a command's flag
    """Start the local AWS and print where it answers; one that runs already is kept."""
    running = start_local(default_site(find_project()))
    print_json({"running": True, "endpoint": running.endpoint}) if as_json else out.print(running.endpoint)
    err.print("Deploy to it with `interlock deploy --local`; stop it with `interlock local down`.")


@app.command()
def down(as_json: AsJson = False) -> None:  # noqa: FBT002
    """Stop the local AWS; everything in it is gone."""
    stopped = stop_local(find_project().local)
    if as_json:
        print_json({"stopped": stopped})
    err.print("The local AWS is stopped." if stopped else "The local AWS was not running.")


@app.command()
def status(as_json: AsJson = False) -> None:  # noqa: FBT002 - a command's flag
    """Print where the local AWS answers; exit with 3 if it does not run."""
    running = find_local(find_project().local)
    if as_json:
        print_json({"running": running is not None, "endpoint": running.endpoint if running else None})
        if running is None:
            raise typer.Exit(Exit.SURROUNDINGS)
        return
    if running is None:
        err.print("The local AWS is not running: start it with `interlock local up`.")
        raise typer.Exit(Exit.SURROUNDINGS)
    out.print(f"{running.endpoint} (process {running.pid})")
