"""What happens when an execution ends, and when the hold after a bad end is over."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from chalicelib.catalog.model import Bundle
from chalicelib.control.approvals.approve import void_requests
from chalicelib.control.campaigns.advance import advance
from chalicelib.control.goals.ladder import review_goal
from chalicelib.control.goals.pursuit import judge_goal
from chalicelib.control.lifecycle import TERMINAL, DispatchState
from chalicelib.control.model import Execution, ExecutionStatus, ObjectRecord
from chalicelib.control.ports import Ports
from chalicelib.control.queue.promote import promote
from chalicelib.control.records import JOINED, dispatch_key, is_dispatch_id, object_key, read_object
from chalicelib.control.resume import resume
from chalicelib.control.resumption import find_machine
from chalicelib.control.settlement import (
    Rest,
    Settlement,
    describe_end,
    judge_end,
    mark_running,
    postpone,
    release_hold,
    settle,
    settle_with_goal,
)
from chalicelib.control.transaction import Committed, Item, Transaction
from chalicelib.control.undo.aftermath import SUFFIX, hold_after_undo, name_hold
from chalicelib.control.undo.undoing import conclude, page_failed_undo, stop_undo, take_back
from chalicelib.errors import InterlockError


class UnknownDispatch(InterlockError):
    """No dispatch is called {dispatch!r}."""


class Redriven(InterlockError):
    """The execution {dispatch!r} was redriven outside of Interlock and has been stopped."""


class Settled(NamedTuple):
    """What an execution's status changed. `changed` is False for late and doubled events."""

    dispatch: str
    state: DispatchState
    changed: bool
    promoted: tuple[str, ...] = ()
    goal_seen: bool = False
    """Its goal was looked at in the transaction that ended it."""


def settle_execution(dispatch: str, execution: Execution, ports: Ports, bundle: Bundle) -> Settled:
    """Take a status event in. Idempotent; late, doubled and out-of-order events change nothing.

    Raises UnknownDispatch for an execution that no dispatch owns, and Redriven after stopping one that runs again.
    """
    if dispatch.endswith(SUFFIX):
        row = read_dispatch(dispatch.removesuffix(SUFFIX), ports)
        return tell_campaign(row, settle_undo(row, execution, ports, bundle), ports, bundle)
    row, subject = _read_with_object(dispatch, execution, ports)
    return tell_campaign(row, _settle_row(row, execution, subject, ports, bundle), ports, bundle)


def _read_with_object(dispatch: str, execution: Execution, ports: Ports) -> tuple[Item, ObjectRecord | None]:
    """Read a dispatch's row, and in the same call its object, of whose goal an end may have to be told.

    The object is the one that the execution's input names; None if that is not known. Raises UnknownDispatch.
    """
    about = execution.about if execution.status is not ExecutionStatus.RUNNING else None
    if about is None or not is_dispatch_id(dispatch):
        return read_dispatch(dispatch, ports), None
    rows = ports.store.read([dispatch_key(dispatch), object_key(about)])
    row = rows.get(dispatch_key(dispatch))
    if row is None:
        raise UnknownDispatch(dispatch=dispatch)
    return row, read_object(about, rows.get(object_key(about))) if row.get("object") == str(about) else None


def _settle_row(row: Item, execution: Execution, subject: ObjectRecord | None, ports: Ports, bundle: Bundle) -> Settled:
    dispatch = row["id"]
    if execution.status is ExecutionStatus.RUNNING and not execution.redriven:
        if row["state"] != DispatchState.RESERVED or execution.retired:
            return Settled(dispatch, DispatchState(row["state"]), changed=False)
        result = ports.store.commit(mark_running(row, ports.clock.now(), 2 * row["expected_s"]))
        return Settled(dispatch, DispatchState.RUNNING, isinstance(result, Committed))
    if execution.redriven:
        ports.executions.stop(find_machine(row), dispatch, "redriven outside of Interlock: it holds no lock")
        raise Redriven(dispatch=dispatch)
    settlement = judge_end(row, execution)
    if settlement is None:
        return _review(_finish_owed(row, ports, bundle), row, ports, bundle)
    settled = _settle(row, settlement, subject, ports, bundle)
    if settled.changed and row.get("approvals"):
        void_requests(dispatch, f"its dispatch is {settled.state}", ports)
    return _review(settled, row, ports, bundle)


def release_held(dispatch: str, ports: Ports, bundle: Bundle) -> Settled:
    """Do what a dispatch's delayed message is for: let go of held locks, look at what settles, step a campaign on.

    Of a hold, the message names the execution whose effects are over: a late one about the first says nothing about
    its undo's.
    """
    row = read_dispatch(dispatch.removesuffix(SUFFIX), ports)
    if row["state"] == DispatchState.SETTLING:
        state = resume(dispatch, ports, bundle)
        return Settled(dispatch, state or DispatchState.DROPPED, changed=state is not DispatchState.SETTLING)
    if row["state"] == DispatchState.QUEUED and row.get("replaces"):
        # Loaded here: a cold start without a policy that replaces does without.
        from chalicelib.control.queue.replace import stop_replaced  # noqa: PLC0415

        return Settled(dispatch, DispatchState.QUEUED, changed=bool(stop_replaced(row, ports, bundle)))
    if row["state"] == DispatchState.ROLLING:
        advance(row, ports, bundle)
        return Settled(dispatch, DispatchState.ROLLING, changed=False)
    if row["state"] == DispatchState.HOLDING and dispatch != name_hold(row):
        return Settled(row["id"], DispatchState.HOLDING, changed=False)
    return tell_campaign(row, _release_row(row, ports, bundle), ports, bundle)


