"""The command line. A command is one file of this package and one line of `commands`."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from infra.cli.commands import Commands
from infra.cli.exits import Exit
from infra.cli.screen import err, print_error
from infra.project import CHOSEN

app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


_HELP = "Usage:"

Content = Annotated[
    Path | None,
    typer.Option(
        "--content", envvar="INTERLOCK_CONTENT", exists=True, file_okay=False, metavar="DIR",
        help="Your own atoms, workflows and policies, outside this checkout: see docs/content.md.",
    ),
]  # fmt: skip


@app.callback()
def choose_content(context: typer.Context, content: Content = None) -> None:
    """Interlock: rules decide, fenced locks admit, Step Functions acts."""
    token = CHOSEN.set(content)
    context.call_on_close(lambda: CHOSEN.reset(token))


def main() -> None:
    """Run the command line; every failure that has a name is one line on standard error."""
    try:
        code = app(standalone_mode=False)
    except typer.TyperException as error:
        said = explain_usage(error)
        if said.startswith(_HELP):
            err.print(said, markup=False)
        else:
            print_error(said)
        sys.exit(Exit.USAGE)
    except (typer.Abort, KeyboardInterrupt):
        sys.exit(Exit.STOPPED)
    except Exception as error:
        from infra.cli.failures import print_failure  # noqa: PLC0415 - a command that succeeds does without

        failed = print_failure(error)
        if failed is None:
            raise
        sys.exit(failed)
    sys.exit(code if isinstance(code, int) else Exit.DONE)


def explain_usage(error: typer.TyperException) -> str:
    """Say in one line what is wrong with a command line, and where to read how it is right; or the help, if nothing is asked."""
    said = str(getattr(error, "format_message", error.__str__)())
    if said.startswith(_HELP):
        return said
    line = " ".join(said.split()).rstrip(".")
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "interlock"
    return f"{line}{' See' if line.endswith('?') else ': see'} `{path} --help`."
