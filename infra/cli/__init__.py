"""The command line. A command is one file of this package and one line of `_register`."""

import sys

import typer
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.errors import InterlockError
from infra.cli import build, check, compile, deploy, local, template  # noqa: A004 - the command is called `compile`
from infra.cli.exits import Exit, exit_for
from infra.cli.screen import print_error

app = typer.Typer(
    help="Interlock: rules decide, fenced locks admit, Step Functions acts.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
)


def _register() -> None:
    app.command("check")(check.run)
    app.command("compile")(compile.run)
    app.command("build")(build.run)
    app.command("template")(template.run)
    app.command("deploy")(deploy.run)
    app.add_typer(local.app, name="local")


_register()


def main() -> None:
    """Run the command line; every failure that has a name is one line on standard error."""
    try:
        app()
    except InterlockError as error:
        print_error(str(error))
        sys.exit(exit_for(error))
    except (BotoCoreError, ClientError) as error:
        print_error(f"AWS: {error}")
        sys.exit(Exit.REFUSED)
