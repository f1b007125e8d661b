"""Where iterations run: inside the execution, or each in a child execution of a distributed map.

A child sees no variable from outside, so those that are used go through the ItemSelector (`outer`) and are read from
`<id>Outer` there.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from chalicelib.identity import digest
from dsl.analysis import Analysis
from dsl.expressions import wrap
from dsl.history import is_distributed
from dsl.lower.context import Here
from dsl.lower.frame import Frame
from dsl.model import LoopStep, Step
from dsl.names import Origin

_LABEL = 40


def runs_apart(step: LoopStep, here: Here) -> bool:
    """Whether a loop's iterations are child executions."""
    return is_distributed(step, here.analysis.workflow.defaults.retry)


def label_of(step: LoopStep, here: Here, name: str) -> str | None:
    """Name the map run of a distributed loop."""
    if not runs_apart(step, here):
        return None
    label = name.replace(".", "_")
    return label if len(label) <= _LABEL else f"{label[: _LABEL - 7]}_{digest([label], 6)}"


def select_item(step: LoopStep, here: Here, state: str, names: tuple[str, ...], offset: str = "") -> dict[str, Any]:
    """Give the input of an iteration: the item, its index, and what it reads from outside if it cannot see it."""
    selector: dict[str, Any] = {
        "item": wrap("$states.context.Map.Item.Value"),
        "index": wrap(f"$states.context.Map.Item.Index{offset}"),
    }
    if runs_apart(step, here):
        selector["outer"] = {name: wrap(here.frame.express(f"${name}", state)) for name in names}
    return selector


def open_frame(
    step: LoopStep, here: Here, state: str, entry: str, given: Mapping[str, str], names: tuple[str, ...], scope: str
) -> Frame:
    """Begin the scope of an iteration; `given` is what its first state assigns."""
    indexes = (*here.frame.indexes, step.blocks()[0].variables[1])
    if not runs_apart(step, here):
        return Frame(entry, given, here.frame.inner_bindings(state), indexes=indexes, name=scope)
    outer = f"{scope}Outer"
    return Frame(
        entry,
        {**given, outer: "$states.input.outer"},
        {name: f"${outer}.{name}" for name in names},
        indexes=indexes,
        name=scope,
        entry_outer={name: f"$states.input.outer.{name}" for name in names},
    )


def outer_names(step: Step, here: Here) -> tuple[str, ...]:
    """Name what the steps of a loop read from outside it; every call of a function passes the dispatch on."""
    return tuple(dict.fromkeys(("dispatch", *here.frame.indexes, *list_outer_names(step, here.analysis))))


def list_outer_names(step: Step, analysis: Analysis) -> Iterator[str]:
    """Name what the expressions of a loop's steps read from outside it."""
    scopes = (*analysis.layout.by_id[step.id].inside.scopes, step.id)
    for site, expression in analysis.parsed_sites():
        if site.place.scopes[: len(scopes)] == scopes:
            for name in sorted(expression.names):
                one = analysis.names.declared.get(name)
                if one is not None and one.origin is not Origin.STATES and one.scopes[: len(scopes)] != scopes:
                    yield name
