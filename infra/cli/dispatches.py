"""`interlock dispatches [ID]`: what was decided, what runs, and how it ended."""

import re
from collections.abc import Iterable, Iterator
from typing import Annotated, Any

import typer
from rich.console import RenderableType
from rich.text import Text

from chalicelib.control.claims.budgets import explain_spending
from chalicelib.control.model import Spending
from chalicelib.control.records import is_dispatch_id
from chalicelib.errors import InterlockError
from infra.cli.connection import connect
from infra.cli.explaining import list_batches
from infra.cli.listing import (
    fits_short,
    make_table,
    paint_state,
    print_fields,
    print_json,
    print_table,
    shorten_ids,
    show_time,
)
from infra.cli.options import Local, Profile, Region, Stage
from infra.cli.screen import err, out
from infra.cli.watching import watch
from infra.client import ApiClient

_SEARCHED = 500
_COLUMNS = ("id", "state", "what", "object", "at (UTC)", "why")
_SHORT = re.compile(r"[0-9a-f]{4,20}(-[0-9a-f]{0,20})?")

Json = dict[str, Any]
Id = Annotated[str | None, typer.Argument(help="A dispatch id, or its short form as the list shows it.")]
State = Annotated[str | None, typer.Option(help="Only this state: queued, running, succeeded, failed, rejected, …")]
About = Annotated[str | None, typer.Option("--object", help="Only this object, for example host/i-0ab.")]
Rule = Annotated[str | None, typer.Option(help="Only this rule; `request` is what the API started.")]
Flow = Annotated[str | None, typer.Option("--workflow", help="Only this workflow or atom.")]
Limit = Annotated[int, typer.Option(min=1, max=10_000, help="How many at most.")]
Watch = Annotated[bool, typer.Option("--watch", "-w", help="Look again every two seconds until Ctrl-C.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, as the API gives it.")]


class NoSuchDispatch(InterlockError):
    """None of the last {searched} dispatches has an id like {text!r}: give the whole id."""


class ManySuchDispatches(InterlockError):
    """{text!r} may mean any of {ids}: give more of it."""


class NoDispatchId(InterlockError):
    """{text!r} is not a dispatch id: two groups of hexadecimal digits, for example 3fa2b190-90cd4e."""


