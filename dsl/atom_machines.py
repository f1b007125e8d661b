"""The one-step machine of an atom that a rule or the catalog may run on its own: nothing else ever invokes an atom.

It is put together as a workflow and goes the same way, but that the atom gets the whole input: a field that the
caller left out cannot be named in an expression.
"""

import re
from dataclasses import replace
from typing import Any

from chalicelib.atoms.contract import Idempotency
from chalicelib.catalog.model import Intent, Touch
from dsl.analysis import AnyAtom, analyze
from dsl.compile import Compiled, build_compiled
from dsl.diagnostics import Diagnostic, Span
from dsl.durations import format_duration
from dsl.entry import expected_seconds
from dsl.expressions import wrap
from dsl.ir import Machine, Scope, State, Task
from dsl.lower.atom import TIMEOUT_MARGIN_S
from dsl.lower.guard import CONTEXT
from dsl.lower.workflow import lower_workflow
from dsl.model import WorkflowFile
from dsl.source import Node

_ATTEMPTS = 5
_RETRY: dict[str, Any] = {"max": _ATTEMPTS, "interval": "2s", "max_interval": "30s"}
_RETRY_DELAYS_S = 90
_POLL: dict[str, Any] = {"errors": ["NotYet"], "max": 60, "interval": "10s", "backoff": 1, "jitter": False}
_POLLING_S = 600
_HOLE = re.compile(r"\{(\w+)\}")


def compile_atom_machine(atom: AnyAtom) -> Compiled:
    """Compile the machine of one atom. Its catalog entry is called like the atom and has `offered_atom` set.

    An atom that changes each object of a list cannot be offered, since a touch names one object (E517).
    """
    root = Node(None, Span(f"atom {atom.name}", 1, 1, 1, 1))
    changes = [touched for touched in atom.touches if touched.intent is not Intent.OBSERVE]
    if any("[]}" in touched.object for touched in changes):
        message = f"{atom.name} changes every object of a list, and a lock needs the name of each"
        found = Diagnostic("E517", message, root.span, "run it from a foreach in a workflow")
        return Compiled(atom.name, None, None, (found,), root)
    model = write_workflow(atom)
    analysis = analyze(model, root, {atom.name: atom})
    compiled = build_compiled(analysis, (), _hand_over_input(lower_workflow(analysis)))
    if compiled.workflow is None:
        return replace(compiled, name=atom.name)
    touches = tuple(Touch(_HOLE.sub(r"{% $input.\1 %}", one.object), one.intent) for one in changes)
    entry = compiled.workflow._replace(
        name=atom.name,
        input_schema=atom.input.model_json_schema(),
        touches=touches,
        expected_s=expected_seconds(model.timeout),
        offered_atom=atom.name,
    )
    return replace(compiled, name=atom.name, workflow=entry)


def write_workflow(atom: AnyAtom) -> WorkflowFile:
    """Write the workflow of one step that the machine of an atom is put together from."""
    retry, delays = _choose_retry(atom)
    attempts = 1 + sum(one["max"] for one in retry)
    # An attempt that polls ends at once; of the others a run sees few, so not every one is given its full time.
    timeout = min(attempts, 1 + _ATTEMPTS) * (atom.timeout_s + TIMEOUT_MARGIN_S) + delays
    written = {
        "kind": "workflow",
        "name": atom.function,
        "description": atom.summary,
        "timeout": format_duration(timeout),
        "steps": [{"id": atom.function, "atom": atom.name, **({"retry": retry} if retry else {})}],
        "output": wrap(f"${atom.function}"),
    }
    return WorkflowFile.model_validate(written)


def _choose_retry(atom: AnyAtom) -> tuple[list[dict[str, Any]], int]:
    """Give the retriers of passing errors, and the seconds they may wait in all."""
    is_idempotent = atom.idempotency is not Idempotency.NONE
    passing = [error for error in atom.raises if error.transient and (error.nothing_done or is_idempotent)]
    names = [error.__name__ for error in passing if error.__name__ != "NotYet"]
    retry: list[dict[str, Any]] = [{"errors": names, **_RETRY}] if names else []
    polls = len(names) < len(passing)
    if polls:
        retry.append(_POLL)
    return retry, _RETRY_DELAYS_S + _POLLING_S * polls


def _hand_over_input(machine: Machine) -> Machine:
    states: list[State] = []
    for state in machine.scope.states:
        if isinstance(state, Task):
            payload = {**state.arguments["Payload"], "input": wrap(CONTEXT["input"])}
            state = replace(state, arguments={**state.arguments, "Payload": payload})  # noqa: PLW2901
        states.append(state)
    return replace(machine, scope=Scope(machine.scope.start, tuple(states)))
