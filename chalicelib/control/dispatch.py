"""Hand a plan to the store, and its execution to the engine."""

from typing import Any

from chalicelib.control.lifecycle import DispatchState
from chalicelib.control.model import Plan, Stale, Verdict, VerdictKind
from chalicelib.control.ports import Executions, Ports, Start
from chalicelib.control.records import dispatch_key
from chalicelib.control.reservation import build_transaction
from chalicelib.control.transaction import Committed, Item

PAGE_REQUESTED = "Page Requested"
"""The detail type of the event on Interlock's bus that asks for a person."""


def dispatch(plan: Plan, ports: Ports) -> Verdict | Stale:
    """Write the plan in one transaction and, if it may start, start its execution under the dispatch's id.

    A crash between the two leaves a reservation that reconcile rolls forward under the same name. If this decision
    was recorded before (a duplicated event, a retry after a crash), that record stands, whatever the plan now says.
    """
    if plan.state is DispatchState.PAGED:
        # Before it is recorded: a page that a crash repeats is better than one that a crash loses.
        ports.publisher.publish(PAGE_REQUESTED, _write_page(plan))
    result = ports.store.commit(build_transaction(plan, ports.clock.now()))
    if isinstance(result, Committed):
        if plan.kind is VerdictKind.START:
            return _start(plan, ports.executions)
        return Verdict(plan.id, plan.kind, plan.state, plan.reason, plan.blockers)
    recorded = result.find(dispatch_key(plan.id))
    if recorded is None or recorded.item is None:
        return Stale(plan.id)
    if recorded.item["state"] == DispatchState.RESERVED:
        ports.executions.start(recorded.item["workflow"], plan.id, recorded.item["execution_input"])
    return read_verdict(recorded.item)


def read_verdict(row: Item) -> Verdict:
    """Say what was decided before."""
    return Verdict(
        dispatch=row["id"],
        kind=VerdictKind(row["verdict"]),
        state=DispatchState(row["state"]),
        reason=row["reason"],
        duplicate=True,
    )


def _write_page(plan: Plan) -> dict[str, Any]:
    record = plan.record
    return {
        "page": record["page"],
        "reason": plan.reason,
        "rule": record["rule"],
        "object": record["object"],
        "tier": record["tier"],
        "service": record["service"],
        "dispatch": plan.id,
        "root_id": record["root_id"],
        "hops": record["hops"] + 1,
    }


def _start(plan: Plan, executions: Executions) -> Verdict:
    answer: dict[Start, str] = {
        Start.STARTED: plan.reason,
        Start.NAME_TAKEN: plan.reason,
        Start.THROTTLED: "reserved; StartExecution was throttled, so reconcile starts it",
        Start.REFUSED: "reserved; Step Functions refused to start the machine, so it is stuck until that is mended",
    }
    started = executions.start(plan.workflow, plan.id, plan.execution_input)
    return Verdict(plan.id, plan.kind, plan.state, answer[started], plan.blockers)


def describe_row(row: Item) -> dict[str, Any]:
    """Give a dispatch row without what only the store needs."""
    hidden = {"pk", "sk", "lane", "lane_at", "ttl", "v"}
    return {name: value for name, value in row.items() if name not in hidden}
