"""`interlock approvals`, `approve` and `reject`: what waits for people, and a person's answer to it."""

from typing import Annotated, Any

import typer

from chalicelib.decision.durations import MalformedDuration, parse_duration
from chalicelib.errors import InterlockError
from infra.cli.connection import connect
from infra.cli.listing import print_fields, print_json, print_table, show_time
from infra.cli.options import Local, Profile, Region, Stage
from infra.cli.screen import err, out
from infra.client import ApiClient

Id = Annotated[
    str, typer.Argument(metavar="ID", help="An approval of `interlock approvals`, or the beginning of its id.")
]
Maybe = Annotated[str | None, typer.Argument(metavar="[ID]", help="Show one in full, with the answers so far.")]
Reason = Annotated[str, typer.Option(help="Why, for the record.")]
Hash = Annotated[
    str | None, typer.Option("--hash", help="The hash you have seen; it must be the approval's. Else it is read first.")
]
Of = Annotated[str | None, typer.Option("--dispatch", help="All that was ever asked about this dispatch.")]
For = Annotated[str, typer.Option("--for", help="The person, as `from` names them: link:<name>.")]
Expires = Annotated[str, typer.Option(help="How long it may be used, for example 4h; at most 7d.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, as the API gives it.")]

Json = dict[str, Any]


class Ambiguous(InterlockError):
    """{count} approvals begin with {approval!r}: write more of the id."""


def run_list(
    context: typer.Context,
    approval: Maybe = None,
    dispatch: Of = None,
    stage: Stage = "dev",
    local: Local = False,  # noqa: FBT002 - a command's flag
    region: Region = None,
    profile: Profile = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """List what waits for people, the one that expires first first; or show one approval."""
    api = connect(context, stage, local=local, region=region, profile=profile).api
    if approval is not None:
        _show_one(api.read_approval(find_approval(api, approval)), as_json=as_json)
        return
    found = api.list_approvals(dispatch)
    if as_json:
        print_json({"approvals": found})
        return
    if not found:
        err.print("Nothing waits for approval." if dispatch is None else "Nothing was asked about it.")
        return
    columns = ("id", "state", "workflow", "object", "approved", "until (UTC)", "asks")
    print_table(columns, [_list_cells(one) for one in found])


def run_approve(
    context: typer.Context,
    approval: Id,
    reason: Reason,
    seen: Hash = None,
    stage: Stage = "dev",
    local: Local = False,  # noqa: FBT002 - a command's flag
    region: Region = None,
    profile: Profile = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Say yes; exit with 4 if it is closed, or with 3 if it is not yours to say."""
    api = connect(context, stage, local=local, region=region, profile=profile).api
    _reply(api, approval, "approve", reason, seen, as_json=as_json)


def run_reject(
    context: typer.Context,
    approval: Id,
    reason: Reason,
    seen: Hash = None,
    stage: Stage = "dev",
    local: Local = False,  # noqa: FBT002 - a command's flag
    region: Region = None,
    profile: Profile = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Say no, which is enough; exit with 4 if it is closed, or with 3 if it is not yours to say."""
    api = connect(context, stage, local=local, region=region, profile=profile).api
    _reply(api, approval, "reject", reason, seen, as_json=as_json)


def run_link(
    context: typer.Context,
    approval: Id,
    approver: For,
    expires: Expires = "1d",
    stage: Stage = "dev",
    local: Local = False,  # noqa: FBT002 - a command's flag
    region: Region = None,
    profile: Profile = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Print a signed link by which one person without an IAM identity answers: send it to them and to nobody else."""
    try:
        seconds = int(parse_duration(expires))
    except MalformedDuration as error:
        raise typer.BadParameter(str(error), param_hint="--expires") from None
    api = connect(context, stage, local=local, region=region, profile=profile).api
    made = api.make_link(find_approval(api, approval), approver, seconds)
    if as_json:
        print_json(made)
    else:
        out.out(made["url"], highlight=False)


def find_approval(api: ApiClient, approval: str) -> str:
    """Complete the beginning of an id from what is pending; one that none begins with stands for itself."""
    found = [one["id"] for one in api.list_approvals() if one["id"].startswith(approval)]
    if len(found) > 1 and approval not in found:
        raise Ambiguous(count=len(found), approval=approval)
    return found[0] if len(found) == 1 else approval


def _reply(api: ApiClient, approval: str, answer: str, reason: str, seen: str | None, *, as_json: bool) -> None:
    name = find_approval(api, approval)
    if seen is None:
        asked = api.read_approval(name)
        err.print(f"{asked['workflow']} asks: {asked['asks']}", markup=False)
        seen = asked["hash"]
    done = api.reply(name, answer, seen, reason)
    if as_json:
        print_json(done)
        return
    err.print(f"{name} is {done['approval']['state']}: {done['action']}.", markup=False)


def _list_cells(one: Json) -> tuple[str, ...]:
    given = f"{one['given']} of {one['need']}"
    return (
        one["id"],
        one["state"],
        one["workflow"],
        one["object"] or "-",
        given,
        show_time(one["expires_at"]),
        one["asks"],
    )


def _show_one(found: Json, *, as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    names = ("id", "state", "reason", "asks", "workflow", "object", "dispatch", "step", "requested_by", "hash")
    print_fields(
        [
            *((name.replace("_", " "), found[name]) for name in names),
            ("approvers", ", ".join(found["approvers"])),
            ("approved", f"{found['given']} of {found['need']}"),
            ("asked at", show_time(found["asked_at"])),
            ("expires at", show_time(found["expires_at"])),
            ("if it expires", found["on_expiry"]),
            ("if rejected", found["on_reject"]),
        ]
    )
    if found["answers"]:
        rows = [(one["who"], one["answer"], show_time(one["at"]), one["reason"]) for one in found["answers"]]
        print_table(("who", "answer", "at (UTC)", "why"), rows)
