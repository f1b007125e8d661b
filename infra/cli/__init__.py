"""The command line. A command is one file of this package and one line of `_register`."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.errors import InterlockError
from infra.cli import (
    approve,
    audit,
    backtest,
    batches,
    budgets,
    build,
    cancel,
    cases,
    catalog,
    check,
    compile,  # noqa: A004 - the command is called `compile`
    dead,
    decide,
    demo,
    deploy,
    dispatches,
    doctor,
    estimate,
    evaluate,
    explain,
    explain_code,
    freeze,
    goals,
    graph,
    iam,
    init,
    local,
    locks,
    match,
    new,
    objects,
    openapi,
    plan,
    policy,
    redeliver,
    release,
    retry,
    rules,
    schema,
    send,
    shadow,
    start,
    template,
    timeline,
    verify,
    whoami,
    why,
)
from infra.cli.exits import Exit, exit_for
from infra.cli.screen import err, print_error
from infra.project import CHOSEN

app = typer.Typer(
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


def _register_approvals() -> None:
    app.command("approvals")(approve.run_list)
    app.command("approval-link")(approve.run_link)
    app.command("approve")(approve.run_approve)
    app.command("reject")(approve.run_reject)


def _register() -> None:
    app.command("check")(check.run)
    app.command("compile")(compile.run)
    app.command("cases")(cases.run)
    app.command("eval")(evaluate.run)
    app.command("match")(match.run)
    app.command("dead")(dead.run)
    app.command("redeliver")(redeliver.run)
    app.command("decide")(decide.run)
    app.command("explain")(explain.run)
    app.command("shadow")(shadow.run)
    app.command("policy")(policy.run)
    app.command("batches")(batches.run)
    app.command("backtest")(backtest.run)
    app.command("explain-code")(explain_code.run)
    app.command("estimate")(estimate.run)
    app.command("graph")(graph.run)
    app.command("schema")(schema.run)
    app.command("init")(init.run)
    app.command("build")(build.run)
    app.command("template")(template.run)
    app.command("iam")(iam.run)
    app.command("deploy")(deploy.run)
    app.command("doctor")(doctor.run)
    app.command("whoami")(whoami.run)
    app.command("audit")(audit.run)
    app.command("demo")(demo.run)
    app.command("send")(send.run)
    app.command("start")(start.run)
    app.command("plan")(plan.run)
    app.command("cancel")(cancel.run_cancel)
    app.command("break")(cancel.run_break)
    app.command("release")(release.run)
    app.command("freeze")(freeze.run_freeze)
    app.command("unfreeze")(freeze.run_unfreeze)
    app.command("freezes")(freeze.run_list)
    app.command("catalog")(catalog.run)
    app.command("rules")(rules.run)
    app.command("openapi")(openapi.run)
    app.command("verify")(verify.run)
    app.add_typer(new.app, name="new")
    app.add_typer(local.app, name="local")


def _register_state() -> None:
    app.command("dispatches")(dispatches.run)
    app.command("timeline")(timeline.run)
    app.command("why")(why.run)
    app.command("retry")(retry.run)
    app.command("locks")(locks.run)
    app.command("budgets")(budgets.run)
    app.command("objects")(objects.run)
    app.command("goals")(goals.run)


_register()
_register_approvals()
_register_state()


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
    except InterlockError as error:
        print_error(str(error))
        sys.exit(exit_for(error))
    except (BotoCoreError, ClientError) as error:
        print_error(f"AWS: {error}")
        sys.exit(Exit.REFUSED)
    except OSError as error:
        print_error(f"{error.filename}: {error.strerror}" if error.filename else str(error))
        sys.exit(Exit.WRONG)
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
