"""An atom step: one Lambda task."""

import json
from collections.abc import Mapping
from typing import Any

from dsl.analysis import AnyAtom
from dsl.expressions import wrap
from dsl.ir import Task
from dsl.lower.context import Here, effect_of
from dsl.lower.frame import Frame
from dsl.lower.guarded import guard_catchers, guard_retriers
from dsl.lower.retry import atom_retriers
from dsl.model import AtomStep

TIMEOUT_MARGIN_S = 10
"""How much longer than its function a step waits, so that the function has ended whenever the step gives up."""

RESULT = "$states.result.Payload"


def lower_atom(step: AtomStep, here: Here) -> None:
    """Add the step's task."""
    frame, atom = here.frame, here.atom(step.atom)
    catchers = here.recovery.catch_task(step, effect_of(atom), here)
    retriers = atom_retriers(atom, step.retry, here.analysis.workflow.defaults.retry)
    task = Task(
        name=step.id,
        comment=step.description,
        next=here.next,
        arguments=invoke(atom, step.with_, step.id, frame, step.id),
        timeout_s=step.timeout or atom.timeout_s + TIMEOUT_MARGIN_S,
        retriers=guard_retriers(frame, step.id, retriers),
        assign={**frame.entry_assign(step.id), step.id: wrap(RESULT)},
        output=here.render_output(step.id, {step.id: RESULT}),
        catchers=guard_catchers(step, here, catchers, asks=_may_fail_after(here)),
    )
    frame.states.append(task)


def _may_fail_after(here: Here) -> bool:
    """Whether the state's own output can fail when the atom has already acted."""
    return here.next is None and "{%" in json.dumps(here.output)


def invoke(atom: AnyAtom, given: Mapping[str, Any], step: str, frame: Frame, state: str) -> dict[str, Any]:
    """Give a task's Arguments. The payload's `step` tells iterations apart, so that each has its own idempotency key."""
    indexes = "".join(f' & "-" & $string(${name})' for name in frame.indexes)
    name = wrap(frame.express(f'"{step}"{indexes}', state)) if indexes else step
    return {
        "FunctionName": f"${{{atom.function}}}",
        "Payload": {
            "input": frame.render(given, state),
            "dispatch": wrap(frame.express("$dispatch", state, guarded=True)),
            "step": name,
        },
    }
