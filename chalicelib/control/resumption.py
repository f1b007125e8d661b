"""Going on with a workflow from its failed step in a new dispatch: whether that is sound, and what it is given. Pure.

What the finished steps had observed holds as long as nobody else has held the objects: each one's fence must still be the
failed dispatch's. The reservation relies on the fences as they were read, so nothing can come between.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from chalicelib.catalog.model import Resumption, Workflow
from chalicelib.catalog.names import resumption_name
from chalicelib.control.model import HistoryEvent, Lock, ObjectRecord
from chalicelib.control.transaction import Item
from chalicelib.decision.model import Resume
from chalicelib.identity import ObjectId

MAX_CARRIED = 256 * 1024 - 8 * 1024
"""Bytes of an execution's input that what the steps had made may take: AWS takes 256 KiB of it all."""
_DONE = "done"
"""The state after the last step, where there is one."""


class Taken(NamedTuple):
    """An object that somebody else has held since the failed dispatch."""

    object: ObjectId
    workflow: str
    """Of the last one that took it; empty if it is not recorded."""
    since: str
    dispatch: str
    """Of the one that holds it now, else empty."""


def find_machine(row: Item) -> str:
    """Name the machine that a dispatch's execution runs: its workflow's own, or what goes on with that."""
    return str(row.get("machine") or row["workflow"])


def rule_out(row: Item, workflow: Workflow) -> str:
    """Say why a dispatch of a workflow can never go on from its failed step, empty if its history has to tell."""
    if workflow.resumption is None:
        if workflow.undoes:
            return "what it had done was taken back"
        return f"{workflow.name} can only begin at its first step"
    if workflow.hash != row["workflow_hash"]:
        return f"{workflow.name} has changed since: it was {row['workflow_hash']}, and is {workflow.hash}"
    return ""


def find_resume(row: Item, workflow: Workflow, history: Sequence[HistoryEvent]) -> Resume | str:
    """Say from which step a failed dispatch can go on, and with what; or why it cannot. `history` is its execution's.

    Without finished steps (`done`) there is nothing to go on from: that is a retry from the start.
    """
    resumption = workflow.resumption
    if resumption is None or rule_out(row, workflow):
        return rule_out(row, workflow)
    at = next((one for one in reversed(history) if one.kind == "entered" and one.state in resumption.entries), None)
    if at is None:
        return "its history does not say at which step it failed"
    if why := _find_obstacle(resumption, at, history):
        return why
    index = resumption.entries.index(at.state)
    known = _find_variables(row, [one for one in history if one.id < at.id])
    needed = {name for name, (made, read) in resumption.carried.items() if made < index <= read}
    if missing := sorted(needed - known.keys()):
        return f"its history does not say what was in {', '.join(missing)}"
    variables = {name: known[name] if name in needed else None for name in resumption.carried}
    size = len(json.dumps([variables, row["execution_input"]["input"]]).encode())
    if size > MAX_CARRIED:
        return f"its input and what its steps had made take {size:,} bytes, and {MAX_CARRIED:,} fit into a new input"
    fences = row["execution_input"]["dispatch"]["fences"]
    return Resume(
        row["id"], resumption.steps[index], resumption.steps[:index], workflow.hash, dict(fences), variables
    )  # fmt: skip


def explain_unsound(
    resume: Resume, workflow: Workflow, locks: Sequence[Lock], objects: Mapping[ObjectId, ObjectRecord]
) -> str:
    """Say why a dispatch must not go on from where another one failed, empty if it may."""
    if workflow.resumption is None or workflow.hash != resume.workflow_hash:
        return f"{workflow.name} has changed since {resume.dispatch} failed"
    return explain_taken(find_taken(resume, [objects[lock.object] for lock in locks]))


def find_taken(resume: Resume, records: Sequence[ObjectRecord]) -> tuple[Taken, ...]:
    """Give the objects that others have held since, and the last one that is known to have."""
    return tuple(
        _describe_taken(one, resume) for one in records if one.fence != resume.fences.get(str(one.id), 0)
    )  # fmt: skip


def explain_taken(taken: Sequence[Taken]) -> str:
    """Say it in words, empty if nobody has."""
    return "; ".join(
        f"{one.object.short} has been held by {one.workflow or 'another dispatch'} since"
        + (f" ({one.since})" if one.since else "")
        for one in taken
    )


def add_resume(execution_input: dict[str, Any], resume: Resume, resumption: Resumption) -> dict[str, Any]:
    """Give the input of an execution that goes on: the machine is another one, and so is its hash."""
    going_on = {"from": resume.step, "variables": dict(resume.variables), "workflow_hash": resumption.hash}
    return {**execution_input, **going_on}


def write_resume(resume: Resume, workflow: str) -> dict[str, Any]:
    """Give what the row of a dispatch that goes on keeps of that."""
    kept = {
        "dispatch": resume.dispatch,
        "step": resume.step,
        "done": list(resume.done),
        "workflow_hash": resume.workflow_hash,
        "fences": dict(resume.fences),
    }
    return {"machine": resumption_name(workflow), "resumes": kept}


def read_resume(row: Item) -> Resume | None:
    """Read it back; None for a dispatch that begins at the first step."""
    kept = row.get("resumes")
    if kept is None:
        return None
    variables = row["execution_input"].get("variables", {})
    return Resume(
        kept["dispatch"], kept["step"], tuple(kept["done"]), kept["workflow_hash"], kept["fences"], variables)  # fmt: skip


def _find_obstacle(resumption: Resumption, at: HistoryEvent, history: Sequence[HistoryEvent]) -> str:
    """Say what has happened that a new execution cannot take over."""
    entered = [one for one in history if one.kind == "entered"]
    if acted := [one.state for one in entered if one.state in resumption.handlers]:
        return f"its on_failure has changed something ({', '.join(dict.fromkeys(acted))})"
    if any(one.state == _DONE and one.id > at.id for one in entered):
        return "all of its steps were done: what failed is its output, and would fail again"
    if asked := [one.state for one in entered if one.state in resumption.asks and one.id < at.id]:
        return f"people were asked in {', '.join(dict.fromkeys(asked))}, and have answered for that dispatch only"
    return ""


def _find_variables(row: Item, before: Sequence[HistoryEvent]) -> dict[str, Any]:
    """Give what was in each variable when the failed step began; what is not whole is left out."""
    found: dict[str, Any] = dict(row["execution_input"].get("variables", {}))
    for event in before:
        found |= event.variables
        for name in event.cut:
            found.pop(name, None)
    return found


def _describe_taken(record: ObjectRecord, resume: Resume) -> Taken:
    """Name whoever has it, else the last one that had: every reservation is on the list of starts."""
    holder = max(record.holders, key=lambda one: one.fence, default=None)
    if holder is not None and holder.fence > resume.fences.get(str(record.id), 0):
        return Taken(record.id, holder.workflow, holder.since, holder.dispatch)
    workflow, since = record.starts[-1] if record.starts else ("", "")
    return Taken(record.id, workflow, since, "")
