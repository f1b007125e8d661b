"""Every minute, only what is due: roll forward, ask about the overdue, resume what was cut off."""

from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

from chalicelib.catalog.model import Bundle
from chalicelib.control.approvals.approved import thaw
from chalicelib.control.approvals.awaiting import SPARE
from chalicelib.control.brake import find_brake
from chalicelib.control.campaigns.advance import advance
from chalicelib.control.freezes import explain_freeze, freezes_key, read_freezes, require_version
from chalicelib.control.goals.ladder import review_goal
from chalicelib.control.goals.pursuit import is_goal_due
from chalicelib.control.lifecycle import DispatchState, Happening
from chalicelib.control.model import ExecutionStatus, Freeze, Freezes
from chalicelib.control.pace import start
from chalicelib.control.pages import send_page
from chalicelib.control.ports import Ports, Start
from chalicelib.control.queue.promote import promote, try_again
from chalicelib.control.records import dispatch_key, find_shard, list_live_lanes, read_time, render_time
from chalicelib.control.resume import resume
from chalicelib.control.resumption import find_machine
from chalicelib.control.settle import settle_execution
from chalicelib.control.settlement import (
    HOLD_MARGIN_S,
    leave_queue,
    mark_retiring,
    mark_running,
    note_stuck,
    postpone,
)
from chalicelib.control.transaction import Committed, Item, Transaction
from chalicelib.control.undo.aftermath import SUFFIX, name_hold
from chalicelib.control.undo.undoing import describe_undo, start_undo
from chalicelib.errors import Contended

NAME_LIFE = timedelta(days=30)
"""A reservation older than this is retired: its name could be free again before it is used."""
BACKOFF_S = 300
STUCK_RETRY_S = 900
BATCH = 100
_NOT_STARTED = {
    Start.THROTTLED: "StartExecution is throttled",
    Start.REFUSED: "Step Functions refuses to start its machine",
}


class Reconciled(NamedTuple):
    """What was done about one dispatch that was due."""

    dispatch: str
    found: str
    """Its state, or what it owes: `promotion_owed`, `page_owed`, `goal_owed`."""
    action: str


def reconcile(ports: Ports, bundle: Bundle) -> tuple[Reconciled, ...]:
    """Look at every live dispatch that is due, once: at most one call to Step Functions for each."""
    return tuple(_reconcile_one(row, ports, bundle) for row in sorted(_list_due(ports), key=_find_turn))


def retire(row: Item, ports: Ports, bundle: Bundle, tries: int = 0) -> str:
    """Use up a reservation's own name with an input that its first state refuses, so that it can never start.

    `tries`: how often the queue of starts had its turn with that. If the name is taken, whose execution that is
    decides: a retired one will be settled by its status event, a real one means that the start won, and the dispatch is
    running.
    """
    retired = {**row["execution_input"], "retired": True}
    started = start(find_machine(row), row["id"], retired, ports, tries)
    if started is not Start.NAME_TAKEN:
        ports.store.commit(postpone(row, ports.clock.now(), BACKOFF_S))
        return "its name is being used up" if started is Start.STARTED else _NOT_STARTED[started]
    execution = ports.executions.describe(find_machine(row), row["id"])
    if execution is None:
        return "its name is taken and not yet visible"
    if execution.status is ExecutionStatus.RUNNING:
        ports.store.commit(mark_running(row, ports.clock.now(), BACKOFF_S))
        return "it had started: running"
    settle_execution(row["id"], execution, ports, bundle)
    return f"it was over: {execution.status}"


