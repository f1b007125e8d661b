"""Parallel and Map: scopes beside each other. The first failure ends the siblings, wherever they are."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dsl.rehearse.clock import Gather, Job
from dsl.rehearse.fields import QUERY, Fields
from dsl.rehearse.model import StateFailed
from dsl.rehearse.scope import Scope

if TYPE_CHECKING:
    from dsl.rehearse.engine import Engine, Place

_INLINE_LIMIT = 40
"""How many iterations of an inline map run at once, at most."""
_EXCEEDED = "States.ExceedToleratedFailureThreshold"


def run_parallel(engine: "Engine", name: str, state: Mapping[str, Any], fields: Fields, place: "Place") -> Job:
    """Run all branches; gives the list of their outputs in the order they are written."""
    given = fields.read(state["Arguments"]) if "Arguments" in state else fields.states["input"]
    jobs = tuple(
        engine.run_scope(branch, given, _inside(place, f"{name}[{index}]", fields.variables, place.context))
        for index, branch in enumerate(state["Branches"])
    )
    return (yield Gather(jobs))


def run_map(engine: "Engine", name: str, state: Mapping[str, Any], fields: Fields, place: "Place") -> Job:
    """Run the body for every item; gives the list of outputs in the order of the items.

    A distributed map's iterations are executions of their own: they see no variable from outside, and as many of them
    as is tolerated may fail.
    """
    items = fields.read(state["Items"]) if "Items" in state else fields.states["input"]
    if not isinstance(items, list):
        raise StateFailed(QUERY, f"Items of {name} is not a list")
    body = state["ItemProcessor"]
    is_distributed = body.get("ProcessorConfig", {}).get("Mode") == "DISTRIBUTED"
    limit = fields.read_count(state.get("MaxConcurrency", 0))
    seen = {} if is_distributed else fields.variables
    jobs = []
    for index, item in enumerate(items):
        context = {**place.context, "Map": {"Item": {"Index": index, "Value": item}}}
        selected = item
        if "ItemSelector" in state:
            states = {**fields.states, "context": context}
            selected = Fields(fields.variables, states, fields.now).read(state["ItemSelector"])
        jobs.append(engine.run_scope(body, selected, _inside(place, f"{name}[{index}]", seen, context)))
    tolerated = _count_tolerated(state, fields, len(items)) if is_distributed else 0
    most = limit if is_distributed else min(limit or _INLINE_LIMIT, _INLINE_LIMIT)
    return (yield Gather(tuple(jobs), most, tolerated, _EXCEEDED if is_distributed else None))


def _inside(place: "Place", label: str, seen: Mapping[str, Any], context: dict[str, Any]) -> "Place":
    return type(place)(Scope(seen), context, (*place.where, label))


def _count_tolerated(state: Mapping[str, Any], fields: Fields, total: int) -> int:
    """Give how many items may fail: the larger of the two thresholds would hide the smaller, so the smaller counts."""
    limits = []
    if "ToleratedFailureCount" in state:
        limits.append(fields.read_count(state["ToleratedFailureCount"]))
    if "ToleratedFailurePercentage" in state:
        limits.append(int(total * float(fields.read(state["ToleratedFailurePercentage"])) / 100))
    return min(limits, default=0)
