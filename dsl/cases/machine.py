"""What the cases ask of a compiled machine: its states, who answers its tasks, and its ways out."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dsl.analysis import AnyAtom
from dsl.lower.guard import GUARD_CATCH_TARGET
from dsl.rehearse import Way

State = Mapping[str, Any]
_LOOPED = re.compile(r'"([a-z][a-z0-9_.]*)" & "-"')
"""Inside a loop a step tells its rounds apart: `"drain" & "-" & $string($host_index)`."""
UNDO_ROLES = ("undo", "undo_late")


@dataclass(frozen=True, slots=True)
class Machine:
    """A definition, flat: names are unique over all its scopes."""

    definition: Mapping[str, Any]
    states: Mapping[str, State]
    tasks: Mapping[str, AnyAtom | None]
    """Each step that calls something, by the name it calls itself; None is no atom."""
    questions: Mapping[str, int]
    """Each step that asks people, with how many have to say yes."""
    heartbeats: frozenset[str]
    """The steps that wait for heartbeats."""

    def ways(self) -> Iterator[tuple[Way, str]]:
        """Give every way out of a state that a run may or may not take, and where it leads.

        Two are left out, since no case can take them: the guard's own catcher, which is for retired reservations, and
        that of a container inside which everything is caught, which is for data that does not fit.
        """
        for name, state in self.states.items():
            for index, rule in enumerate(state.get("Choices", ())):
                yield Way(name, "rule", index), rule["Next"]
            if "Default" in state:
                yield Way(name, "default"), state["Default"]
            is_contained = all(map(_catches_all, inner)) if (inner := [*_list_scopes(state)]) else False
            for index, catcher in enumerate(() if is_contained else state.get("Catch", ())):
                if catcher["Next"].rpartition(".")[2] != GUARD_CATCH_TARGET:
                    yield Way(name, "catch", index), catcher["Next"]


def read_machine(definition: Mapping[str, Any], atoms: Mapping[str, AnyAtom]) -> Machine:
    """Flatten a definition."""
    states = dict(_list_states(definition))
    functions = {f"${{{atom.function}}}": atom for atom in atoms.values()}
    tasks, questions, heartbeats = {}, {}, set()
    for name, state in states.items():
        if state["Type"] == "Task":
            arguments = state.get("Arguments", {})
            arguments = arguments if isinstance(arguments, Mapping) else {}
            payload = arguments.get("Payload")
            step = payload.get("step", name) if isinstance(payload, Mapping) else name
            tasks[name_step(step)] = functions.get(arguments.get("FunctionName", ""))
            if isinstance(payload, Mapping) and "ask" in payload:
                questions[name_step(step)] = payload["ask"]["need"]
            if "HeartbeatSeconds" in state:
                heartbeats.add(name_step(step))
    return Machine(definition, states, tasks, questions, frozenset(heartbeats))


def name_step(called: str) -> str:
    """Give the step's own name of what it calls itself: `drain` for the expression in a loop, and for `drain-3`."""
    looped = _LOOPED.search(called)
    return looped[1] if looped is not None else called.partition("-")[0]


def find_undone(state: str) -> str | None:
    """Give the step that a state takes back, None if it does nothing of the kind."""
    step, _, role = state.rpartition(".")
    return step if step and role in UNDO_ROLES else None


def _catches_all(scope: Mapping[str, Any]) -> bool:
    """Tell whether nothing that is called in here can end it: each call catches every error, and none is raised."""
    states = scope["States"].values()
    acting = [state for state in states if state["Type"] in {"Task", "Map", "Parallel"}]
    has_catch = all(any("States.ALL" in one["ErrorEquals"] for one in state.get("Catch", ())) for state in acting)
    return has_catch and all(state["Type"] != "Fail" for state in states)


def _list_scopes(state: State) -> Iterator[Mapping[str, Any]]:
    yield from state.get("Branches", ())
    if "ItemProcessor" in state:
        yield state["ItemProcessor"]


def _list_states(scope: Mapping[str, Any]) -> Iterator[tuple[str, State]]:
    for name, state in scope["States"].items():
        yield name, state
        for inner in _list_scopes(state):
            yield from _list_states(inner)