def hold_back(row: Item, freeze: Freeze, freezes: Freezes, ports: Ports, bundle: Bundle) -> str:
    """Do not start a reservation that is frozen: it waits with its locks for the freeze's end, or is retired, as that says."""
    now, reason = ports.clock.now(), explain_freeze(freeze)
    if freeze.held != "queue":
        retiring = isinstance(ports.store.commit(mark_retiring(row, reason, now)), Committed)
        return retire(row, ports, bundle) if retiring else "it has just moved on"
    if ports.executions.describe(find_machine(row), row["id"]) is not None:
        return _ask(row, ports, bundle)
    wait = max(1, int((read_time(freeze.until) - now).total_seconds()) + 1)
    kept = postpone(row, now, wait, stuck=reason, frozen_by=freeze.id)
    still = Transaction((*kept.operations, require_version(freezes)))
    return "kept until the freeze ends" if isinstance(ports.store.commit(still), Committed) else "it has just moved on"


def cancel_queued(row: Item, reason: str, ports: Ports, bundle: Bundle, who: str = "") -> bool:
    """Take a waiter out of the queue for a stated reason; False if it was not waiting any more."""
    return _leave(row, Happening.CANCELLED, reason, ports, bundle, who)


def _list_due(ports: Ports) -> Iterator[Item]:
    until = render_time(ports.clock.now())
    for lane in list_live_lanes():
        page = ports.store.list_lane(lane, until=until, limit=BATCH)
        yield from page.items


def _find_turn(row: Item) -> tuple[bool, int, str]:
    """Have what waits go on last, by tier, then age: one freeze's end or one free slot of a rate wakes several at once."""
    waits = row["state"] in {DispatchState.FROZEN, DispatchState.QUEUED}
    return (True, row["rank"], row.get("queued_at") or row["created_at"]) if waits else (False, 0, "")


def _reconcile_one(row: Item, ports: Ports, bundle: Bundle) -> Reconciled:
    if row["state"] == DispatchState.SETTLING:
        return Reconciled(row["id"], row["state"], f"settled: {resume(row['id'], ports, bundle)}")
    if row.get("batches"):
        return Reconciled(row["id"], row["state"], advance(row, ports, bundle))
    if row.get("page_owed"):
        send_page(row["id"], row, ports)
        return Reconciled(row["id"], "page_owed", "sent the page")
    if row.get("promotion_owed"):
        try:
            action = f"promoted {len(promote(row['id'], ports, bundle))}"
        except Contended as error:
            action = str(error)
        return Reconciled(row["id"], "promotion_owed", action)
    if is_goal_due(row, ports.clock.now()):
        told = review_goal(row["id"], ports, bundle)
        return Reconciled(row["id"], "goal_owed", "; ".join(told) or "its goal is waited for, or another's")
    state = DispatchState(row["state"])
    actions = {
        DispatchState.RESERVED: _roll_forward,
        DispatchState.RETIRING: retire,
        DispatchState.RUNNING: _ask,
        DispatchState.HOLDING: _hold_again,
        DispatchState.UNDOING: _resume_undo,
        DispatchState.QUEUED: _look_again,
        DispatchState.FROZEN: thaw,
        DispatchState.AWAITING: _await_answer,
    }
    return Reconciled(row["id"], state, actions[state](row, ports, bundle) if state in actions else "nothing")


def _roll_forward(row: Item, ports: Ports, bundle: Bundle) -> str:
    now = ports.clock.now()
    if row["created_at"] < render_time(now - NAME_LIFE):
        ports.store.commit(mark_retiring(row, "reserved for over 30 days", now))
        return retire(row, ports, bundle)
    frozen_at = freezes_key(find_shard(row["id"]))
    freezes = read_freezes(frozen_at, ports.store.read([frozen_at]).get(frozen_at))
    if freeze := find_brake(row, freezes, ports, bundle):
        return hold_back(row, freeze, freezes, ports, bundle)
    started = start(find_machine(row), row["id"], row["execution_input"], ports)
    if started is Start.NAME_TAKEN:
        return _ask(row, ports, bundle)
    if started is Start.STARTED:
        ports.store.commit(mark_running(row, now, 2 * row["expected_s"]))
        return "started under its own name"
    stuck = _NOT_STARTED[started]
    wait = BACKOFF_S if started is Start.THROTTLED else STUCK_RETRY_S
    ports.store.commit(note_stuck(row, now, wait, stuck))
    return stuck


