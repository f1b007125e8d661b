"""The estimate of a compiled workflow."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from chalicelib.catalog.model import Workflow
from dsl.cases.machine import Machine
from dsl.estimate.paths import weigh_scope
from dsl.estimate.states import Facts
from dsl.estimate.weight import View, Weight
from dsl.model import ForeachStep, Step, WorkflowFile
from dsl.model.rollout import RolloutStep
from dsl.prices import ATOM_GB, CONTROL_GB_S, CONTROL_INVOCATIONS, CONTROL_READS, CONTROL_WRITES, PRICES


@dataclass(frozen=True, slots=True)
class Estimate:
    """The figures of each view, what they cost in US dollars, and one item's share of a loop."""

    name: str
    weights: Mapping[View, Weight]
    dollars: Mapping[View, float]
    control_dollars: float
    """What control adds, whatever the workflow does."""
    timeout_s: int
    logical_steps: int
    per_item: Mapping[str, Mapping[View, float]]
    """AWS calls for one item of each loop."""


def estimate_workflow(workflow: Workflow, file: WorkflowFile, machine: Machine) -> Estimate:
    """Estimate a workflow that compiles."""
    loops = (step for step in _list_steps(file.steps) if isinstance(step, ForeachStep | RolloutStep))
    items = {step.id: (step.foreach if isinstance(step, ForeachStep) else step.rollout).max_items for step in loops}
    facts = {view: Facts(view, _find_atoms(machine), items, workflow.timeout_s) for view in View}
    weights = {view: _limit(weigh_scope(machine.definition, one), workflow.timeout_s) for view, one in facts.items()}
    maps = {name: state["ItemProcessor"] for name, state in machine.states.items() if state["Type"] == "Map"}
    return Estimate(
        name=workflow.name,
        weights=weights,
        dollars={view: price(weight) for view, weight in weights.items()},
        control_dollars=price_control(),
        timeout_s=workflow.timeout_s,
        logical_steps=workflow.logical_steps,
        per_item={
            name: {view: weigh_scope(body, one).api_calls for view, one in facts.items()} for name, body in maps.items()
        },
    )


def price(weight: Weight) -> float:
    """Give what a run costs, control not counted."""
    functions = weight.calls * PRICES.invocation + weight.busy_s * ATOM_GB * PRICES.gb_second
    return weight.transitions * PRICES.transition + functions


def price_control() -> float:
    """Give what control adds to a run."""
    table = CONTROL_WRITES * PRICES.write_unit + CONTROL_READS * PRICES.read_unit
    return table + CONTROL_INVOCATIONS * PRICES.invocation + CONTROL_GB_S * PRICES.gb_second


def list_estimate(found: Estimate) -> dict[str, Any]:
    """Give the estimate as JSON."""
    views = {
        view.value: {
            "transitions": weight.transitions,
            "seconds": round(weight.seconds, 1),
            "calls": weight.calls,
            "api_calls": weight.api_calls,
            "usd": round(found.dollars[view], 8),
        }
        for view, weight in found.weights.items()
    }
    per_item = {name: {view.value: calls for view, calls in one.items()} for name, one in found.per_item.items()}
    return {
        "workflow": found.name,
        "logical_steps": found.logical_steps,
        "timeout_s": found.timeout_s,
        **views,
        "control_usd": round(found.control_dollars, 8),
        "api_calls_per_item": per_item,
    }


def _find_atoms(machine: Machine) -> dict[str, Any]:
    return {name: machine.tasks.get(name) for name in machine.states}


def _limit(weight: Weight, timeout_s: int) -> Weight:
    """Nothing runs longer than the machine may."""
    return replace(weight, seconds=min(weight.seconds, timeout_s))


def _list_steps(steps: tuple[Step, ...]) -> Iterator[Step]:
    for step in steps:
        yield step
        for block in step.blocks():
            yield from _list_steps(block.steps)