def tell_campaign(row: Item, settled: Settled, ports: Ports, bundle: Bundle) -> Settled:
    """Have the campaign of a member that is over look at its batch; a repeat changes nothing."""
    if row.get("campaign") and settled.state in TERMINAL:
        advance(read_dispatch(row["campaign"], ports), ports, bundle, hurried=settled.state is DispatchState.SUCCEEDED)
    return settled


def _release_row(row: Item, ports: Ports, bundle: Bundle) -> Settled:
    if row["state"] != DispatchState.HOLDING:
        return _review(_finish_owed(row, ports, bundle), row, ports, bundle)
    undoing = take_back(row, {"outcome": row["outcome"]}, ports, bundle)
    if undoing is not None:
        return Settled(row["id"], undoing, changed=True)
    return _let_go(row, {}, ports, bundle)


def settle_undo(row: Item, execution: Execution, ports: Ports, bundle: Bundle) -> Settled:
    """Take in how the execution stands that takes back what a dispatch's own had done."""
    if row["state"] != DispatchState.UNDOING:
        return _review(_finish_owed(row, ports, bundle), row, ports, bundle)
    if execution.redriven:
        stop_undo(row, "redriven outside of Interlock: it holds no lock", ports)
        raise Redriven(dispatch=row["id"])
    now = ports.clock.now()
    if execution.status is ExecutionStatus.RUNNING:
        ports.store.commit(postpone(row, now, 2 * row["expected_s"]))
        return Settled(row["id"], DispatchState.UNDOING, changed=False)
    undo = conclude(row, execution)
    if undo["state"] == "failed":
        page_failed_undo(row, undo, ports, bundle)
        if row["hold_s"] > 0:
            held = isinstance(ports.store.commit(hold_after_undo(row, undo, now)), Committed)
            ports.delays.send(row["id"] + SUFFIX, row["hold_s"])
            return Settled(row["id"], DispatchState.HOLDING, held)
    return _let_go(row, {"undo": undo}, ports, bundle)


def _let_go(row: Item, noted: Mapping[str, Any], ports: Ports, bundle: Bundle) -> Settled:
    now = ports.clock.now()
    quiet, owing = (release_hold(row, now, owes=owes, noted=noted) for owes in (False, True))
    return _review(_close(row, quiet, owing, row["outcome"], ports, bundle), row, ports, bundle)


def _review(settled: Settled, row: Item, ports: Ports, bundle: Bundle) -> Settled:
    """Go on with the goals of a dispatch that is over and of those that joined it.

    Until it is, only their deadlines matter, which are reconcile's.
    """
    if settled.state in TERMINAL:
        joined = [name.removeprefix(JOINED) for name in row if name.startswith(JOINED)]
        for one in [row["id"], *joined] if row.get("goal_owed") and not settled.goal_seen else joined:
            review_goal(one, ports, bundle)
    return settled


def read_dispatch(dispatch: str, ports: Ports) -> Item:
    """Read a dispatch row. Raises UnknownDispatch, also for a name that no dispatch can have."""
    if not is_dispatch_id(dispatch):
        raise UnknownDispatch(dispatch=dispatch)
    key = dispatch_key(dispatch)
    row = ports.store.read([key]).get(key)
    if row is None:
        raise UnknownDispatch(dispatch=dispatch)
    return row


def _settle(row: Item, settlement: Settlement, subject: ObjectRecord | None, ports: Ports, bundle: Bundle) -> Settled:
    now = ports.clock.now()
    if settlement.state is DispatchState.HOLDING:
        held = ports.store.commit(settle(row, settlement, now, owes=False))
        if isinstance(held, Committed):
            ports.delays.send(row["id"], row["hold_s"])
        return Settled(row["id"], settlement.state, isinstance(held, Committed))
    undoing = take_back(row, describe_end(settlement, now), ports, bundle)
    if undoing is not None:
        return Settled(row["id"], undoing, changed=True)
    rest = _find_rest(row, settlement, subject, bundle, now)
    quiet = settle_with_goal(row, settlement, rest, now) if rest else settle(row, settlement, now, owes=False)
    owing = settle(row, settlement, now, owes=True)
    return _close(row, quiet, owing, settlement.state, ports, bundle, goal_seen=rest is not None)


def _find_rest(
    row: Item, settlement: Settlement, subject: ObjectRecord | None, bundle: Bundle, now: datetime
) -> Rest | None:
    """Say what the end leaves of its goal, None if it has none, or more is to be done about it than to wait."""
    if subject is None or not row.get("goal_owed"):
        return None
    following = judge_goal({**row, **describe_end(settlement, now)}, subject, bundle, now)
    if following.passed or following.look_again is not None:
        return Rest(subject.id, subject.goals_version, following.look_again)
    return None


def _close(
    row: Item, quiet: Transaction, owing: Transaction, state: str, ports: Ports, bundle: Bundle, *,
    goal_seen: bool = False,
) -> Settled:  # fmt: skip
    """End without owing a promotion if nobody waits, else owe one and pay it at once; `goal_seen` is of `quiet`."""
    result = ports.store.commit(quiet)
    if isinstance(result, Committed):
        return Settled(row["id"], DispatchState(state), changed=True, goal_seen=goal_seen)
    if result.find(dispatch_key(row["id"])) is None and isinstance(ports.store.commit(owing), Committed):
        return Settled(row["id"], DispatchState(state), changed=True, promoted=promote(row["id"], ports, bundle))
    return _finish_owed(read_dispatch(row["id"], ports), ports, bundle)


def _finish_owed(row: Item, ports: Ports, bundle: Bundle) -> Settled:
    """An event that changes nothing may still be the second delivery of one whose promotion was cut off."""
    promoted = promote(row["id"], ports, bundle) if row.get("promotion_owed") else ()
    return Settled(row["id"], DispatchState(row["state"]), changed=False, promoted=promoted)