def _ask(row: Item, ports: Ports, bundle: Bundle) -> str:
    execution = ports.executions.describe(find_machine(row), row["id"])
    now = ports.clock.now()
    if execution is None:
        # Freeing here would let two run at once: DescribeExecution is eventually consistent.
        ports.store.commit(note_stuck(row, now, STUCK_RETRY_S, "Step Functions does not know its execution"))
        return "not found: kept, shown as stuck"
    if execution.status is not ExecutionStatus.RUNNING:
        settle_execution(row["id"], execution, ports, bundle)
        return f"settled: {execution.status}"
    if row["state"] == DispatchState.RESERVED:
        ports.store.commit(mark_running(row, now, 2 * row["expected_s"]))
        return "running"
    ports.store.commit(postpone(row, now, max(BACKOFF_S, row["expected_s"])))
    return "still running"


def _hold_again(row: Item, ports: Ports, _bundle: Bundle) -> str:
    ports.delays.send(name_hold(row), row["hold_s"])
    ports.store.commit(postpone(row, ports.clock.now(), row["hold_s"] + HOLD_MARGIN_S))
    return "sent the hold's message again"


def _resume_undo(row: Item, ports: Ports, bundle: Bundle) -> str:
    started = start_undo(row, ports)
    if started in _NOT_STARTED:
        stuck = _NOT_STARTED[started]
        ports.store.commit(note_stuck(row, ports.clock.now(), STUCK_RETRY_S, stuck))
        return stuck
    if started is Start.STARTED:
        ports.store.commit(postpone(row, ports.clock.now(), 2 * row["expected_s"]))
        return "started its undo under its own name"
    execution = describe_undo(row, ports)
    if execution is None:
        return "its undo is not yet visible"
    settle_execution(row["id"] + SUFFIX, execution, ports, bundle)
    return f"its undo: {execution.status}"


def _await_answer(row: Item, ports: Ports, _bundle: Bundle) -> str:
    """Look again when nobody has answered in time: until then only its goal's deadline is reason to look."""
    now = ports.clock.now()
    left = int((read_time(row["expires_at"]) - now).total_seconds())
    ports.store.commit(postpone(row, now, max(left, 0) + int(SPARE.total_seconds())))
    return "waits for people"


def _look_again(row: Item, ports: Ports, bundle: Bundle) -> str:
    """Expire a waiter, have what it replaces stopped, or try it anew if it waited for nothing but time."""
    if read_time(row["expires_at"]) <= ports.clock.now():
        return _expire(row, ports, bundle)
    if row.get("replaces"):
        from chalicelib.control.queue.replace import stop_replaced  # noqa: PLC0415 - it stops by what is defined here

        return f"stopped what it replaces: {', '.join(stop_replaced(row, ports, bundle)) or 'nothing was left'}"
    try:
        if try_again(row, ports, bundle):
            return "its time had come: started"
    except Contended as error:
        return str(error)
    key = dispatch_key(row["id"])
    left = ports.store.read([key]).get(key)
    if left is not None and left["state"] == DispatchState.QUEUED and left["lane_at"] == row["lane_at"]:
        wait = min(BACKOFF_S, int((read_time(row["expires_at"]) - ports.clock.now()).total_seconds()) + 1)
        ports.store.commit(postpone(row, ports.clock.now(), wait))
    return "still waits"


def _expire(row: Item, ports: Ports, bundle: Bundle) -> str:
    return "expired" if _leave(row, Happening.EXPIRED, "waited too long", ports, bundle) else "was promoted meanwhile"


def _leave(row: Item, happening: Happening, reason: str, ports: Ports, bundle: Bundle, who: str = "") -> bool:
    left = ports.store.commit(leave_queue(row, happening, reason, ports.clock.now(), taken_back=who))
    if isinstance(left, Committed):
        promote(row["id"], ports, bundle)
    return isinstance(left, Committed)
