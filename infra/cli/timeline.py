"""`interlock timeline ID`: every state of a dispatch's execution, live with --watch."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import typer
from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from chalicelib.control.lifecycle import LIVE
from infra.cli.connection import connect
from infra.cli.dispatches import find_id
from infra.cli.exits import Exit
from infra.cli.listing import paint_state, print_json, print_table, show_time
from infra.cli.options import Local, Profile, Region, Stage
from infra.cli.screen import err, out
from infra.cli.watching import say_how_it_ended, watch
from infra.client import ApiClient

Id = Annotated[str, typer.Argument(metavar="ID", help="A dispatch, or the beginning of its id.")]
Watch = Annotated[
    bool, typer.Option("--watch", "-w", help="Go on until it is over; exit with 4 if it did not succeed.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, as the API gives it.")]

Json = dict[str, Any]
_STATUS_STYLES = {"succeeded": "green", "failed": "red", "running": "cyan", "stopped": "yellow"}
_BAR = 40


def run(
    context: typer.Context,
    dispatch: Id,
    watched: Watch = False,  # noqa: FBT002 - a command's flag
    stage: Stage = "dev",
    local: Local = False,  # noqa: FBT002
    region: Region = None,
    profile: Profile = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Show what became of a dispatch: its moments, and every state with its times, attempts and errors."""
    api = connect(context, stage, local=local, region=region, profile=profile).api
    name = find_id(api, dispatch)
    if watched:
        watch_dispatch(api, name)
        return
    found = api.read_timeline(name)
    if as_json:
        print_json(found)
        return
    print_timeline(found)


def watch_dispatch(api: ApiClient, dispatch: str) -> None:
    """Show a dispatch until it is over. Raises typer.Exit with 4 if it did not succeed."""

    def look() -> Json:
        return {"timeline": api.read_timeline(dispatch), "dispatch": api.read_dispatch(dispatch)}

    found = watch(look, _draw, _describe, lambda seen: seen["dispatch"]["state"] not in LIVE)
    state: str = found["dispatch"]["state"]
    say_how_it_ended(state)
    if state != "succeeded":
        raise typer.Exit(Exit.REFUSED)


def print_timeline(found: Json) -> None:
    """Print a line for each state."""
    if resumed := found["resumes"]:
        out.print(_describe_resumed(resumed), markup=False)
    print_table(("at (UTC)", "what", "by", "why"), (_list_moment(one) for one in found["moments"]))
    if not found["caught_up"]:
        err.print("The journal does not lead to its state: it is a moment behind, or younger than the dispatch.")
    out.print()
    if not found["known"]:
        err.print("There is no execution to tell of: it has not started, or its history is gone.")
        return
    columns = ("state", "", "entered (UTC)", "took", "tries", "error")
    print_table(columns, (_list_cells(one) for one in found["states"]))


def _list_moment(one: Json) -> tuple[str, ...]:
    why = f"freed by {one['freed_by']}" if one["freed_by"] else one["reason"] or ""
    return show_time(one["at"]), _describe_moment(one), one["by"] or "", why


def _describe_moment(one: Json) -> str:
    """Say what happened, in words: `queued → reserved`, `batch 2`, `approval of step go_on: approve`."""
    match one["what"]:
        case "state":
            return f"{one['before']} → {one['after']}" if one["before"] else one["after"]
        case "batch":
            return str(one["after"])
        case "approval" | "answer":
            subject = f"step {one['step']}" if one["step"] else "its plan"
            return f"{one['what']} of {subject}: {one['after']}"
        case what:
            return str(what)


def _describe_resumed(resumed: Json) -> str:
    return (
        f"goes on from {resumed['step']}, where {resumed['dispatch']} failed; done before: {', '.join(resumed['done'])}"
    )


def _list_cells(one: Json) -> tuple[str | Text, ...]:
    status = Text(one["status"], style=_STATUS_STYLES[one["status"]])
    return one["state"], status, show_time(one["entered_at"]), _show_time_taken(one), _show_tries(one), _show_error(one)


def _show_time_taken(one: Json) -> str:
    return f"{one['duration_s']:.1f} s" if one["duration_s"] is not None else ""


def _show_tries(one: Json) -> str:
    return str(one["attempts"]) if one["attempts"] else ""


def _show_error(one: Json) -> str:
    return f"{one['error']}: {one['cause'] or ''}".rstrip(": ") if one["error"] else ""


def _draw(seen: Json) -> RenderableType:
    dispatch, timeline = seen["dispatch"], seen["timeline"]
    head = Text.assemble(
        dispatch["workflow"] or "-", "  ", dispatch["object"] or "", "  ", paint_state(dispatch["state"])
    )
    tree = Tree(head)
    if resumed := timeline["resumes"]:
        tree.add(_describe_resumed(resumed))
    for one in timeline["states"]:
        style = _STATUS_STYLES[one["status"]]
        tree.add(
            Text.assemble((one["status"].ljust(9), style), "  ", one["state"], "  ", _show_time_taken(one), "  ",
                          (_show_error(one), "red"))
        )  # fmt: skip
    bar = _draw_batches(dispatch.get("batches"))
    return Group(tree, bar) if bar is not None else tree


def _draw_batches(batches: Json | None) -> RenderableType | None:
    """Draw how far a campaign is: a bar over its targets, and the batch that is open."""
    if not batches:
        return None
    grid = Table.grid(padding=(0, 1))
    done = batches["done"]
    said = f"{done}/{batches['targets']} done, {batches['failed']} failed, batch {batches['open']} of {len(batches['sizes'])}"
    grid.add_row(ProgressBar(total=batches["targets"] or 1, completed=done, width=_BAR), Text(said))
    return grid


def _describe(seen: Json) -> Sequence[str]:
    return tuple(_list_lines(seen))


def _list_lines(seen: Json) -> Iterator[str]:
    dispatch = seen["dispatch"]
    if resumed := seen["timeline"]["resumes"]:
        yield _describe_resumed(resumed)
    for one in seen["timeline"]["moments"]:
        yield f"{show_time(one['at'])} {_describe_moment(one)}"
    for one in seen["timeline"]["states"]:
        yield f"{show_time(one['entered_at'])} {one['state']} entered"
        if one["left_at"]:
            yield f"{show_time(one['left_at'])} {one['state']} {one['status']} {_show_error(one)}".rstrip()
    if batches := dispatch.get("batches"):
        yield f"batch {batches['open']} of {len(batches['sizes'])}: {batches['done']}/{batches['targets']} done"
    yield f"state {dispatch['state']}"
