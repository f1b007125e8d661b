"""Words for what was seen: rows of the table in, lines for people out."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from chalicelib.control.lifecycle import DispatchState
from chalicelib.control.model import ObjectRecord

Row = dict[str, Any]

_ADMITTED = {DispatchState.RESERVED, DispatchState.RUNNING}


@dataclass(frozen=True, slots=True)
class Sign:
    """One thing that was seen: its kind (decision, verdict, execution, object, settled, …), about whom, and what."""

    kind: str
    subject: str
    text: str


def subject_of(row: Row) -> str:
    """Name the object that a dispatch is about as people write it, `-` if it is about none."""
    parts = str(row.get("object", "")).split("/")
    return "/".join(parts[-2:]) if parts[0] else "-"


def short(dispatch: str) -> str:
    """Shorten a dispatch id for people: enough of both halves to tell them apart."""
    head, _, tail = dispatch.partition("-")
    return f"{head[:6]}-{tail[:6]}"


def name_asker(row: Row) -> str:
    """Say who wanted it: a rule, or a principal of the API."""
    principal: str = row.get("request", {}).get("principal", "")
    return principal.rpartition("/")[2] or f"rule {row['rule']}"


def tell_decision(row: Row) -> Iterator[Sign]:
    """Say what was tried, and which branch was taken."""
    for trial in row["trials"]:
        if trial["branch"] is not None:
            answer = {True: "taken", False: "not taken", None: "failed"}[trial["result"]]
            text = f"rule {row['rule']}, tier {row['tier']}: branch {trial['branch'] + 1} {answer}: {trial['reason']}"
            yield Sign("decision", subject_of(row), text)
    if not row["trials"]:
        text = f"{name_asker(row)} wants {row.get('workflow', '')}, tier {row['tier']}"
        yield Sign("decision", subject_of(row), text)


def tell_state(row: Row, before: str | None) -> tuple[list[Sign], list[Sign]]:
    """Say how a dispatch was admitted, and how it ended; either may be nothing new."""
    subject, state = subject_of(row), DispatchState(row["state"])
    name = f"dispatch {short(row['id'])} ({row.get('workflow') or row['action']})"
    fences = row.get("execution_input", {}).get("dispatch", {}).get("fences", {})
    lock = ", ".join(f"lock with fence {fence}" for fence in fences.values()) or "no lock needed"
    blockers = "; ".join(one["reason"] for one in row.get("blockers", []))
    if state is DispatchState.QUEUED and before is None:
        return [Sign("verdict", subject, f"QUEUE {name}: {blockers}")], []
    if state is DispatchState.REJECTED and before is None:
        return [Sign("verdict", subject, f"REJECT {name}: {blockers}")], []
    if state is DispatchState.SETTLING:
        return ([Sign("verdict", subject, f"WAIT {name}: {row['reason']}")] if before is None else []), []
    admission = []
    if row["verdict"] == "start" and before in {None, DispatchState.SETTLING}:
        admission = [Sign("verdict", subject, f"START {name}, {lock}")]
    elif before == DispatchState.QUEUED and row.get("promoted_at"):
        admission = [Sign("verdict", subject, f"START {name}, promoted from the queue, {lock}")]
    if state in _ADMITTED or before == state:
        return admission, []
    return admission, [Sign("settled", subject, f"{name} {_tell_end(row, state, held=bool(fences))}")]


def tell_object(subject: str, before: ObjectRecord | None, now: ObjectRecord) -> Iterator[Sign]:
    """Say what Interlock learnt of an object from events."""
    if now.state and (before is None or before.state != now.state):
        labels = (
            f", service {now.labels['service']}, {now.labels['zone']} (a tag)"
            if before is None or not before.labels
            else ""
        )
        yield Sign("object", subject, f"Interlock observed: {now.state}{labels}")
    met = bool(now.goal) and now.goal["status"] == "met"  # type: ignore[index]
    if met and not (before and before.goal == now.goal):
        yield Sign("object", subject, f"the goal of rule {now.goal['rule']} is met: {now.goal['until']}")  # type: ignore[index]


def _tell_end(row: Row, state: DispatchState, *, held: bool) -> str:
    error = f" with {row['error']}" if row.get("error") else ""
    if state is DispatchState.HOLDING:
        return (
            f"ended {row['outcome']}{error}; its lock stays for {row['hold_s']} s, since effects may still be running"
        )
    return f"{state}{error}{', its lock is released' if held else ''}"
