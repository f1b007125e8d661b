"""`interlock why DISPATCH`: the arithmetic of its verdict, as one account."""

from collections.abc import Iterable, Iterator
from typing import Annotated, Any

import typer
from rich.text import Text

from infra.cli.connection import connect
from infra.cli.dispatches import find_id, list_spending
from infra.cli.listing import paint_state, print_fields, print_json, print_table, show_time
from infra.cli.options import Local, Profile, Region, Stage
from infra.cli.screen import out

Id = Annotated[str, typer.Argument(metavar="DISPATCH", help="A dispatch, or the beginning of its id.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, as the API gives it.")]

Json = dict[str, Any]


def run(
    context: typer.Context,
    dispatch: Id,
    stage: Stage = "dev",
    local: Local = False,  # noqa: FBT002 - a command's flag
    region: Region = None,
    profile: Profile = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Say why a dispatch started, waits or was refused, with the numbers; of a waiter also what it waits for now."""
    api = connect(context, stage, local=local, region=region, profile=profile).api
    found = api.read_why(find_id(api, dispatch))
    print_json(found) if as_json else print_why(found)


def print_why(found: Json) -> None:
    """Print the account: verdict, what was wanted, what stood in the way, what freed it or blocks it now."""
    print_fields(_list_fields(found))
    if found["spending"]:
        _head("budgets:")
        print_table(("budget", "takes", "of"), list_spending(found["spending"]))
    if found["blockers"]:
        _head("in the way, when it was decided:")
        _print_blockers(found["blockers"])
    if found["now"]:
        _print_now(found["now"])


def _list_fields(found: Json) -> Iterator[tuple[str, str | Text | None]]:
    yield "dispatch", found["id"]
    yield "state", paint_state(found["state"])
    yield "verdict", f"{found['verdict']}: {found['reason']}"
    if resumed := found["resumes"]:
        yield "goes on from", f"{resumed['step']}, where {resumed['dispatch']} failed"
    yield "wanted", ", ".join(f"{one['object']} ({one['intent']})" for one in found["wanted"])
    if freed := found["freed"]:
        by = f", after {freed['by']} had ended" if freed["by"] else ""
        yield "freed", f"{show_time(freed['at'])}, having waited {freed['waited_s']:.0f} s{by}"
    yield "bundle", found["bundle_version"]


def _print_now(now: Json) -> None:
    _head("now:")
    print_table(("claim", "", "stands"), _list_claims(now["claims"]))
    blockers = [one for claim in now["claims"] for one in claim["blockers"]]
    if blockers:
        _head("in the way now:")
        _print_blockers(blockers)
    _head("in line:")
    print_table(("queue", "position", "ahead"), _list_queues(now["queues"]))
    until = f"; looked at again {show_time(now['wakes_at'])}" if now["wakes_at"] else ""
    out.print(f"\nexpires {show_time(now['expires_at'])}{until}", markup=False)


def _head(text: str) -> None:
    out.print(f"\n{text}", style="bold")


def _print_blockers(blockers: Iterable[Json]) -> None:
    print_table(("", "verb", "who", "is now", "by", "why"), _list_blockers(blockers))


def _list_blockers(blockers: Iterable[Json]) -> Iterator[tuple[str, ...]]:
    for one in blockers:
        state = f"{one['state'] or ''} {show_time(one['ended_at'])}".strip()
        yield ("decides" if one["decides"] else "", one["verb"], one["dispatch"] or "-", state, one["by"] or "-",
               one["reason"])  # fmt: skip


def _list_claims(claims: Iterable[Json]) -> Iterator[tuple[str, ...]]:
    for one in claims:
        numbers = "; ".join(f"takes {cost}, {of}" for _, cost, of in list_spending(one["spending"]))
        stands = "blocked" if one["blockers"] else "free"
        yield one["name"], one["kind"], f"{stands}: {numbers}" if numbers else stands


def _list_queues(queues: Iterable[Json]) -> Iterator[tuple[str, ...]]:
    for one in queues:
        ahead = ", ".join(f"{other['dispatch']} ({other['workflow']})" for other in one["ahead"])
        yield one["name"], f"{one['position']} of {one['length']}", ahead or "nobody"
