"""Dispatch rows as the API shows them."""

from collections.abc import Mapping
from typing import Any

from chalicelib.api.core import Core
from chalicelib.api.objects import show_full
from chalicelib.api.problems import UnknownId
from chalicelib.api.schemas.base import Blocker, Spent, Touched
from chalicelib.api.schemas.dispatches import (
    Batches,
    Dispatch,
    DispatchDetail,
    Goal,
    LeftOut,
    Requester,
    Resumed,
    Trial,
)
from chalicelib.catalog.model import Intent
from chalicelib.control.lifecycle import LIVE, DispatchState
from chalicelib.control.model import ACTS, Spending
from chalicelib.control.records import dispatch_key, is_dispatch_id
from chalicelib.control.transaction import Item
from chalicelib.identity import Home


def show_dispatch(core: Core, dispatch: str) -> DispatchDetail:
    """Give everything recorded of one dispatch. Raises UnknownId, also for what cannot be an id."""
    return describe_dispatch(read_row(core, dispatch), core.home)


def read_row(core: Core, dispatch: str) -> Item:
    """Read the row of a dispatch. Raises UnknownId."""
    row = find_row(core, dispatch)
    if row is None:
        raise UnknownId(dispatch=dispatch)
    return row


def find_row(core: Core, dispatch: str) -> Item | None:
    """Read the row of a dispatch, None if there is none."""
    if not is_dispatch_id(dispatch):
        return None
    key = dispatch_key(dispatch)
    return core.ports.store.read([key]).get(key)


def summarize_dispatch(row: Item, home: Home) -> Dispatch:
    """Give what a list shows of a row."""
    return Dispatch(**_summarize(row, home))


def describe_dispatch(row: Item, home: Home) -> DispatchDetail:
    """Give all of a row but what only the store needs."""
    execution_input: Mapping[str, Any] = row.get("execution_input", {})
    goal, request = row.get("goal"), row.get("request")
    return DispatchDetail(
        **_summarize(row, home),
        verdict=row["verdict"],
        action=row["action"],
        outcome=row.get("outcome"),
        error=row.get("error"),
        cause=row.get("cause"),
        page=row.get("page"),
        promotion_owed=bool(row.get("promotion_owed")),
        queued_at=row.get("queued_at"),
        expires_at=row.get("expires_at"),
        event_id=row["event_id"],
        root_id=row["root_id"],
        hops=row["hops"],
        approved_by=row.get("approved_by", []),
        requested=_show_request(request) if request else None,
        resumes=show_resumed(row),
        trials=[Trial(**trial) for trial in row["trials"]],
        goal=Goal(**goal) if goal else None,
        blockers=list_blockers(row),
        spending=list_spending(row),
        input=execution_input.get("input"),
        locks=list_wanted(row, home),
        fences=execution_input.get("dispatch", {}).get("fences", {}),
        workflow_hash=row.get("workflow_hash"),
        plan_hash=row.get("plan_hash"),
        bundle_version=row["bundle_version"],
        batches=_describe_batches(row, home),
        campaign=row.get("campaign"),
        batch=row.get("batch"),
    )


def _describe_batches(row: Item, home: Home) -> Batches | None:
    said = row.get("batches")
    if said is None:
        return None
    return Batches(
        sizes=said["sizes"],
        targets=said["targets"],
        open=row.get("batch_open", 0),
        admitted=row.get("batch_admitted", 0),
        done=row.get("batch_done", 0),
        failed=row.get("batch_failed", 0),
        arithmetic=said["arithmetic"],
        left_out=[LeftOut(object=show_full(about, home), reason=reason) for about, reason in said["left_out"]],
        left_out_count=said["left_out_count"],
        stop_failures=said["stop_failures"],
        progress_deadline_s=said["progress_deadline_s"],
    )


def _show_request(request: Mapping[str, Any]) -> Requester:
    return Requester(principal=request["principal"], reason=request["reason"], retries=request.get("retries"))


def show_resumed(row: Item) -> Resumed | None:
    """Give what a dispatch has taken over from one that failed."""
    kept = row.get("resumes")
    return Resumed(dispatch=kept["dispatch"], step=kept["step"], done=kept["done"]) if kept else None


def list_wanted(row: Item, home: Home) -> list[Touched]:
    """Give the locks that a dispatch wants or has."""
    return [Touched(object=show_full(text, home), intent=Intent(intent)) for text, intent in row.get("locks", ())]


def list_spending(row: Item) -> list[Spent]:
    """Give what it takes of each budget, with the numbers as they were."""
    return [Spent(**Spending(*one)._asdict()) for one in row.get("spending", ())]


def list_blockers(row: Item) -> list[Blocker]:
    """Give who stood in the way when a dispatch was decided."""
    return [Blocker(**blocker) for blocker in row.get("blockers", ())]


def _summarize(row: Item, home: Home) -> dict[str, Any]:
    return {
        "id": row["id"],
        "state": row["state"],
        "workflow": row.get("workflow"),
        "object": show_full(row["object"], home) if row["object"] else None,
        "rule": row["rule"],
        "tier": row["tier"],
        "service": row["service"] or None,
        "reason": row["reason"],
        "stuck": row.get("stuck") if row["state"] in LIVE else None,
        "broken": row.get("broken"),
        "into": row.get("into"),
        "shadow": row.get("shadow", ACTS if row["state"] == DispatchState.SHADOWED else None),
        "undo": row.get("undo"),
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
        "started_at": row.get("started_at"),
        "ended_at": row.get("ended_at"),
    }
