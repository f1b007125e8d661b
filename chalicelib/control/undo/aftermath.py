"""What a stopped execution had done, read from its history, and the transactions around taking it back. Pure.

An abort and a machine's own time-out end an execution with no state entered after it, so its undo cannot be its own.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from chalicelib.catalog.model import Aftermath, UndoStep
from chalicelib.control.claims.claim import require_fence
from chalicelib.control.goals.pursuit import schedule
from chalicelib.control.lifecycle import DispatchState, Happening, sources
from chalicelib.control.model import HistoryEvent, Lock, ObjectRecord
from chalicelib.control.plan import grant_fences
from chalicelib.control.records import HOLDER, dispatch_key, object_key, render_time
from chalicelib.control.settlement import HOLD_MARGIN_S
from chalicelib.control.transaction import Item, OneOf, Operation, Present, Transaction, Update
from chalicelib.identity import ObjectId

SUFFIX = "-undo"
"""What the execution that takes back is called: its dispatch's id, and this."""
MOST_ACTIONS = 500
_UNDO_ROLES = (".undo", ".undo_now")
_STOPPED = frozenset({DispatchState.ABORTED, DispatchState.TIMED_OUT})


def needs_undo(row: Item, outcome: DispatchState) -> bool:
    """Whether an execution that ended so had no time to take anything back, and nothing has since."""
    return outcome in _STOPPED and "undo" not in row


def name_hold(row: Item) -> str:
    """Name the execution whose effects a held dispatch waits out: its own, or the one that was to take back."""
    return f"{row['id']}{SUFFIX}" if "undo" in row else str(row["id"])


def find_actions(history: Sequence[HistoryEvent], steps: Sequence[UndoStep], given: Any) -> list[dict[str, Any]]:
    """Say what is to be taken back, latest first: `{step, variables}` of each undoable step that was begun.

    One that was begun and not finished may have had its effect, so it is taken back, too. `given` is the execution's
    input. What an undo of the execution's own had already taken back is left out.
    """
    trail = {event.id: event for event in history}
    wanted = {one.step: one for one in steps}
    done = {entered.id for entered in _find_undone(history, trail)}
    found: list[tuple[int, dict[str, Any]]] = []
    ends = _match_exits(history, trail)
    for event in history:
        if event.kind == "entered" and event.state in wanted and event.id not in done:
            last = ends.get(event.id, event)
            step = wanted[event.state]
            found.append((last.id, {"step": step.step, "variables": _collect(last, event, step, trail, given)}))
    return [action for _, action in sorted(found, key=lambda one: one[0], reverse=True)]


def begin_undo(
    row: Item, end: Mapping[str, Any], execution_input: Mapping[str, Any], locks: Sequence[Lock],
    records: Mapping[ObjectId, ObjectRecord], now: datetime, grace_s: int,
) -> Transaction:  # fmt: skip
    """Have a dispatch take back what it did, under the same locks with the next fences.

    `end` is what the row is to say of the end of its own execution.
    """
    fields = {
        **end,
        "state": str(DispatchState.UNDOING),
        "undo": {"state": "running", "steps": [one["step"] for one in execution_input["actions"]]},
        "undo_input": execution_input,
        "updated_at": render_time(now),
        "lane_at": schedule(row, now + timedelta(seconds=grace_s)),
    }
    allowed = OneOf("state", tuple(str(state) for state in sources(Happening.UNDO)))
    operations: list[Operation] = [Update(dispatch_key(row["id"]), set=fields, conditions=(allowed,))]
    for lock in locks:
        name = f"{HOLDER}{row['id']}"
        held = next(one for one in records[lock.object].holders if one.dispatch == row["id"])
        holder = {"intent": str(held.intent), "workflow": held.workflow, "fence": lock.fence, "since": held.since}
        conditions = (*require_fence(lock), Present(name))
        operations.append(
            Update(object_key(lock.object), set={"fence": lock.fence, name: holder}, conditions=conditions)
        )
    return Transaction(tuple(operations))


def make_undo_input(
    row: Item, aftermath: Aftermath, actions: Sequence[Mapping[str, Any]], locks: Sequence[Lock]
) -> dict[str, Any]:
    """Write the exact input of the execution that takes back."""
    given = row["execution_input"]
    granted = grant_fences(given["dispatch"]["object"], tuple(locks))
    return {
        "actions": list(actions),
        "dispatch": {**given["dispatch"], **granted},
        "workflow_hash": aftermath.hash,
        "retired": False,
    }


def hold_after_undo(row: Item, undo: Mapping[str, Any], now: datetime) -> Transaction:
    """Keep the locks of a dispatch whose undo ended badly until no effect of that can be running, either."""
    due = now + timedelta(seconds=row["hold_s"] + HOLD_MARGIN_S)
    fields = {
        "state": str(DispatchState.HOLDING),
        "undo": undo,
        "updated_at": render_time(now),
        "lane_at": schedule(row, due),
    }
    undoing = OneOf("state", (str(DispatchState.UNDOING),))
    return Transaction((Update(dispatch_key(row["id"]), set=fields, conditions=(undoing,)),))


def _find_undone(history: Sequence[HistoryEvent], trail: Mapping[int, HistoryEvent]) -> Iterator[HistoryEvent]:
    for event in history:
        role = next((one for one in _UNDO_ROLES if event.state.endswith(one)), None)
        if event.kind == "exited" and role is not None:
            step = event.state.removesuffix(role)
            entered = next((one for one in _walk(event, trail) if one.kind == "entered" and one.state == step), None)
            if entered is not None:
                yield entered


def _match_exits(history: Sequence[HistoryEvent], trail: Mapping[int, HistoryEvent]) -> dict[int, HistoryEvent]:
    """Give the exit of each state that was entered, by the id of the entering."""
    found: dict[int, HistoryEvent] = {}
    for event in history:
        if event.kind == "exited":
            entered = next(
                (one for one in _walk(event, trail) if one.kind == "entered" and one.state == event.state), None
            )
            if entered is not None:
                found.setdefault(entered.id, event)
    return found


def _walk(event: HistoryEvent, trail: Mapping[int, HistoryEvent]) -> Iterator[HistoryEvent]:
    """Go back from an event through its own branch, and out of it: nothing of a sibling is on the way."""
    at: HistoryEvent | None = event
    while at is not None:
        yield at
        at = trail.get(at.previous)


def _collect(
    last: HistoryEvent, entered: HistoryEvent, step: UndoStep, trail: Mapping[int, HistoryEvent], given: Any
) -> dict[str, Any]:
    found: dict[str, Any] = {} if last.kind == "exited" else {step.step: None}
    for event in _walk(last, trail):
        for name, value in event.variables.items():
            found.setdefault(name, value)
    if isinstance(entered.data, Mapping):
        for name, key in step.items.items():
            if key in entered.data:
                found.setdefault(name, entered.data[key])
    found["input"] = given
    return {name: found.get(name) for name in step.names}
