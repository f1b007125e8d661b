"""Taking back what a stopped execution had done: a second execution, under the same locks, before they are let go."""

from collections.abc import Mapping
from typing import Any

from chalicelib.catalog.model import Aftermath, Bundle, Intent
from chalicelib.catalog.names import aftermath_name
from chalicelib.control.claims.claim import read_locks
from chalicelib.control.lifecycle import DispatchState
from chalicelib.control.model import Execution, ExecutionStatus, Lock, ObjectRecord
from chalicelib.control.pace import start
from chalicelib.control.pages import publish_page
from chalicelib.control.ports import Ports, Start
from chalicelib.control.records import dispatch_key, object_key, read_object
from chalicelib.control.transaction import Committed, Item
from chalicelib.control.undo.aftermath import (
    MOST_ACTIONS,
    SUFFIX,
    begin_undo,
    find_actions,
    make_undo_input,
    needs_undo,
)
from chalicelib.decision.tiers import find_page
from chalicelib.errors import Contended
from chalicelib.identity import ObjectId

ATTEMPTS = 8


def find_aftermath(row: Item, bundle: Bundle) -> Aftermath | None:
    """Give what takes back a dispatch's workflow, as it is deployed now."""
    workflow = bundle.workflows.get(row["workflow"])
    return workflow.aftermath if workflow is not None else None


def take_back(row: Item, end: Mapping[str, Any], ports: Ports, bundle: Bundle) -> DispatchState | None:
    """Begin to take back what an execution had done; None if there is nothing to take back.

    Else gives where the dispatch stands now, which is not `undoing` if another worker was faster and has gone on.

    `end` is what its row is to say of how it ended. The dispatch must hold its locks, and none of its effects may still
    be running. Raises Contended.
    """
    aftermath = find_aftermath(row, bundle)
    if aftermath is None or not needs_undo(row, DispatchState(end["outcome"])):
        return None
    history = ports.executions.read_history(row["workflow"], row["id"])
    actions = find_actions(history, aftermath.steps, row["execution_input"]["input"])
    if not actions:
        return None
    for _ in range(ATTEMPTS):
        records, state = _read_again(row, ports)
        if state != row["state"]:
            return state
        if any(row["id"] not in {one.dispatch for one in record.holders} for record in records.values()):
            continue  # a batch of reads is no snapshot: it has just been let go
        locks = tuple(
            Lock(object_id, Intent(intent), records[object_id].fence) for object_id, intent in read_locks(row)
        )
        given = make_undo_input(row, aftermath, actions[:MOST_ACTIONS], locks)
        now = ports.clock.now()
        begun = begin_undo(row, end, given, locks, records, now, bundle.control.start_grace_s)
        if isinstance(ports.store.commit(begun), Committed):
            start(aftermath_name(row["workflow"]), row["id"] + SUFFIX, given, ports)
            return DispatchState.UNDOING
    raise Contended(what=f"the undo of {row['id']}", attempts=ATTEMPTS)


def start_undo(row: Item, ports: Ports, tries: int = 0) -> Start:
    """Start the execution that takes back, under its own name, once more."""
    return start(aftermath_name(row["workflow"]), row["id"] + SUFFIX, row["undo_input"], ports, tries)


def describe_undo(row: Item, ports: Ports) -> Execution | None:
    """Say how it stands."""
    return ports.executions.describe(aftermath_name(row["workflow"]), row["id"] + SUFFIX)


def stop_undo(row: Item, cause: str, ports: Ports) -> None:
    """Stop it. What it had not taken back stays, and a person is paged."""
    ports.executions.stop(aftermath_name(row["workflow"]), row["id"] + SUFFIX, cause)


def conclude(row: Item, execution: Execution) -> dict[str, Any]:
    """Say how taking back went, as the dispatch's row keeps it."""
    state = "done" if execution.status is ExecutionStatus.SUCCEEDED else "failed"
    error = f"{execution.error}: {execution.cause}".strip(": ")
    return {**row["undo"], "state": state, **({"error": error} if state == "failed" else {})}


def page_failed_undo(row: Item, undo: Mapping[str, Any], ports: Ports, bundle: Bundle) -> None:
    """Page whoever is paged about the object: what was left half done is for a person."""
    rule = bundle.find_rule(row["rule"])
    person = find_page(rule, row["service"], row["tier"], bundle).value
    if person is not None:
        why = f"{row['workflow']} was stopped, and what it had done could not be taken back: {undo.get('error', '')}"
        publish_page(row["id"], {**row, "page": person, "why": why}, ports)


def _read_again(row: Item, ports: Ports) -> tuple[dict[ObjectId, ObjectRecord], DispatchState]:
    """Read the objects that a dispatch holds, and where it stands."""
    wanted = [object_id for object_id, _ in read_locks(row)]
    key = dispatch_key(row["id"])
    rows = ports.store.read([key, *(object_key(one) for one in wanted)])
    return {one: read_object(one, rows.get(object_key(one))) for one in wanted}, DispatchState(rows[key]["state"])
