"""Hand a plan to the store, and its execution to the engine."""

from chalicelib.control.lifecycle import DispatchState
from chalicelib.control.model import Plan, Stale, Verdict, VerdictKind
from chalicelib.control.pace import start
from chalicelib.control.pages import send_page
from chalicelib.control.ports import Ports, Start
from chalicelib.control.records import dispatch_key
from chalicelib.control.reservation import build_transaction
from chalicelib.control.resumption import find_machine
from chalicelib.control.transaction import Committed, Item


def dispatch(plan: Plan, ports: Ports) -> Verdict | Stale:
    """Write the plan in one transaction and, if it may start, start its execution under the dispatch's id.

    A crash between the two leaves a reservation that reconcile rolls forward under the same name. If this decision
    was recorded before (a duplicated event, a retry after a crash), that record stands, whatever the plan now says.
    """
    result = ports.store.commit(build_transaction(plan, ports.clock.now()))
    if isinstance(result, Committed):
        return follow_up(plan, ports)
    recorded = result.find(dispatch_key(plan.id))
    if recorded is None or recorded.item is None:
        if any(result.find(check.key) for check in plan.relies):
            return Verdict(plan.id, VerdictKind.REJECT, DispatchState.CANCELLED, "its campaign is over")
        return Stale(plan.id, {refusal.key: refusal.item for refusal in result.refusals})
    if recorded.item["state"] == DispatchState.RESERVED:
        start(find_machine(recorded.item), plan.id, recorded.item["execution_input"], ports)
    if recorded.item["state"] == DispatchState.ROLLING or recorded.item.get("replaces"):
        ports.delays.send(plan.id, 0)
    elif recorded.item.get("page_owed"):
        send_page(plan.id, recorded.item, ports)
    return read_verdict(recorded.item)


def follow_up(plan: Plan, ports: Ports) -> Verdict:
    """Do what the plan asks for besides being written; what a crash leaves undone here, reconcile does."""
    if plan.kind is VerdictKind.START:
        return _start(plan, ports)
    if plan.kind is VerdictKind.BATCH or plan.replaces:
        ports.delays.send(plan.id, 0)
    if plan.kind is VerdictKind.AWAIT:
        _tell_people(plan.id, ports)
    if plan.state is DispatchState.SETTLING:
        ports.delays.send(plan.id, plan.record["settle"]["for_s"])
    if plan.owes_page or plan.state is DispatchState.PAGED:
        send_page(plan.id, plan.record, ports)
    return Verdict(plan.id, plan.kind, plan.state, plan.reason, plan.blockers, into=plan.joins)


def _tell_people(dispatch: str, ports: Ports) -> None:
    """Tell people that a plan awaits their approval."""
    # Loaded here: a cold start without a policy that asks people does without.
    from chalicelib.control.approvals import approve  # noqa: PLC0415

    approve.tell_people(approve.read_approval(dispatch, ports), ports)


def read_verdict(row: Item) -> Verdict:
    """Say what was decided before."""
    return Verdict(
        dispatch=row["id"],
        kind=VerdictKind(row["verdict"]),
        state=DispatchState(row["state"]),
        reason=row["reason"],
        duplicate=True,
        into=row.get("into", ""),
    )


def _start(plan: Plan, ports: Ports) -> Verdict:
    answer: dict[Start, str] = {
        Start.STARTED: plan.reason,
        Start.NAME_TAKEN: plan.reason,
        Start.THROTTLED: "reserved; StartExecution was throttled, so it starts in its turn",
        Start.REFUSED: "reserved; Step Functions refused to start the machine, so it is stuck until that is mended",
    }
    started = start(plan.machine, plan.id, plan.execution_input, ports)
    return Verdict(plan.id, plan.kind, plan.state, answer[started], plan.blockers)
