"""What comes from outside of the system: ticks, deployments, what is observed, and what people do."""

from collections.abc import Iterator

from chalicelib.control.approvals.approval import ApprovalState
from chalicelib.control.approvals.records import ANSWER, REQUEST
from chalicelib.control.freezes import freezes_key
from chalicelib.control.lifecycle import DispatchState
from infra.verify.worker import Task
from infra.verify.world import Table, World

Act = tuple[str, World, Task | None]
"""What is done, the state in which it is, and the invocation that it is; None: it is done with that."""

_ACTABLE = {
    "cancel": {DispatchState.QUEUED, DispatchState.RESERVED, DispatchState.AWAITING, DispatchState.FROZEN},
    "break": {DispatchState.RESERVED, DispatchState.RUNNING, DispatchState.UNDOING},
}


def list_acts(world: World) -> Iterator[Act]:
    """Give everything that may be done now."""
    for fault in world.faults.left:
        if fault in {"tick", "late"}:
            ticked = world.spend(fault)._replace(ticks=world.ticks + 1)
            yield fault, ticked, Task("tick", str(ticked.ticks), "late" if fault == "late" else "")
        elif fault == "deploy":
            yield "is made", world.spend(fault)._replace(deployed=world.deployed + 1), None
        else:
            for about, detail in _list_subjects(world.table, fault):
                yield fault, world.spend(fault), Task(fault, about, detail)


def _list_subjects(table: Table, fault: str) -> Iterator[tuple[str, str]]:
    """Say to what each thing can be done that people do, or that happens by itself."""
    match fault:
        case "shrink" | "freeze":
            yield "everything", ""
        case "unfreeze":
            for one in (table.row(freezes_key(0)) or {}).get("freezes", ()):
                yield one["id"], ""
        case "cancel" | "break":
            for row in table.list_rows("dispatch#"):
                if row["state"] in _ACTABLE[fault]:
                    yield row["id"], ""
        case "yes" | "no":
            yield from _list_answers(table, fault)


def _list_answers(table: Table, fault: str) -> Iterator[tuple[str, str]]:
    """Let the next one say yes who has said nothing, and the last one say no, each to what they see."""
    said = {row["who"] for row in table.list_rows(ANSWER)}
    for request in table.list_rows(REQUEST):
        silent = [who for who in request["approvers"] if who not in said]
        if request["state"] == ApprovalState.PENDING and silent:
            who = silent[0] if fault == "yes" else silent[-1]
            yield request["id"], f"{who} {request['hash']}"