def run(
    context: typer.Context,
    dispatch: Id = None,
    state: State = None,
    about: About = None,
    rule: Rule = None,
    workflow: Flow = None,
    limit: Limit = 20,
    watched: Watch = False,  # noqa: FBT002 - a command's flag
    stage: Stage = "dev",
    local: Local = False,  # noqa: FBT002
    region: Region = None,
    profile: Profile = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """List dispatches, live ones first, newest first; or show everything recorded of one."""
    if dispatch is not None and not (is_dispatch_id(dispatch) or _SHORT.fullmatch(dispatch)):
        raise NoDispatchId(text=dispatch)
    api = connect(context, stage, local=local, region=region, profile=profile).api
    if dispatch is not None:
        found = api.read_dispatch(find_id(api, dispatch))
        print_json(found) if as_json else print_dispatch(found)
        return

    def look() -> list[Json]:
        return list(api.list_dispatches(limit, state=state, object=about, rule=rule, workflow=workflow))

    if watched:
        watch(look, _draw, _describe, lambda _: False)
    rows = look()
    print_json(rows) if as_json else print_dispatches(rows)


def find_id(api: ApiClient, text: str) -> str:
    """Give the whole id that a short one means. Raises NoSuchDispatch and ManySuchDispatches."""
    if is_dispatch_id(text):
        return text
    found = sorted({row["id"] for row in api.list_dispatches(_SEARCHED) if fits_short(row["id"], text)})
    if not found:
        raise NoSuchDispatch(searched=_SEARCHED, text=text)
    if len(found) > 1:
        raise ManySuchDispatches(text=text, ids=", ".join(shorten_ids(found).values()))
    return str(found[0])


def print_dispatches(rows: list[Json]) -> None:
    """Print a table of dispatches."""
    if not rows:
        err.print("No dispatches.")
        return
    short = shorten_ids(row["id"] for row in rows)
    print_table(_COLUMNS, (_list_cells(row, short[row["id"]]) for row in rows))


def print_dispatch(found: Json) -> None:
    """Print one dispatch: how it stands, why, what it holds, and what was tried while deciding."""
    print_fields(_list_fields(found))
    if found["spending"]:
        out.print("\nbudgets:", style="bold")
        print_table(("budget", "takes", "of"), list_spending(found["spending"]))
    if found["blockers"]:
        out.print("\nblocked by, when it was decided:", style="bold")
        print_table(("dispatch", "what", "intent", "at (UTC)", "why"), _list_blockers(found["blockers"]))
    if found["trials"]:
        out.print("\ntried:", style="bold")
        print_table(("branch", "result", "reason"), _list_trials(found["trials"]))


def _draw(rows: list[Json]) -> RenderableType:
    short = shorten_ids(row["id"] for row in rows)
    return make_table(_COLUMNS, (_list_cells(row, short[row["id"]]) for row in rows))


def _describe(rows: list[Json]) -> list[str]:
    return [f"{row['id']} {row['state']} {row['workflow'] or '-'} {row['object'] or '-'}" for row in reversed(rows)]


def _list_cells(row: Json, short: str) -> tuple[str | Text, ...]:
    at = show_time(row["ended_at"] or row["started_at"] or row["created_at"])
    why = f"STUCK: {row['stuck']}" if row["stuck"] else f"{row['rule']}: {row['reason']}"
    what = row["workflow"] or "-"
    return short, paint_state(row["state"]), what, row["object"] or "-", at, why


def _list_fields(found: Json) -> Iterator[tuple[str, str | Text | None]]:
    yield "dispatch", found["id"]
    yield "state", paint_state(found["state"])
    for name in (
        "stuck",
        "broken",
        "outcome",
        "into",
        "error",
        "cause",
        "workflow",
        "object",
        "tier",
        "service",
        "rule",
        "reason",
        "page",
    ):
        yield name, found[name]
    if undo := found["undo"]:
        yield "undo", f"{undo['state']}: {', '.join(undo['steps'])}{': ' + undo['error'] if undo['error'] else ''}"
    if found["requested"]:
        yield "asked for by", found["requested"]["principal"]
        yield "because", found["requested"]["reason"]
    if resumed := found["resumes"]:
        yield "goes on from", f"{resumed['step']}, where {resumed['dispatch']} failed"
        yield "done before", ", ".join(resumed["done"])
    for line in list_batches(found["batches"]) if found["batches"] else ():
        name, _, text = line.partition(": ")
        yield name, text
    if found["campaign"]:
        yield "campaign", f"{found['campaign']}, batch {found['batch']}"
    yield "approved by", ", ".join(found["approved_by"])
    yield "input", ", ".join(f"{name}={value}" for name, value in (found["input"] or {}).items())
    fences = {about.split("/", 2)[2]: fence for about, fence in found["fences"].items()}
    locks = (f"{one['object']} ({one['intent']}{_show_fence(one['object'], fences)})" for one in found["locks"])
    yield "locks", ", ".join(locks)
    if found["goal"]:
        yield "goal", f"{found['goal']['until']} within {found['goal']['within_s']} s"
    for name in ("created_at", "queued_at", "expires_at", "started_at", "ended_at"):
        yield name.replace("_", " "), show_time(found[name])
    yield "event", found["event_id"]
    yield "bundle", found["bundle_version"]


def _show_fence(about: str, fences: dict[str, int]) -> str:
    name = about if about.count("/") == 1 else about.split("/", 2)[2]
    return f", fence {fences[name]}" if name in fences else ""


def list_spending(spending: Iterable[Json]) -> Iterator[tuple[str, ...]]:
    """Give the cells of each budget: name, what is taken, and of how much."""
    for one in spending:
        yield one["budget"], str(one["cost"]), explain_spending(Spending(**one))


def _list_blockers(blockers: Iterable[Json]) -> Iterator[tuple[str, ...]]:
    for one in blockers:
        yield one["dispatch"] or "-", one["workflow"] or "-", one["intent"], show_time(one["since"]), one["reason"]


def _list_trials(trials: Iterable[Json]) -> Iterator[tuple[str, ...]]:
    for one in trials:
        branch = "match" if one["branch"] is None else str(one["branch"] + 1)
        branch = f"rung {one['rung']}" if one.get("rung") else branch
        yield branch, {True: "yes", False: "no", None: "failed"}[one["result"]], one["reason"]
