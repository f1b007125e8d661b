"""The one task that takes a step back, and the record of those that failed."""

from collections.abc import Mapping
from typing import Any

from dsl.expressions import wrap
from dsl.ir import Catcher, Task
from dsl.lower.atom import TIMEOUT_MARGIN_S, invoke
from dsl.lower.context import Here
from dsl.lower.recovery import ALL
from dsl.lower.retry import atom_retriers
from dsl.model import Step, Undo


def get_undo(step: Step) -> Undo | None:
    """Give a step's undo if an atom does it."""
    undo: Undo | None = getattr(step, "undo", None)
    return undo if undo is not None and undo.atom is not None else None


def add_undo_task(
    name: str, undo: Undo, given: Mapping[str, Any] | str, here: Here, following: str, *, counts: str | None = None
) -> None:
    """Add the task. Its failure is recorded, and the rest goes on; `counts` names a variable that each way out raises."""
    atom = here.atom(str(undo.atom))
    step = name.split(".", maxsplit=1)[0]
    failures = here.frame.undo_failures
    record = wrap(f'[$append(${failures}, [{{"step": "{step}", "error": $states.errorOutput.Error}}])]')
    arguments = invoke(atom, given if isinstance(given, Mapping) else {}, name, here.frame, name)
    if isinstance(given, str):
        arguments["Payload"]["input"] = given
    counted = {counts: wrap(f"${counts} + 1")} if counts else {}
    task = Task(
        name=name,
        comment=f"Take back {step}",
        next=following,
        arguments=arguments,
        timeout_s=undo.timeout or atom.timeout_s + TIMEOUT_MARGIN_S,
        retriers=atom_retriers(atom, undo.retry, here.analysis.workflow.defaults.retry),
        assign=counted,
        catchers=(Catcher((ALL,), following, {failures: record, **counted}),),
    )
    here.frame.states.append(task)
