"""`interlock eval EXPRESSION`: a JSONata expression on data, as Interlock evaluates it."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from chalicelib.decision.expressions import evaluate, list_functions, list_variables, render_value, unwrap
from chalicelib.errors import ExpressionFailed
from dsl.diagnostics import suggest
from infra.cli.exits import Exit
from infra.cli.listing import print_json
from infra.cli.screen import err
from infra.errors import FileUnreadable
from infra.sources import read_text

Text = Annotated[str, typer.Argument(metavar="EXPRESSION", help="JSONata, bare or within {% %}.")]
Data = Annotated[
    Path | None,
    typer.Option(help="A JSON file. Each of its top-level fields becomes a variable, all of it becomes $event."),
]


def run(expression: Text, data: Data = None) -> None:
    """Evaluate a JSONata expression with the same library, functions and limits as rules.

    `$now()` is the present moment.
    """
    bindings = _bind(data)
    try:
        print_json(_evaluate(expression, bindings))
    except ExpressionFailed as problem:
        err.print(f"error: {problem}", markup=False)
        hint = _hint(expression, bindings)
        if hint:
            err.print(f"  = hint: {hint}", markup=False)
        raise typer.Exit(Exit.WRONG) from None


def _evaluate(expression: str, bindings: dict[str, Any]) -> Any:
    whole = expression.strip()
    return evaluate(whole, bindings) if unwrap(whole) is None else render_value(whole, bindings)


def _bind(data: Path | None) -> dict[str, Any]:
    found: Any = {}
    if data is not None:
        try:
            found = json.loads(read_text(data))
        except ValueError as problem:
            raise FileUnreadable(path=data, cause=f"it is not JSON: {problem}") from None
    fields = found if isinstance(found, dict) else {}
    return {"event": found, **fields, "now": datetime.now(UTC)}


def _hint(expression: str, bindings: dict[str, Any]) -> str | None:
    """Name the variable that is missing, and the nearest one that there is."""
    whole = expression.strip()
    try:
        missing = sorted(list_variables(unwrap(whole) or whole) - set(bindings) - list_functions())
    except ExpressionFailed:
        return None
    if not missing:
        return None
    known = [*bindings, *list_functions()]
    return suggest(missing[0], known) or f"there is no ${missing[0]}; the data gives: {', '.join(sorted(bindings))}"
