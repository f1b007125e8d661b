"""What the cases ask of a compiled machine: its states, who answers its tasks, and its ways out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dsl.analysis import AnyAtom
from dsl.lower.guard import GUARD_CATCH_TARGET
from dsl.rehearse import Way

State = Mapping[str, Any]
UNDO_ROLES = ("undo", "undo_late")


@dataclass(frozen=True, slots=True)
class Machine:
    """A definition, flat: names are unique over all its scopes."""

    definition: Mapping[str, Any]
    states: Mapping[str, State]
    tasks: Mapping[str, AnyAtom | None]
    """Each step that calls something, by the name it calls itself; None is no atom."""

    def ways(self) -> Iterator[tuple[Way, str]]:
        """Give every way out of a state that a run may or may not take, and where it leads.

        The guard's own catcher is left out: only a retired reservation takes it.
        """
        for name, state in self.states.items():
            for index, rule in enumerate(state.get("Choices", ())):
                yield Way(name, "rule", index), rule["Next"]
            if "Default" in state:
                yield Way(name, "default"), state["Default"]
            for index, catcher in enumerate(state.get("Catch", ())):
                if catcher["Next"].rpartition(".")[2] != GUARD_CATCH_TARGET:
                    yield Way(name, "catch", index), catcher["Next"]


def read_machine(definition: Mapping[str, Any], atoms: Mapping[str, AnyAtom]) -> Machine:
    """Flatten a definition."""
    states = dict(_list_states(definition))
    functions = {f"${{{atom.function}}}": atom for atom in atoms.values()}
    tasks = {}
    for name, state in states.items():
        if state["Type"] == "Task":
            arguments = state.get("Arguments", {})
            arguments = arguments if isinstance(arguments, Mapping) else {}
            payload = arguments.get("Payload")
            step = payload.get("step", name) if isinstance(payload, Mapping) else name
            tasks[step] = functions.get(arguments.get("FunctionName", ""))
    return Machine(definition, states, tasks)


def find_undone(state: str) -> str | None:
    """Give the step that a state takes back, None if it does nothing of the kind."""
    step, _, role = state.rpartition(".")
    return step if step and role in UNDO_ROLES else None


def _list_states(scope: Mapping[str, Any]) -> Iterator[tuple[str, State]]:
    for name, state in scope["States"].items():
        yield name, state
        for inner in (*state.get("Branches", ()), *([state["ItemProcessor"]] if "ItemProcessor" in state else ())):
            yield from _list_states(inner)
